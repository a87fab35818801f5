package worker_test

import (
	"context"
	"errors"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/loadgen"
	"netlab/loadgen/worker"
	"netlab/loadgen/worker/workertest"
	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/service"
	"netlab/scenarios/protocol"
)

func TestMain(m *testing.M) { workertest.Main(m) }

var target = netip.MustParseAddrPort("127.0.0.1:443")

type log []loadgen.Sample

func (l *log) Record(s *loadgen.Sample) { *l = append(*l, *s) }

func servers(t *testing.T) (ns *kernel.Namespace, trust []byte) {
	t.Helper()
	ns = kerneltest.Namespace(t)
	authority, err := service.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	secure, err := service.HTTPS(ns.FD(), service.HTTPConfig{Address: target, Instance: "ecs2", ResponseSize: 1000}, authority, "web.example")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { secure.Close() })
	plain, err := service.HTTP(ns.FD(),
		service.HTTPConfig{Address: netip.AddrPortFrom(target.Addr(), 80), Instance: "ecs2", ResponseSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plain.Close() })
	return ns, authority.PEM()
}

// run checks that each offered request has one sample and that the books agree.
func run(t *testing.T, ctx context.Context, e loadgen.Engine, p loadgen.Plan) (loadgen.Accounting, log) {
	t.Helper()
	p.Name, p.Start = t.Name(), loadgen.Now()
	if p.Timeout == 0 {
		p.Timeout = 10 * time.Second
	}
	var samples log
	acct, err := e.Run(ctx, p, &samples)
	if err != nil {
		t.Fatal(err)
	}
	var failed uint64
	for _, n := range acct.Failed {
		failed += n
	}
	if acct.Offered != acct.Answered+failed+acct.Shed+acct.Open || acct.Offered != uint64(len(samples)) {
		t.Errorf("%d samples, the books say %+v", len(samples), acct)
	}
	return acct, samples
}

// first stops a schedule after so many requests.
type first struct {
	loadgen.Pacer
	n uint64
}

func (f first) Next(n uint64) (time.Duration, bool) {
	due, stop := f.Pacer.Next(n)
	return due, stop || n >= f.n
}

func TestStandard(t *testing.T) {
	ns, trust := servers(t)
	const n = 300
	for name, p := range map[string]loadgen.Plan{
		"http":              {Protocol: protocol.HTTP, Target: netip.AddrPortFrom(target.Addr(), 80), Connections: 3},
		"https":             {Protocol: protocol.HTTPS, Connections: 3},
		"https by name":     {Protocol: protocol.HTTPS, Connections: 3, Host: "web.example"},
		"https, fresh":      {Protocol: protocol.HTTPS, Connections: 3, FreshConnections: true},
		"h2":                {Protocol: protocol.HTTP2, Connections: 3},
		"h2, three streams": {Protocol: protocol.HTTP2, Streams: 3},
	} {
		t.Run(name, func(t *testing.T) {
			p.NetNS, p.Trust, p.Pacer = ns.FD(), trust, first{loadgen.Flat(3000).Poisson(1), n}
			if !p.Target.IsValid() {
				p.Target = target
			}
			acct, samples := run(t, kerneltest.Context(t), worker.Standard(), p)
			if acct.Answered != n {
				t.Fatalf("%+v", acct)
			}
			if want := uint64(max(1, p.Connections)); !p.FreshConnections && acct.Connects > want || p.FreshConnections && acct.Connects != n {
				t.Errorf("%d connections", acct.Connects)
			}
			for _, s := range samples {
				if s.Status != 200 || acct.Servers[s.Server] != "ecs2" || s.Sent < s.Intended || s.FirstByte < s.Sent || s.Done < s.FirstByte {
					t.Fatalf("%+v", s)
				}
			}
		})
	}
}

func TestStandardFailures(t *testing.T) {
	ns, trust := servers(t)
	failure := func(phase loadgen.Phase, errno syscall.Errno) loadgen.Failure {
		return loadgen.Failure{Phase: phase, Errno: errno}
	}
	for name, c := range map[string]struct {
		plan loadgen.Plan
		want loadgen.Failure
	}{
		"nobody listens": {
			loadgen.Plan{Protocol: protocol.HTTPS, Target: netip.AddrPortFrom(target.Addr(), 1)}, failure(loadgen.PhaseConnect, unix.ECONNREFUSED),
		},
		"a foreign name": {
			loadgen.Plan{Protocol: protocol.HTTPS, Target: target, Host: "other.example", Trust: trust},
			failure(loadgen.PhaseConnect, loadgen.ErrProtocol),
		},
		"nobody vouches": {loadgen.Plan{Protocol: protocol.HTTPS, Target: target}, failure(loadgen.PhaseConnect, loadgen.ErrProtocol)},
		"TLS is not offered": {
			loadgen.Plan{Protocol: protocol.HTTP, Target: target, Trust: trust}, failure(loadgen.PhaseBody, loadgen.ErrStatus),
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.plan.NetNS, c.plan.Pacer = ns.FD(), first{loadgen.Constant(500), 10}
			acct, _ := run(t, kerneltest.Context(t), worker.Standard(), c.plan)
			if acct.Failed[c.want] != 10 {
				t.Errorf("%+v, want ten of %v", acct, c.want)
			}
		})
	}
}

func TestClosedLoop(t *testing.T) {
	ns, trust := servers(t)
	for name, e := range map[string]loadgen.Engine{"standard": worker.Standard(), "hey": worker.Hey()} {
		t.Run(name, func(t *testing.T) {
			acct, _ := run(t, kerneltest.Context(t), e, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.HTTPS, Target: target, Trust: trust,
				Connections: 4, Duration: 300 * time.Millisecond})
			if acct.Answered == 0 || acct.Answered != acct.Offered {
				t.Errorf("%+v", acct)
			}
		})
	}
}

func TestHeyRate(t *testing.T) {
	ns, _ := servers(t)
	acct, samples := run(t, kerneltest.Context(t), worker.Hey(), loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.HTTP,
		Target: netip.AddrPortFrom(target.Addr(), 80), Connections: 2, Pacer: loadgen.Constant(200), Duration: 500 * time.Millisecond})
	if acct.Answered == 0 || acct.Answered > 110 {
		t.Errorf("%+v", acct)
	}
	for _, s := range samples {
		if s.Sent > loadgen.Now() || s.Done <= s.Sent || s.FirstByte < s.Sent {
			t.Fatalf("%+v", s)
		}
	}
	acct, _ = run(t, kerneltest.Context(t), worker.Hey(), loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.HTTP,
		Target: netip.AddrPortFrom(target.Addr(), 1), Connections: 2, Pacer: loadgen.Constant(100), Duration: 200 * time.Millisecond})
	if n := acct.Failed[loadgen.Failure{Phase: loadgen.PhaseConnect, Errno: unix.ECONNREFUSED}]; n == 0 || n != acct.Offered {
		t.Errorf("refused: %+v", acct)
	}
}

// TestCancelled: a run whose context ends returns, with its books in order.
func TestCancelled(t *testing.T) {
	ns, trust := servers(t)
	ctx, cancel := context.WithCancel(kerneltest.Context(t))
	seen := 0
	acct, err := worker.Standard().Run(ctx, loadgen.Plan{Name: "web", NetNS: ns.FD(), Protocol: protocol.HTTPS, Target: target, Trust: trust,
		Pacer: loadgen.Constant(1000), Start: loadgen.Now(), Timeout: time.Second}, recorder(func(*loadgen.Sample) {
		if seen++; seen == 50 {
			cancel()
		}
	}))
	if err != nil || acct.Answered < 50 {
		t.Errorf("%+v, %v", acct, err)
	}
}

type recorder func(*loadgen.Sample)

func (r recorder) Record(s *loadgen.Sample) { r(s) }

func TestErrors(t *testing.T) {
	for name, e := range map[string]loadgen.Engine{"standard": worker.Standard(), "hey": worker.Hey()} {
		if err := e.Probe(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		p := loadgen.Plan{Name: "web", NetNS: -1, Protocol: protocol.UDPEcho, Target: target, Timeout: time.Second}
		if _, err := e.Run(t.Context(), p, nil); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v, want unsupported", name, err)
		}
	}
	p := loadgen.Plan{Name: "web", NetNS: -1, Protocol: protocol.HTTPS, Target: target, Timeout: time.Second, Trust: []byte("nonsense")}
	if _, err := worker.Standard().Run(t.Context(), p, nil); err == nil || err.Error() != "load web: no certificate in those to trust" {
		t.Errorf("%v", err)
	}
}
