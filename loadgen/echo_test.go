package loadgen_test

import (
	"errors"
	"maps"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/loadgen"
	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/service"
	"netlab/scenarios/protocol"
)

func TestTCPEcho(t *testing.T) {
	ns := kerneltest.Namespace(t)
	s, err := service.TCPEcho(ns.FD(), service.EchoConfig{Address: target})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, size := range map[string]int{"default size": 0, "one byte": 1, "more than a socket holds": 60000} {
		t.Run(name, func(t *testing.T) {
			acct, _ := run(t, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.TCPEcho, Size: size, Connections: 4,
				Pacer: first{loadgen.Constant(5000), 500}})
			if acct.Answered != 500 || acct.Connects != 4 {
				t.Errorf("%+v", acct)
			}
		})
	}
}

// TestWrongEcho: an answer that is not the request is a protocol error.
func TestWrongEcho(t *testing.T) {
	ns := kerneltest.Namespace(t)
	serve(t, ns, "ecs2") // an HTTP server refuses so long a header
	acct, _ := run(t, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.TCPEcho, Size: 20000, Pacer: first{loadgen.Constant(1000), 10}})
	if !maps.Equal(acct.Failed, only(loadgen.PhaseBody, loadgen.ErrProtocol, 10)) {
		t.Errorf("%+v", acct)
	}
}

func TestUDPEcho(t *testing.T) {
	ns := kerneltest.Namespace(t)
	s, err := service.UDPEcho(ns.FD(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	acct, _ := run(t, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.UDPEcho, Connections: 3, Timeout: 300 * time.Millisecond,
		Pacer: first{loadgen.Constant(10000), 3000}})
	if acct.Answered != 3000 || acct.Datagrams != (loadgen.Datagrams{}) {
		t.Errorf("%+v", acct)
	}
	acct, _ = run(t, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.UDPEcho, Connections: 3, Timeout: 300 * time.Millisecond,
		Duration: 100 * time.Millisecond})
	if acct.Answered == 0 || acct.Answered != acct.Offered {
		t.Errorf("closed loop: %+v", acct)
	}
}

// TestUDPTruth puts a relay in the way that does a known number of wrong things.
func TestUDPTruth(t *testing.T) {
	ns := kerneltest.Namespace(t)
	relay, end := newRelay(t, ns)
	const n = 200 // all of them fit into a socket buffer: nothing else may drop one
	acct, samples := run(t, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.UDPEcho, Size: 32, Timeout: 300 * time.Millisecond,
		Pacer: first{loadgen.Constant(2000), n}})
	end()
	want := <-relay
	if acct.Datagrams != want.datagrams {
		t.Errorf("counted %+v, injected %+v", acct.Datagrams, want.datagrams)
	}
	if acct.Offered != n || acct.Answered != n-want.datagrams.Lost {
		t.Errorf("%+v", acct)
	}
	if !maps.Equal(acct.Failed, only(loadgen.PhaseFirstByte, loadgen.ErrTimeout, want.datagrams.Lost)) {
		t.Errorf("failures %v", acct.Failed)
	}
	for _, s := range samples {
		if s.OK() && s.Done-s.Sent > int64(300*time.Millisecond) {
			t.Fatalf("answered after its timeout: %+v", s)
		}
	}
}

type truth struct{ datagrams loadgen.Datagrams }

// newRelay answers UDP datagrams on the target's port: of every 20 it drops one, doubles one, holds
// one back until the next has gone, and spoils one.
func newRelay(t *testing.T, ns *kernel.Namespace) (result <-chan truth, end func()) {
	t.Helper()
	fd, err := ns.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	here := &unix.SockaddrInet4{Port: 80, Addr: [4]byte{127, 0, 0, 1}}
	if err := errors.Join(unix.SetNonblock(fd, false), unix.Bind(fd, here)); err != nil {
		t.Fatal(err)
	}
	done := make(chan truth, 1)
	go func() {
		defer unix.Close(fd)
		r := relay{fd: fd}
		for i := 0; ; i++ {
			buf := make([]byte, 2048)
			n, from, err := unix.Recvfrom(fd, buf, 0)
			if err != nil || n == 0 {
				done <- r.truth
				return
			}
			r.to = from
			r.take(i, buf[:n])
		}
	}()
	return done, func() {
		if err := unix.Sendto(fd, nil, 0, here); err != nil {
			t.Fatal(err)
		}
	}
}

type relay struct {
	truth
	fd   int
	to   unix.Sockaddr
	held []byte
}

func (r *relay) send(b []byte) { unix.Sendto(r.fd, b, 0, r.to) }

func (r *relay) take(i int, b []byte) {
	d := &r.truth.datagrams
	switch i % 20 {
	case 1:
		d.Lost++
	case 3:
		d.Duplicated++
		r.send(b)
		r.send(b)
	case 5:
		d.Reordered++
		r.held = b
	case 6:
		r.send(b)
		r.send(r.held)
	case 9:
		d.Corrupt++
		d.Lost++
		b[len(b)-1] ^= 0x55
		r.send(b)
	default:
		r.send(b)
	}
}

func TestUDPRefused(t *testing.T) {
	ns := kerneltest.Namespace(t)
	for _, stamps := range []bool{false, true} {
		acct, _ := run(t, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.UDPEcho, Timeout: 300 * time.Millisecond, KernelStamps: stamps,
			Target: netip.MustParseAddrPort("127.0.0.1:9"), Pacer: first{loadgen.Constant(500), 100}})
		// The kernel limits how many ICMP errors it sends a second; what it keeps to itself is a timeout.
		refused := acct.Failed[loadgen.Failure{Phase: loadgen.PhaseFirstByte, Errno: unix.ECONNREFUSED}]
		if refused == 0 || refused+acct.Datagrams.Lost != 100 {
			t.Errorf("stamps %t: %+v", stamps, acct)
		}
	}
}

// TestBulkBreaks: a tenth of a second in which the connection broke has failed, whatever it moved before.
func TestBulkBreaks(t *testing.T) {
	ns := kerneltest.Namespace(t)
	s, err := service.Bulk(ns.FD(), service.EchoConfig{Address: target})
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	acct, err := loadgen.NewEpoll().
		Run(kerneltest.Context(t), loadgen.Plan{NetNS: ns.FD(), Target: target, Protocol: protocol.BulkTCP, Timeout: time.Second,
			Start: loadgen.Now(), Duration: time.Second}, recorder(func(sample *loadgen.Sample) {
			if sample.OK() && !closed {
				closed = true
				s.Close()
			}
		}))
	if err != nil || !closed {
		t.Fatalf("%+v, %v", acct, err)
	}
	if n := acct.Failed[loadgen.Failure{Phase: loadgen.PhaseBody, Errno: unix.ECONNRESET}]; n != 1 || acct.Offered != 10 {
		t.Errorf("%+v", acct)
	}
}

func TestUnknownCongestionControl(t *testing.T) {
	_, err := loadgen.NewEpoll().
		Run(kerneltest.Context(t), loadgen.Plan{NetNS: -1, Target: target, Protocol: protocol.BulkTCP, Timeout: time.Second,
			Congestion: "nonsense", Start: loadgen.Now(), Duration: time.Second}, recorder(func(*loadgen.Sample) {}))
	if err == nil || !strings.Contains(err.Error(), "reno") {
		t.Errorf("%v", err)
	}
}

func TestBulk(t *testing.T) {
	ns := kerneltest.Namespace(t)
	s, err := service.Bulk(ns.FD(), service.EchoConfig{Address: target})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, d := range []loadgen.Direction{loadgen.Up, loadgen.Down} {
		t.Run(string(d), func(t *testing.T) {
			acct, samples := run(t, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.BulkTCP, Direction: d, Connections: 2,
				Congestion: "reno", Duration: 500 * time.Millisecond})
			if acct.Offered != 10 || acct.Answered == 0 || len(acct.Bulk) != 2 { // on a busy machine an interval may pass without a byte
				t.Fatalf("%+v", acct)
			}
			var total uint64
			for _, s := range samples {
				total += uint64(s.Bytes)
			}
			for _, s := range acct.Bulk {
				if s.Congestion != "reno" || s.MSS == 0 || s.Bytes == 0 {
					t.Errorf("%+v", s)
				}
				total -= s.Bytes
			}
			if total != 0 {
				t.Errorf("samples and streams differ by %d bytes", int64(total))
			}
		})
	}
	s.Close()
	acct, _ := run(t, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.BulkTCP, Duration: 300 * time.Millisecond})
	if !maps.Equal(acct.Failed, only(loadgen.PhaseConnect, unix.ECONNREFUSED, 3)) {
		t.Errorf("refused: %+v", acct)
	}
}
