// Package kerneltest gives tests real namespaces. Where the machine can't make them a test skips
// with the reason; with NETLAB_REQUIRE_KERNEL=1 it fails instead, so that CI can't go blind.
package kerneltest

import (
	"context"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"netlab/netlab/kernel"
)

// Unavailable skips a test for what the machine lacks, or fails it where nothing may be skipped.
func Unavailable(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("NETLAB_REQUIRE_KERNEL") == "1" {
		t.Fatalf("NETLAB_REQUIRE_KERNEL=1, but %s", reason)
	}
	t.Skip(reason)
}

// Namespace makes a fresh namespace that ends with the test.
func Namespace(t testing.TB) *kernel.Namespace {
	t.Helper()
	n, err := kernel.NewNamespace()
	if err != nil {
		Unavailable(t, "this machine makes no network namespace: "+err.Error())
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// Context ends with the test, or after a minute.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// Connect links two namespaces: NIC number an of a with address aa, NIC number bn of b with
// address ba, each with a host route to the other's address. Numbers count up from 0 in each
// namespace, in order of the calls.
func Connect(t testing.TB, a *kernel.Namespace, an int, aa string, b *kernel.Namespace, bn int, ba string) (kernel.NIC, kernel.NIC) {
	t.Helper()
	// Unique for the namespace: the last bytes tell the NIC.
	amac := net.HardwareAddr{2, 0, 0, 0, byte(an), 1}
	bmac := net.HardwareAddr{2, 0, 0, 0, byte(bn), 2}
	left := kernel.NIC{Namespace: a, Number: an, MAC: amac, PeerMAC: bmac, Address: netip.MustParseAddr(aa)}
	right := kernel.NIC{Namespace: b, Number: bn, MAC: bmac, PeerMAC: amac, Address: netip.MustParseAddr(ba)}
	must(t, kernel.CreateLink(left, right))
	must(t, left.Up())
	must(t, right.Up())
	must(t, left.Route(netip.PrefixFrom(right.Address, 32)))
	must(t, right.Route(netip.PrefixFrom(left.Address, 32)))
	must(t, a.AwaitCarrier(Context(t), an+1))
	must(t, b.AwaitCarrier(Context(t), bn+1))
	return left, right
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
