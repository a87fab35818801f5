package workload

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// The roles of netlab's processes inside the user namespace.
const (
	keeperRole = "keeper"
	initRole   = "init"
)

// connectionFD is where such a process finds its connection.
const connectionFD = 3

// Inside plays a role; it returns when the other side is gone.
func Inside(role string) error {
	// What netlab itself was started with is no program's.
	if err := unix.CloseRange(connectionFD, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("keep descriptors from programs: %w", err)
	}
	conn, err := connect(os.NewFile(connectionFD, "guest"))
	if err != nil {
		return fmt.Errorf("this verb is netlab's own: %w", err)
	}
	switch role {
	case keeperRole:
		err = keep(conn)
	case initRole:
		err = beInit(conn)
	default:
		err = fmt.Errorf("no role %q", role)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// keep serves the lab's process.
func keep(lab *net.UnixConn) error {
	for {
		m, files, err := receive(lab)
		if err != nil {
			return err
		}
		switch {
		case m.Namespace:
			err = giveNamespace(lab)
		case m.Host && len(files) == 2:
			err = send(lab, doneBy(startInit(files[0], files[1])))
		default:
			err = send(lab, doneBy(errors.New("unknown message")))
		}
		closeAll(files)
		if err != nil {
			return err
		}
	}
}

// giveNamespace makes a network namespace on a thread of its own, which ends with that.
func giveNamespace(lab *net.UnixConn) error {
	sent := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			sent <- send(lab, doneBy(err))
			return
		}
		ns, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			sent <- send(lab, doneBy(err))
			return
		}
		defer ns.Close()
		sent <- send(lab, doneBy(nil), int(ns.Fd()))
	}()
	return <-sent
}

// startInit starts the init of a host, in its network namespace and in PID, mount, UTS and IPC
// namespaces of its own.
func startInit(netns, conn *os.File) error {
	cmd := exec.Command("/proc/self/exe", Verb, initRole)
	cmd.Stderr, cmd.ExtraFiles = os.Stderr, []*os.File{conn}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	started := make(chan error)
	go func() {
		// The child inherits this thread's namespace, and dies with this thread.
		runtime.LockOSThread()
		err := unix.Setns(int(netns.Fd()), unix.CLONE_NEWNET)
		if err == nil {
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			_ = cmd.Wait() // its connection says when it is gone
		}
	}()
	return <-started
}
