package lab_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/containernetworking/plugins/pkg/ns"

	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/lab"
	"netlab/sim/cloud"
	"netlab/sim/event"
)

// patience is how long a test waits for an answer that must not come, answerTime for one that must.
const (
	patience   = 300 * time.Millisecond
	answerTime = 10 * time.Second
)

// A session is a connection that stays open, to an HTTP server somewhere behind it.
type session struct {
	conn net.Conn
	in   *bufio.Reader
}

// dial opens a session from an instance.
func dial(t *testing.T, lab *lab.Lab, from string, to netip.AddrPort, patience time.Duration) (*session, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(kerneltest.Context(t), patience)
	defer cancel()
	conn, err := lab.Dial(ctx, from, to)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { conn.Close() })
	return &session{conn, bufio.NewReader(conn)}, nil
}

// open opens a session from ecs1 through the endpoint, and says who serves it.
func open(t *testing.T, lab *lab.Lab, c *cloud.Cloud, port uint16) (*session, string) {
	t.Helper()
	s, err := dial(t, lab, "ecs1", frontend(c, port), answerTime)
	must(t, err)
	name, err := s.ask(answerTime)
	must(t, err)
	return s, name
}

// openOn opens sessions until one is served by the wanted instance.
func openOn(t *testing.T, lab *lab.Lab, c *cloud.Cloud, port uint16, instance string) *session {
	t.Helper()
	for range 20 {
		if s, name := open(t, lab, c, port); name == instance {
			return s
		}
	}
	t.Fatalf("of 20 sessions none came to %s", instance)
	return nil
}

// frontend is a port of the endpoint's first ENI.
func frontend(c *cloud.Cloud, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(c.Endpoints[0].Zones[0].IP, port)
}

// ask makes one request and says which instance answered.
func (s *session) ask(patience time.Duration) (string, error) {
	s.conn.SetDeadline(time.Now().Add(patience))
	if _, err := fmt.Fprintf(s.conn, "GET / HTTP/1.1\r\nHost: web\r\n\r\n"); err != nil {
		return "", err
	}
	response, err := http.ReadResponse(s.in, nil)
	if err != nil {
		return "", err
	}
	response.Body.Close()
	return response.Header.Get("X-Netlab-Instance"), nil
}

// ended waits for the connection's end and returns what it was.
func (s *session) ended() error {
	s.conn.SetDeadline(time.Now().Add(answerTime))
	_, err := s.in.ReadByte()
	return err
}

func wantReset(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want a reset", err)
	}
}

func wantSilence(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want silence", err)
	}
}

// inside runs f in a host's network namespace.
func inside(t *testing.T, lab *lab.Lab, host string, f func() error) {
	t.Helper()
	namespace, err := ns.GetNS(fmt.Sprintf("/proc/self/fd/%d", lab.NetNS(host)))
	must(t, err)
	defer namespace.Close()
	must(t, namespace.Do(func(ns.NetNS) error { return f() }))
}

// listen opens a port on an instance that accepts connections and leaves them be.
func listen(t *testing.T, lab *lab.Lab, instance string, port uint16) net.Listener {
	t.Helper()
	var l net.Listener
	inside(t, lab, instance, func() (err error) {
		l, err = net.Listen("tcp4", fmt.Sprintf(":%d", port))
		return err
	})
	t.Cleanup(func() { l.Close() })
	return l
}

// awaitHealth waits until a node finds a backend to be so.
func awaitHealth(t *testing.T, told *story, instance string, zone cloud.Zone, status cloud.HealthStatus) {
	t.Helper()
	told.await(t, func(e event.Event) bool {
		return health(e, instance, zone, status)
	})
}
