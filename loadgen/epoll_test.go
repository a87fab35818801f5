package loadgen_test

import (
	"errors"
	"maps"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"netlab/loadgen"
	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/service"
	"netlab/scenarios/protocol"
)

// A log keeps every sample.
type log []loadgen.Sample

func (l *log) Record(s *loadgen.Sample) { *l = append(*l, *s) }

var target = netip.MustParseAddrPort("127.0.0.1:80")

func serve(t *testing.T, ns *kernel.Namespace, name string) *service.HTTPServer {
	t.Helper()
	s, err := service.HTTP(ns.FD(), service.HTTPConfig{Address: target, Instance: name, ResponseSize: 128})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// engines are those that tests of requests over TCP run on.
func engines(t *testing.T, f func(t *testing.T, e loadgen.Engine)) {
	for name, e := range map[string]loadgen.Engine{"epoll": loadgen.NewEpoll(), "io_uring": loadgen.NewIOUring()} {
		t.Run(name, func(t *testing.T) {
			if err := e.Probe(t.Context()); errors.Is(err, errors.ErrUnsupported) {
				kerneltest.Unavailable(t, err.Error())
			} else if err != nil {
				t.Fatal(err)
			}
			f(t, e)
		})
	}
}

// run sends the plan and checks what holds for every run: each offered request has one sample, and
// the books agree with the samples.
func run(t *testing.T, p loadgen.Plan) (loadgen.Accounting, log) {
	t.Helper()
	return runOn(t, loadgen.NewEpoll(), p)
}

func runOn(t *testing.T, e loadgen.Engine, p loadgen.Plan) (loadgen.Accounting, log) {
	t.Helper()
	ctx := kerneltest.Context(t)
	p.Name = t.Name()
	if p.Start == 0 {
		p.Start = loadgen.Now()
	}
	if p.Timeout == 0 {
		p.Timeout = 10 * time.Second
	}
	if !p.Target.IsValid() {
		p.Target = target
	}
	var samples log
	acct, err := e.Run(ctx, p, &samples)
	if err != nil {
		t.Fatal(err)
	}
	check(t, acct, samples)
	return acct, samples
}

func check(t *testing.T, acct loadgen.Accounting, samples log) {
	t.Helper()
	again := loadgen.Accounting{Failed: map[loadgen.Failure]uint64{}}
	for _, s := range samples {
		again.Offered++
		if s.Sent > 0 {
			again.Sent++
		}
		switch s.Phase {
		case loadgen.PhaseNone:
			again.Answered++
			if s.Sent < s.Intended || s.Done < s.Sent {
				t.Errorf("times out of order: %+v", s)
			}
		case loadgen.PhaseOpen:
			again.Open++
		case loadgen.PhaseShed:
			again.Shed++
		default:
			again.Failed[loadgen.Failure{Phase: s.Phase, Errno: s.Errno}]++
		}
	}
	if again.Offered != acct.Offered || again.Sent != acct.Sent || again.Answered != acct.Answered || again.Open != acct.Open ||
		again.Shed != acct.Shed || !maps.Equal(again.Failed, acct.Failed) {
		t.Errorf("the books say\n%+v, the samples\n%+v", acct, again)
	}
}

func only(phase loadgen.Phase, errno syscall.Errno, n uint64) map[loadgen.Failure]uint64 {
	return map[loadgen.Failure]uint64{{Phase: phase, Errno: errno}: n}
}

func TestEveryRequestIsAnswered(t *testing.T) { engines(t, testEveryRequestIsAnswered) }

func testEveryRequestIsAnswered(t *testing.T, e loadgen.Engine) {
	const n = 2000
	for name, p := range map[string]loadgen.Plan{
		"kept connections":  {Protocol: protocol.HTTP, Connections: 10, Pacer: loadgen.Constant(20000)},
		"one connection":    {Protocol: protocol.HTTP, Pacer: loadgen.Flat(20000).Poisson(1)},
		"fresh connections": {Protocol: protocol.HTTP, FreshConnections: true, Pacer: loadgen.Constant(20000)},
		"connects":          {Protocol: protocol.TCPConnect, Pacer: loadgen.Constant(20000)},
		"connects, cheaply": {Protocol: protocol.TCPConnect, Pacer: loadgen.Constant(20000), Pace: loadgen.Cheap},
		"HEAD, precisely":   {Protocol: protocol.HTTP, Method: "HEAD", Connections: 3, Pacer: loadgen.Constant(20000), Pace: loadgen.Precise},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := kerneltest.Namespace(t)
			serve(t, ns, "ecs2")
			p.NetNS, p.Pacer = ns.FD(), first{p.Pacer, n}
			acct, samples := runOn(t, e, p)
			if acct.Offered != n || acct.Answered != n {
				t.Fatalf("%+v", acct)
			}
			for _, s := range samples {
				if p.Protocol == protocol.HTTP && (s.Status != 200 || acct.Servers[s.Server] != "ecs2") {
					t.Fatalf("%+v from %q", s, acct.Servers[s.Server])
				}
			}
			fresh := p.FreshConnections || p.Protocol == protocol.TCPConnect
			if want := uint64(max(1, p.Connections)); !fresh && acct.Connects != want || fresh && acct.Connects != n {
				t.Errorf("%d connections opened", acct.Connects)
			}
		})
	}
}

// first stops a pacer after so many requests.
type first struct {
	loadgen.Pacer
	n uint64
}

func (f first) Next(n uint64) (time.Duration, bool) {
	due, stop := f.Pacer.Next(n)
	return due, stop || n >= f.n
}

func TestClosedLoop(t *testing.T) { engines(t, testClosedLoop) }

func testClosedLoop(t *testing.T, e loadgen.Engine) {
	ns := kerneltest.Namespace(t)
	serve(t, ns, "ecs2")
	acct, samples := runOn(t, e, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.HTTP, Connections: 5,
		Think: 2 * time.Millisecond, Duration: 200 * time.Millisecond})
	if acct.Answered == 0 || acct.Answered != acct.Offered || acct.Connects != 5 {
		t.Errorf("%+v", acct)
	}
	last := map[uint32]int64{}
	for _, s := range samples {
		if before := last[s.Conn]; before != 0 && s.Intended != before+2e6 {
			t.Fatalf("request intended %d ns after the answer before it, want 2 ms", s.Intended-before)
		}
		last[s.Conn] = s.Done
	}
}

func TestPlanErrors(t *testing.T) {
	good := loadgen.Plan{Name: "web", NetNS: -1, Protocol: protocol.HTTP, Target: target, Timeout: time.Second, Duration: 1}
	for want, spoil := range map[string]func(*loadgen.Plan){
		"load web: no target":                                               func(p *loadgen.Plan) { p.Target = netip.AddrPort{} },
		"load web: timeout must be positive, got 0s":                        func(p *loadgen.Plan) { p.Timeout = 0 },
		"load web: source ::1 can't reach target 127.0.0.1":                 func(p *loadgen.Plan) { p.Source = netip.IPv6Loopback() },
		"load web: method, host or path holds a blank or control character": func(p *loadgen.Plan) { p.Path = "/ HTTP/1.1\r\nX: y" },
		"enter network namespace: bad file descriptor":                      func(p *loadgen.Plan) { p.NetNS = 1 << 20 },
	} {
		p := good
		spoil(&p)
		if _, err := loadgen.NewEpoll().Run(t.Context(), p, recorder(func(*loadgen.Sample) {})); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	p := good
	p.Protocol = "gopher"
	if _, err := loadgen.NewEpoll().Run(t.Context(), p, nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, want unsupported", err)
	}
}

// TestKernelStamps: answers carry a receive stamp, one request in 16 a transmit stamp, and they lie
// where they must among the other times.
func TestKernelStamps(t *testing.T) {
	ns := kerneltest.Namespace(t)
	serve(t, ns, "ecs2")
	udp, err := service.UDPEcho(ns.FD(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for _, spoken := range []protocol.Name{protocol.HTTP, protocol.UDPEcho} {
		t.Run(string(spoken), func(t *testing.T) {
			const n, slack = 320, int64(50 * time.Microsecond) // of the two clocks' distance
			acct, samples := run(t, loadgen.Plan{NetNS: ns.FD(), Protocol: spoken, Connections: 4, KernelStamps: true,
				Pacer: first{loadgen.Constant(5000), n}, Timeout: time.Second})
			if acct.Answered != n {
				t.Fatalf("%+v", acct)
			}
			sent, received := 0, 0
			for _, s := range samples {
				if s.KernelRX == 0 && received == 0 {
					continue // the kernel turns stamps on in the background
				}
				received++
				if s.KernelRX < s.Sent-slack || s.KernelRX > s.Done+slack {
					t.Fatalf("receive stamp out of place: %+v", s)
				}
				if s.KernelTX == 0 {
					continue
				}
				sent++
				if s.KernelTX < s.Sent-slack || s.KernelTX > s.KernelRX {
					t.Fatalf("transmit stamp out of place: %+v", s)
				}
			}
			if received < n/2 || sent < received/16 {
				t.Errorf("%d receive and %d transmit stamps", received, sent)
			}
		})
	}
}
