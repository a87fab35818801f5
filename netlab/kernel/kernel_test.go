package kernel_test

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
)

func TestPacketsCrossRoutedLinks(t *testing.T) {
	client, router, server := kerneltest.Namespace(t), kerneltest.Namespace(t), kerneltest.Namespace(t)
	left, _ := kerneltest.Connect(t, client, 0, "10.0.0.1", router, 0, "10.0.0.254")
	right, _ := kerneltest.Connect(t, server, 0, "10.1.0.1", router, 1, "10.1.0.254")
	if err := router.Sysctls(map[string]string{"ipv4/ip_forward": "1"}); err != nil {
		t.Fatal(err)
	}
	everywhere := netip.MustParsePrefix("0.0.0.0/0")
	for _, nic := range []kernel.NIC{left, right} {
		if err := nic.Route(everywhere); err != nil {
			t.Fatal(err)
		}
	}
	var l net.Listener
	if err := server.Do(func() (err error) { l, err = net.Listen("tcp4", "10.1.0.1:80"); return }); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dial := func() error {
		return client.Do(func() error {
			c, err := net.DialTimeout("tcp4", "10.1.0.1:80", 300*time.Millisecond)
			if err == nil {
				c.Close()
			}
			return err
		})
	}
	if err := dial(); err != nil {
		t.Fatal(err)
	}

	if err := right.Down(); err != nil {
		t.Fatal(err)
	}
	if err := dial(); err == nil {
		t.Fatal("connected over a link that is down")
	}

	if err := right.Up(); err != nil {
		t.Fatal(err)
	}
	if err := right.Route(everywhere); err != nil {
		t.Fatal(err)
	}
	if err := router.AwaitCarrier(kerneltest.Context(t), 2); err != nil {
		t.Fatal(err)
	}
	if err := dial(); err != nil {
		t.Fatalf("after the link healed: %v", err)
	}
}

func TestBlackholeDropsWithoutAnswer(t *testing.T) {
	a, b := kerneltest.Namespace(t), kerneltest.Namespace(t)
	nic, _ := kerneltest.Connect(t, a, 0, "10.0.0.1", b, 0, "10.0.0.2")
	dial := func() error {
		return a.Do(func() error {
			_, err := net.DialTimeout("tcp4", "10.9.9.9:80", 100*time.Millisecond)
			return err
		})
	}
	if err := dial(); !errors.Is(err, unix.ENETUNREACH) {
		t.Fatalf("without a route: %v, want ENETUNREACH", err)
	}
	// A host's own blackhole fails at once; only a router's is silent.
	if err := nic.Route(netip.MustParsePrefix("0.0.0.0/0")); err != nil {
		t.Fatal(err)
	}
	if err := b.Sysctls(map[string]string{"ipv4/ip_forward": "1"}); err != nil {
		t.Fatal(err)
	}
	if err := b.Blackhole(netip.MustParsePrefix("0.0.0.0/0")); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if err := dial(); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Fatalf("through a router's blackhole: %v, want a timeout", err)
	}
}
