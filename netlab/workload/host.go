package workload

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// A Host runs programs.
type Host struct {
	name string
	user User
	init *net.UnixConn
}

// prepare returns when the host's init has arranged everything.
func (h *Host) prepare(look Look) error {
	if err := send(h.init, message{Look: &look}); err != nil {
		return err
	}
	m, _, err := receive(h.init)
	if err != nil {
		return fmt.Errorf("its init is gone: %w", err)
	}
	return m.Done.err()
}

// Close ends the host's programs.
func (h *Host) Close() error { return h.init.Close() }

// A Process is a running program.
type Process struct {
	name    string
	control *net.UnixConn
	output  sync.WaitGroup // what is copied of it
	exited  chan struct{}
	err     error // once exited is closed
}

// An ExitError says how a program ended that did not end well.
type ExitError struct{ Status syscall.WaitStatus }

func (e *ExitError) Error() string {
	if e.Status.Signaled() {
		return "signal: " + e.Status.Signal().String()
	}
	return fmt.Sprintf("exit status %d", e.Status.ExitStatus())
}

// ExitCode is -1 for a program that a signal ended.
func (e *ExitError) ExitCode() int { return e.Status.ExitStatus() }

// Start runs a program; a nil stream is /dev/null.
func (h *Host) Start(program Program, stdin *os.File, stdout, stderr io.Writer) (*Process, error) {
	own, theirs, err := connection()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", program.Command[0], err)
	}
	p := &Process{name: program.Command[0], control: own, exited: make(chan struct{})}
	if err := p.start(h, program, theirs, stdin, stdout, stderr); err != nil {
		return nil, fmt.Errorf("run %s on %s: %w", program.Command[0], h.name, errors.Join(err, own.Close()))
	}
	go p.await()
	return p, nil
}

// start lets go of the init's end of the control as soon as the init has it: when the init dies, the
// control ends.
func (p *Process) start(h *Host, program Program, control, stdin *os.File, stdout, stderr io.Writer) error {
	defer control.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	if stdin == nil {
		stdin = null
	}
	out, pipe, err := p.copy(h.user, stdout, null)
	defer closeAll(pipe)
	if err != nil {
		return err
	}
	errs := out
	if stderr != stdout {
		errs, pipe, err = p.copy(h.user, stderr, null)
		defer closeAll(pipe)
		if err != nil {
			return err
		}
	}
	err = send(h.init, message{Program: &program}, int(stdin.Fd()), int(out.Fd()), int(errs.Fd()), int(control.Fd()))
	if err = errors.Join(err, control.Close()); err != nil {
		return err
	}
	m, _, err := receive(p.control)
	if gone(err) {
		return errEndedWithHost
	}
	if err != nil {
		return err
	}
	return m.Done.err()
}

var errEndedWithHost = errors.New("it ended with its host")

// gone says whether an error of a connection means that nobody holds its other end any more.
func gone(err error) bool {
	for _, of := range []error{io.EOF, net.ErrClosed, syscall.EPIPE, syscall.ECONNRESET} {
		if errors.Is(err, of) {
			return true
		}
	}
	return false
}

// copy gives a file that a program may write to so that it comes to a stream. Where that is a pipe, its end is to be closed here once
// the program has it.
func (p *Process) copy(user User, to io.Writer, null *os.File) (file *os.File, pipe []*os.File, err error) {
	if to == nil {
		return null, nil, nil
	}
	if f, ok := to.(*os.File); ok {
		return f, nil, nil
	}
	from, writer, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	if err := writer.Chown(user.UID, user.GID); err != nil { // who opens /dev/stdout anew needs to own it
		return nil, nil, errors.Join(err, from.Close(), writer.Close())
	}
	p.output.Go(func() {
		io.Copy(to, from)
		from.Close()
	})
	return writer, []*os.File{writer}, nil
}

// await hears of the program's end.
func (p *Process) await() {
	m, _, err := receive(p.control)
	if err == nil {
		err = m.Done.err()
	} else if gone(err) {
		err = errEndedWithHost
	}
	if err == nil && m.Done.Status != 0 {
		err = &ExitError{m.Done.Status}
	}
	p.output.Wait()
	p.err = err
	close(p.exited) // the control stays: Kill is for what the program left behind, too
}

// Exited is closed once the program is gone.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Wait returns nil where the program ended well, an *ExitError where it did not.
func (p *Process) Wait() error {
	<-p.exited
	return p.err
}

// Release lets go of a program that ended: what it left behind stays until its host ends.
func (p *Process) Release() error { return p.control.Close() }

// Kill ends the program and its children at once, as a power loss would, and returns when it is
// gone.
func (p *Process) Kill() error {
	if err := send(p.control, message{Kill: true}); err != nil && !gone(err) {
		return fmt.Errorf("kill %s: %w", p.name, err)
	}
	<-p.exited
	return nil
}
