package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"

	"golang.org/x/sys/unix"

	"netlab/netlab/workload"
)

// A Runner starts programs on hosts; a netlab.Lab is one.
type Runner interface {
	Exec(host string, command []string, dir string, stdin io.Reader, stdout, stderr io.Writer) (*workload.Process, error)
}

// Serve answers calls until ctx ends. A call to go down ends ctx by down and is answered when
// Serve's caller says that the lab is gone, by the returned function.
func Serve(ctx context.Context, l *net.UnixListener, lab Runner, info Info, down context.CancelFunc) (gone func()) {
	s := &server{lab: lab, info: info, down: down, gone: make(chan struct{})}
	go func() {
		<-ctx.Done()
		// Another process may hold the socket for a moment longer: nobody shall wait in its queue.
		if raw, err := l.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_RDWR) }) // closed already, then
		}
		l.Close()
	}()
	var calls sync.WaitGroup
	go func() {
		for {
			conn, err := l.AcceptUnix()
			if err != nil {
				return // closed
			}
			calls.Go(func() {
				defer conn.Close()
				s.serve(ctx, conn)
			})
		}
	}()
	return func() {
		close(s.gone)
		calls.Wait()
	}
}

type server struct {
	lab  Runner
	info Info
	down context.CancelFunc
	gone chan struct{}
}

func (s *server) serve(ctx context.Context, conn *net.UnixConn) {
	a := answer{}
	c, streams, err := receive(conn)
	defer closeAll(streams)
	if err == nil {
		err = s.answer(ctx, c, streams, &a)
	}
	if err != nil {
		a.Error = err.Error()
	}
	json.NewEncoder(conn).Encode(a) // a caller that went away needs no answer
}

func (s *server) answer(ctx context.Context, c call, streams []*os.File, a *answer) error {
	switch {
	case c.Info:
		a.Info = &s.info
		return nil
	case c.Down:
		s.down()
		<-s.gone
		return nil
	case c.Exec != nil && len(streams) == 3:
		code, err := s.exec(ctx, *c.Exec, streams)
		a.Code = code
		return err
	}
	return errors.New("call is none that this lab knows")
}

func (s *server) exec(ctx context.Context, e Exec, streams []*os.File) (int, error) {
	p, err := s.lab.Exec(e.Host, e.Command, e.Dir, streams[0], streams[1], streams[2])
	if err != nil {
		return 0, err
	}
	select {
	case <-p.Exited():
	case <-ctx.Done():
		if err := p.Kill(); err != nil {
			return 0, err
		}
	}
	var status *exec.ExitError
	if err := p.Wait(); errors.As(err, &status) {
		if status.ExitCode() < 0 {
			return 0, fmt.Errorf("%s: %w", e.Command[0], err)
		}
		return status.ExitCode(), nil
	} else if err != nil {
		return 0, err
	}
	return 0, nil
}

// receive reads a call, with the streams that came beside it. Only the lab's own user is heard.
func receive(conn *net.UnixConn) (c call, streams []*os.File, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return c, nil, err
	}
	var peer *unix.Ucred
	if controlErr := raw.Control(func(fd uintptr) {
		peer, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil || controlErr != nil {
		return c, nil, errors.Join(err, controlErr)
	}
	if int(peer.Uid) != os.Getuid() {
		return c, nil, errors.New("this lab belongs to another user")
	}
	line, rights := make([]byte, 64<<10), make([]byte, unix.CmsgSpace(3*4))
	n, rn, _, _, err := conn.ReadMsgUnix(line, rights)
	if err != nil {
		return c, nil, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:rn])
	if err != nil {
		return c, nil, err
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return c, streams, err
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			streams = append(streams, os.NewFile(uintptr(fd), "stream"))
		}
	}
	if err := json.Unmarshal(line[:n], &c); err != nil {
		return c, streams, fmt.Errorf("read call: %w", err)
	}
	return c, streams, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
