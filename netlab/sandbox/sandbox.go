// Package sandbox runs a verb of netlab as PID 1 of new PID, mount, UTS and network namespaces,
// and of a new user namespace where the caller isn't root. Everything that a lab makes lives in
// there: when either process ends, however it ends, the kernel takes the rest away.
//
// The outer process calls Start, the inner one Enter. Between them run two pipes: control, which
// carries the request and whose end tells the inner process to stop, and reports, which carries
// what the inner process has to say.
package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"netlab/scenarios/visible"
)

// Descriptors of the pipes in the inner process.
const (
	controlFD = 3
	reportsFD = 4

	// FirstFile is the descriptor of the first file that Start was given.
	FirstFile = 5
)

// A Process is a running inner process, seen from outside.
type Process struct {
	Control *os.File // written by the outer process; closing it asks the inner one to stop
	Reports *os.File // read by the outer process until EOF
	exited  chan error
}

// Start re-executes this program with a verb inside new namespaces. Files that are handed over
// have the descriptors from FirstFile on there.
func Start(verb string, files ...*os.File) (*Process, error) {
	controlIn, controlOut, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start sandbox: %w", err)
	}
	reportsIn, reportsOut, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start sandbox: %w", err)
	}
	cmd := exec.Command("/proc/self/exe", verb)
	cmd.Args[0] = os.Args[0]
	// Through a pipe, not handed over: a caller may point its own standard error elsewhere later, and what
	// programs of the scenario say must not steer the terminal.
	cmd.Stderr = visible.Writer(os.Stderr)
	cmd.ExtraFiles = append([]*os.File{controlIn, reportsOut}, files...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWNET,
		Pdeathsig:  syscall.SIGKILL,
		// A session of its own: ^C is the outer process's to handle, and the kernel schedules
		// sessions as groups (autogroup), so that prefer can lift this one.
		Setsid: true,
	}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}

	p := &Process{Control: controlOut, Reports: reportsIn, exited: make(chan error, 1)}
	started := make(chan error)
	go func() {
		// The death signal fires when the *thread* that started the child ends, so this one
		// stays locked until the child is gone.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.exited <- cmd.Wait()
		}
	}()
	err = <-started
	controlIn.Close()
	reportsOut.Close()
	if err != nil {
		controlOut.Close()
		reportsIn.Close()
		return nil, fmt.Errorf("start sandbox: %w", refusal(err))
	}
	return p, nil
}

// Wait returns once the inner process is gone.
func (p *Process) Wait() error { return <-p.exited }
