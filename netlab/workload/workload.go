// Package workload runs third-party programs inside a host: in its network namespace, and in
// mount and UTS namespaces of their own with the host's name, hosts file and resolv.conf.
//
// Start re-executes netlab as a small step that arranges those files and then becomes the
// program; Exec is that step.
package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Verb is the hidden verb of netlab that calls Exec with the argument after it.
const Verb = "workload"

// HostVariable is the environment variable that tells a program which host of a lab it runs on.
const HostVariable = "NETLAB_HOST"

// A Spec says what to run and what the host looks like to it.
type Spec struct {
	Command  []string
	Dir      string // working directory
	Hostname string
	Resolver netip.Addr            // the nameserver in resolv.conf
	Search   string                // search domain; "" for none
	Hosts    map[string]netip.Addr // further lines of the hosts file
}

// A Process is a running program.
type Process struct {
	cmd    *exec.Cmd
	exited chan struct{}
	err    error // once exited is closed
}

// Start runs a program in the network namespace of that descriptor. The program ends with the
// process that started it, whatever happens to that.
func Start(netns int, spec Spec, stdin io.Reader, stdout, stderr io.Writer) (*Process, error) {
	argument, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Command[0], err)
	}
	cmd := exec.Command("/proc/self/exe", Verb, string(argument))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
		Setpgid:    true, // so that Kill reaches the program's children too
	}
	p := &Process{cmd: cmd, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The child inherits this thread's namespace, and dies with this thread: it stays
		// locked, inside, until the child is gone.
		runtime.LockOSThread()
		err := unix.Setns(netns, unix.CLONE_NEWNET)
		if err == nil {
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Command[0], err)
	}
	return p, nil
}

// Exited is closed once the program is gone.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Wait returns the program's end as os/exec tells it.
func (p *Process) Wait() error {
	<-p.exited
	return p.err
}

// Kill ends the program and its children at once, as a power loss would, and returns when it is
// gone.
func (p *Process) Kill() error {
	err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	if err != nil && !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill %s: %w", p.cmd.Path, err)
	}
	<-p.exited
	return nil
}
