package workload

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// beInit prepares the host that this process is the init of, and starts its programs until the
// lab lets the host go. With this process everything on the host ends.
func beInit(lab *net.UnixConn) error {
	// Nobody ends an init by a signal; none has to be ignored, which programs would inherit.
	signal.Notify(make(chan os.Signal, 1))
	m, files, err := receive(lab)
	closeAll(files)
	if err == nil && m.Look == nil {
		err = errors.New("nobody says what the host looks like")
	}
	if err == nil {
		err = m.Look.prepare()
	}
	if sendErr := send(lab, doneBy(err)); err != nil || sendErr != nil {
		return errors.Join(err, sendErr)
	}
	i := &initProcess{
		environment: append(os.Environ(), HostVariable+"="+m.Look.Hostname),
		running:     map[int]*net.UnixConn{}, more: make(chan struct{}, 1), starts: make(chan func()),
	}
	go i.start()
	go i.reap()
	for {
		m, files, err := receive(lab)
		if err != nil {
			return err
		}
		if m.Program == nil || len(files) != maxFiles {
			closeAll(files)
			return errors.New("a program came without its streams")
		}
		i.run(*m.Program, files)
	}
}

type initProcess struct {
	environment []string
	starts      chan func()   // what the thread that starts programs is to do
	more        chan struct{} // there is a process to wait for

	mu      sync.Mutex
	running map[int]*net.UnixConn // the control of each program, by process
}

// start is the thread from which programs inherit that they may do less.
func (i *initProcess) start() {
	runtime.LockOSThread()
	err := restrict()
	for do := range i.starts {
		if err != nil {
			panic(err) // nothing runs unrestricted
		}
		do()
	}
}

// run starts a program and tells its control of it. The last file is the control.
func (i *initProcess) run(program Program, files []*os.File) {
	defer closeAll(files[:3])
	control, err := connect(files[3])
	if err != nil {
		return // nobody can be told but by the end of the control, which is closed
	}
	ended := make(chan struct{})
	i.starts <- func() {
		defer close(ended)
		if err := i.fork(program, files[:3], control); err != nil {
			_ = send(control, doneBy(err)) // nobody waits for it, then
			control.Close()
		}
	}
	<-ended
}

func (i *initProcess) fork(program Program, streams []*os.File, control *net.UnixConn) error {
	path := program.Command[0]
	if !strings.Contains(path, "/") {
		found, err := exec.LookPath(path)
		if err != nil {
			return err
		}
		path = found
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	pid, err := syscall.ForkExec(path, program.Command, &syscall.ProcAttr{
		Dir: program.Dir, Env: i.environment,
		Files: []uintptr{streams[0].Fd(), streams[1].Fd(), streams[2].Fd()},
		Sys:   &syscall.SysProcAttr{Setpgid: true}, // so that Kill reaches the program's children too
	})
	if err != nil {
		return err
	}
	select {
	case i.more <- struct{}{}:
	default:
	}
	if err := send(control, doneBy(nil)); err != nil { // before its end is told
		return errors.Join(err, syscall.Kill(-pid, syscall.SIGKILL)) // nobody would know of it
	}
	i.running[pid] = control
	go obey(control, pid)
	return nil
}

// obey kills a program, with its process group, when its control says so.
func obey(control *net.UnixConn, pid int) {
	defer control.Close()
	for {
		m, files, err := receive(control)
		closeAll(files)
		if err != nil {
			return // nobody holds the other end
		}
		if m.Kill {
			_ = syscall.Kill(-pid, syscall.SIGKILL) // gone already, then
		}
	}
}

// reap takes in every process that ends, those that lost their parents, too, and tells of programs.
func (i *initProcess) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil: // there is none
			<-i.more
			continue
		}
		i.mu.Lock()
		control := i.running[pid]
		delete(i.running, pid)
		i.mu.Unlock()
		if control != nil {
			if send(control, message{Done: &done{Status: status}}) != nil {
				control.Close() // who waits for it hears that nobody will say it
			}
		}
	}
}
