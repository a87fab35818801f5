package forward_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"netlab/netlab/kernel"
)

// A server greets each connection with its name and then echoes it.
type server struct {
	name  string
	mu    sync.Mutex
	open  []net.Conn
	ended map[string]error // by client: how the connection ended, nil for an orderly end
}

func serve(t testing.TB, host *kernel.Namespace, at, name string) *server {
	t.Helper()
	var l net.Listener
	must(t, host.Do(func() (err error) { l, err = net.Listen("tcp4", at); return }))
	s := &server{name: name, ended: map[string]error{}}
	t.Cleanup(func() {
		l.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, c := range s.open {
			c.Close()
		}
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open = append(s.open, c)
			s.mu.Unlock()
			go func() {
				io.WriteString(c, s.name)
				// Hidden behind plain interfaces, or Go would splice through a pipe per connection.
				_, err := io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c})
				s.mu.Lock()
				s.ended[c.RemoteAddr().String()] = err
				s.mu.Unlock()
				c.Close()
			}()
		}
	}()
	return s
}

// say writes to every client, without being asked.
func (s *server) say(word string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		if _, err := io.WriteString(c, word); err != nil {
			return err
		}
	}
	return nil
}

// wantReset fails the test unless the server's end of the client's connection was reset. The
// client's port is the same at both ends: no test has enough connections for a clash.
func (s *server) wantReset(t testing.TB, client net.Conn) {
	t.Helper()
	_, port, _ := net.SplitHostPort(client.LocalAddr().String())
	for deadline := time.Now().Add(answerTime); time.Now().Before(deadline); {
		s.mu.Lock()
		for from, err := range s.ended {
			if _, p, _ := net.SplitHostPort(from); p == port {
				s.mu.Unlock()
				wantReset(t, err, s.name)
				return
			}
		}
		s.mu.Unlock()
	}
	t.Errorf("%s: the connection did not end", s.name)
}

// lastClient is the address that the latest connection came from.
func (s *server) lastClient() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	host, _, _ := net.SplitHostPort(s.open[len(s.open)-1].RemoteAddr().String())
	return host
}

// dial opens a TCP connection from a host.
func dial(host *kernel.Namespace, to string, timeout time.Duration) (net.Conn, error) {
	var c net.Conn
	err := host.Do(func() (err error) { c, err = net.DialTimeout("tcp4", to, timeout); return })
	return c, err
}

// greet opens a connection and returns it with the name of the server that answered.
func greet(host *kernel.Namespace, to string) (net.Conn, string, error) {
	c, err := dial(host, to, answerTime)
	if err != nil {
		return nil, "", err
	}
	name := make([]byte, 4)
	c.SetDeadline(time.Now().Add(answerTime))
	if _, err := io.ReadFull(c, name); err != nil {
		c.Close()
		return nil, "", err
	}
	return c, string(name), nil
}

// echo sends a word and wants it back.
func echo(c net.Conn, timeout time.Duration) error {
	const word = "still there"
	c.SetDeadline(time.Now().Add(timeout))
	if _, err := io.WriteString(c, word); err != nil {
		return err
	}
	back := make([]byte, len(word))
	if _, err := io.ReadFull(c, back); err != nil {
		return err
	}
	if string(back) != word {
		return errors.New("echo differs: " + string(back))
	}
	return nil
}

// silent fails the test unless the error is the lack of any answer.
func silent(t testing.TB, err error, what string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("%s: got an answer", what)
	case !errors.Is(err, os.ErrDeadlineExceeded) && !strings.Contains(err.Error(), "i/o timeout"):
		t.Errorf("%s: want silence, got %v", what, err)
	}
}

// wantReset fails the test unless the other end reset the connection.
func wantReset(t testing.TB, err error, what string) {
	t.Helper()
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		t.Errorf("%s: want a reset, got %v", what, err)
	}
}
