package console

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// A Gate is where a lab's outer process answers: it is among the callers, where it can see who
// they are. The inner process, which runs their programs, hears only of those who were let in.
type Gate struct {
	name     string
	place    place
	listener *net.UnixListener
	file     unix.Stat_t // of the socket
	down     context.CancelFunc
	inner    *net.UnixConn // see Serve

	gone      chan struct{} // closed when the lab is gone
	listening sync.WaitGroup
	calls     errgroup.Group

	mu   sync.Mutex
	info Info
}

// maxCalls bounds how many callers may be heard at a time.
const maxCalls = 64

// Serve answers calls until Close. A call to go down calls down, and is answered by Close. The
// file that it returns is for the inner process's Serve.
func (g *Gate) Serve(info Info, down context.CancelFunc) (*os.File, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("serve lab %s: %w", g.name, err)
	}
	inner := os.NewFile(uintptr(ends[1]), "console")
	if g.inner, err = unixConn(os.NewFile(uintptr(ends[0]), "console")); err != nil {
		return nil, fmt.Errorf("serve lab %s: %w", g.name, errors.Join(err, inner.Close()))
	}
	g.down, g.info = down, info
	g.info.Building = true
	g.calls.SetLimit(maxCalls)
	g.listening.Go(func() {
		for {
			conn, err := g.listener.AcceptUnix()
			if err != nil {
				return // closed
			}
			g.calls.Go(func() error {
				g.serve(conn)
				return conn.Close()
			})
		}
	})
	return inner, nil
}

// Ready says that the lab is up: programs can be run on these hosts.
func (g *Gate) Ready(hosts []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.info.Hosts, g.info.Since, g.info.Building = hosts, time.Now().UTC(), false
}

// Close gives the name back and answers those who wait for that. The lab is gone.
func (g *Gate) Close() error {
	err := errors.Join(g.unlink(), g.listener.Close())
	close(g.gone)
	g.listening.Wait()
	_ = g.calls.Wait() // callers may be gone
	if g.inner != nil {
		err = errors.Join(err, g.inner.Close())
	}
	return errors.Join(err, g.place.Close())
}

func (g *Gate) serve(conn *net.UnixConn) {
	a, handed, err := g.answer(conn)
	if handed {
		return
	}
	if err != nil {
		a.Error = err.Error()
	}
	_ = write(conn, a, maxAnswer) // a caller that went away needs no answer
}

// answer hears one call. Handed says that the inner process answers it.
func (g *Gate) answer(conn *net.UnixConn) (a answer, handed bool, err error) {
	if err := trust(conn); err != nil {
		return a, false, fmt.Errorf("lab %s does not hear you: %w", g.name, err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return a, false, err
	}
	var r request
	files, err := read(conn, &r, maxRequest, 0)
	closeAll(files)
	if err != nil {
		return a, false, err
	}
	g.mu.Lock()
	info := g.info
	g.mu.Unlock()
	switch r.Want {
	case wantInfo:
		return answer{Info: &info}, false, nil
	case wantDown:
		g.down()
		<-g.gone
		return a, false, nil
	case wantExec:
		if info.Building {
			return a, false, fmt.Errorf("lab %s is still being built", g.name)
		}
		err := g.handOver(conn)
		return a, err == nil, err
	}
	return a, false, fmt.Errorf("lab %s knows no call %q", g.name, r.Want)
}

// handOver leaves the caller to the inner process and tells it to go on.
func (g *Gate) handOver(conn *net.UnixConn) error {
	file, err := conn.File()
	if err != nil {
		return err
	}
	defer file.Close()
	if err := g.inner.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, _, err := g.inner.WriteMsgUnix([]byte{0}, unix.UnixRights(int(file.Fd())), nil); err != nil {
		return fmt.Errorf("lab %s does not answer: %w", g.name, err)
	}
	_ = write(conn, answer{}, maxAnswer) // a caller that went away tells the inner process nothing
	return nil
}

// unixConn takes a file that is a socket.
func unixConn(f *os.File) (*net.UnixConn, error) {
	defer f.Close()
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	if c, ok := conn.(*net.UnixConn); ok {
		return c, nil
	}
	return nil, errors.Join(fmt.Errorf("%s is no Unix socket", f.Name()), conn.Close())
}
