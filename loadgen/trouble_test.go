package loadgen_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/loadgen"
	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
	"netlab/scenarios/protocol"
)

func TestRefused(t *testing.T) { engines(t, testRefused) }

func testRefused(t *testing.T, e loadgen.Engine) {
	ns := kerneltest.Namespace(t)
	for name, p := range map[string]loadgen.Plan{
		"http": {Protocol: protocol.HTTP, Connections: 4},
		"tcp":  {Protocol: protocol.TCPConnect},
	} {
		t.Run(name, func(t *testing.T) {
			p.NetNS, p.Pacer = ns.FD(), first{loadgen.Constant(5000), 500}
			acct, _ := runOn(t, e, p)
			if !maps.Equal(acct.Failed, only(loadgen.PhaseConnect, unix.ECONNREFUSED, 500)) {
				t.Errorf("%+v", acct)
			}
		})
	}
}

// TestClosedLoopPausesWhenRefused: a server that refuses is not asked as fast as it can refuse.
func TestClosedLoopPausesWhenRefused(t *testing.T) { engines(t, testClosedLoopPausesWhenRefused) }

func testClosedLoopPausesWhenRefused(t *testing.T, e loadgen.Engine) {
	ns := kerneltest.Namespace(t)
	acct, _ := runOn(t, e, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.HTTP, Connections: 4, Duration: 250 * time.Millisecond})
	if acct.Offered == 0 || acct.Offered > 4*3 || !maps.Equal(acct.Failed, only(loadgen.PhaseConnect, unix.ECONNREFUSED, acct.Offered)) {
		t.Errorf("%+v", acct)
	}
}

// TestServerRestarts kills the server under load: open connections are reset, new ones refused, and
// once it is back every connection is used again.
func TestServerRestarts(t *testing.T) { engines(t, testServerRestarts) }

func testServerRestarts(t *testing.T, e loadgen.Engine) {
	ns := kerneltest.Namespace(t)
	s := serve(t, ns, "before")
	events := make(chan loadgen.Sample, 1<<16)
	done := make(chan loadgen.Accounting)
	ctx, cancel := context.WithCancel(kerneltest.Context(t))
	defer cancel()
	go func() {
		acct, err := e.Run(ctx, loadgen.Plan{Name: "restart", NetNS: ns.FD(), Protocol: protocol.HTTP, Target: target,
			Connections: 8, Pacer: loadgen.Constant(2000), Timeout: time.Second, Start: loadgen.Now()},
			recorder(func(s *loadgen.Sample) { events <- *s }))
		if err != nil {
			t.Error(err)
		}
		done <- acct
	}()
	await := func(what string, ok func(loadgen.Sample) bool) {
		t.Helper()
		for {
			select {
			case s := <-events:
				if ok(s) {
					return
				}
			case <-ctx.Done():
				t.Fatalf("never %s", what)
			}
		}
	}
	await("answered", func(s loadgen.Sample) bool { return s.OK() })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	await("refused", func(s loadgen.Sample) bool {
		return s.Phase == loadgen.PhaseConnect && s.Errno == unix.ECONNREFUSED
	})
	serve(t, ns, "after")
	seen := map[uint32]bool{}
	await("answered on every connection", func(s loadgen.Sample) bool {
		if s.OK() && s.Server == 2 {
			seen[s.Conn] = true
		}
		return len(seen) == 8
	})
	cancel()
	if acct := <-done; acct.Servers[1] != "before" || acct.Servers[2] != "after" {
		t.Errorf("servers %q", acct.Servers)
	}
}

type recorder func(*loadgen.Sample)

func (r recorder) Record(s *loadgen.Sample) { r(s) }

// TestHanging: a listener that never accepts completes handshakes and then says nothing.
func TestHanging(t *testing.T) { engines(t, testHanging) }

func testHanging(t *testing.T, e loadgen.Engine) {
	ns := kerneltest.Namespace(t)
	silent(t, ns)
	acct, samples := runOn(t, e, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.HTTP, Connections: 2,
		Pacer: first{loadgen.Constant(1000), 100}, Timeout: 30 * time.Millisecond})
	hung := acct.Failed[loadgen.Failure{Phase: loadgen.PhaseFirstByte, Errno: loadgen.ErrTimeout}]
	waited := acct.Failed[loadgen.Failure{Phase: loadgen.PhaseWait, Errno: loadgen.ErrTimeout}]
	if hung == 0 || waited == 0 || hung+waited != 100 || acct.Sent != hung {
		t.Errorf("%+v", acct)
	}
	for _, s := range samples {
		since := s.Intended
		if s.Sent > 0 {
			since = s.Sent
		}
		if s.Done-since < int64(30*time.Millisecond) {
			t.Fatalf("gave up after %d ns: %+v", s.Done-since, s)
		}
	}
}

func TestShedAndOpen(t *testing.T) { engines(t, testShedAndOpen) }

func testShedAndOpen(t *testing.T, e loadgen.Engine) {
	ns := kerneltest.Namespace(t)
	silent(t, ns)
	ctx, cancel := context.WithCancel(kerneltest.Context(t))
	defer cancel()
	shed := 0
	var samples log
	acct, err := e.Run(ctx, loadgen.Plan{Name: "shed", NetNS: ns.FD(), Target: target, Protocol: protocol.HTTP, Connections: 3,
		MaxWaiting: 5, Pacer: loadgen.Constant(1000), Timeout: time.Minute, Start: loadgen.Now()}, recorder(func(s *loadgen.Sample) {
		samples.Record(s)
		if shed++; shed == 10 {
			cancel()
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	check(t, acct, samples)
	if acct.Open != 8 || acct.Shed < 10 || acct.Sent != 3 {
		t.Errorf("%+v", acct)
	}
}

// silent listens and never accepts.
func silent(t *testing.T, ns *kernel.Namespace) {
	t.Helper()
	fd, err := ns.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: 80, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 100); err != nil {
		t.Fatal(err)
	}
}
