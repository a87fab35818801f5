package impair_test

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"netlab/netlab/impair"
	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
)

// A link is what the tests send over: host A at 10.0.0.1, host B at 10.0.0.2.
type link struct {
	engine *impair.Engine
	wire   *impair.Wire // nil for a plain veth
	a, b   kernel.NIC
}

// connect makes a link and waits until it carries traffic.
func connect(t testing.TB, spec impair.Spec) link {
	t.Helper()
	l := build(t, spec)
	bringUp(t, l.a)
	bringUp(t, l.b)
	awaitCarrier(t, l.a, l.b)
	return l
}

// build makes a link with both ends down.
func build(t testing.TB, spec impair.Spec) link {
	t.Helper()
	l := link{a: end(kerneltest.Namespace(t), 1), b: end(kerneltest.Namespace(t), 2)}
	l.a.PeerMAC, l.b.PeerMAC = l.b.MAC, l.a.MAC
	if !impair.Needed(spec) {
		must(t, kernel.CreateLink(l.a, l.b))
		return l
	}
	l.engine = newEngine(t)
	var err error
	l.wire, err = l.engine.Connect(l.a, l.b, spec)
	must(t, err)
	return l
}

func newEngine(t testing.TB) *impair.Engine {
	t.Helper()
	if err := impair.Probe(); errors.Is(err, errors.ErrUnsupported) {
		kerneltest.Unavailable(t, "no wires here: "+err.Error())
	}
	e, err := impair.NewEngine()
	must(t, err)
	if _, isTest := t.(*testing.T); isTest {
		e.Tolerate()
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func end(n *kernel.Namespace, last byte) kernel.NIC {
	return kernel.NIC{Namespace: n, MAC: net.HardwareAddr{2, 0, 0, 0, 0, last}, Address: netip.AddrFrom4([4]byte{10, 0, 0, last})}
}

func bringUp(t testing.TB, nic kernel.NIC) {
	t.Helper()
	must(t, nic.Up())
	must(t, nic.Route(netip.MustParsePrefix("10.0.0.0/24")))
}

func awaitCarrier(t testing.TB, nics ...kernel.NIC) {
	t.Helper()
	for _, nic := range nics {
		must(t, nic.Namespace.AwaitCarrier(kerneltest.Context(t), 1))
	}
}

func stats(t testing.TB, w *impair.Wire) impair.Stats {
	t.Helper()
	s, err := w.Stats()
	must(t, err)
	return s
}

// settle waits until the wire holds nothing and gives its figures.
func settle(t testing.TB, w *impair.Wire, done func(impair.Stats) bool) impair.Stats {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		s := stats(t, w)
		if s.AB.Held+s.AB.Unread+s.BA.Held+s.BA.Unread == 0 && done(s) {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("the wire never settled: %+v", s)
		}
		time.Sleep(time.Millisecond)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestNeeded(t *testing.T) {
	if impair.Needed(impair.Spec{}) {
		t.Error("a perfect link needs no wire")
	}
	if !impair.Needed(impair.Spec{BA: impair.Quality{Delay: time.Millisecond}}) {
		t.Error("a delay in one direction needs a wire")
	}
}

func TestConnectRefusesDelaysItCannotKeep(t *testing.T) {
	e := newEngine(t)
	for _, d := range []time.Duration{-time.Second, time.Nanosecond, impair.MinDelay - 1, impair.MaxDelay + 1} {
		a, b := end(kerneltest.Namespace(t), 1), end(kerneltest.Namespace(t), 2)
		if _, err := e.Connect(a, b, impair.Spec{BA: impair.Quality{Delay: d}}); err == nil {
			t.Errorf("took a delay of %v", d)
		}
	}
}
