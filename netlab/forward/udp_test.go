package forward_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"netlab/netlab/forward"
	"netlab/netlab/kernel"
	"netlab/sim/cloud"
)

var dns = cloud.Listener{Protocol: "udp", FrontendPort: 53, BackendPort: 5353, Scheduler: "wrr"}

// serveUDP answers each datagram with the server's name.
func serveUDP(t testing.TB, host *kernel.Namespace, at netip.AddrPort, name string) {
	t.Helper()
	var l *net.UDPConn
	must(t, host.Do(func() (err error) { l, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at)); return }))
	t.Cleanup(func() { l.Close() })
	go func() {
		buffer := make([]byte, 2048)
		for {
			_, from, err := l.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			l.WriteToUDPAddrPort([]byte(name), from)
		}
	}()
}

func openUDPLab(t testing.TB, capacity forward.Capacity) *lab {
	t.Helper()
	b := openLab(t, frankfurt, capacity, dns)
	serveUDP(t, b.ecs2, b.backend2Slot, "ecs2")
	serveUDP(t, b.ecs3, b.backend3Slot, "ecs3")
	return b
}

// flow is a UDP socket of ecs1 that talks to the frontend: one flow.
func (b *lab) flow() net.Conn {
	b.t.Helper()
	var c net.Conn
	must(b.t, b.ecs1.Do(func() (err error) { c, err = net.Dial("udp4", b.frontend.String()); return }))
	b.t.Cleanup(func() { c.Close() })
	return c
}

func query(c net.Conn, timeout time.Duration) (string, error) {
	c.SetDeadline(time.Now().Add(timeout))
	if _, err := c.Write([]byte("who?")); err != nil {
		return "", err
	}
	name := make([]byte, 4)
	_, err := c.Read(name)
	return string(name), err
}

func TestUDPListener(t *testing.T) {
	b := openUDPLab(t, unlimited)
	answers := map[string]int{}
	for range 20 {
		flow := b.flow()
		first, err := query(flow, answerTime)
		must(t, err)
		answers[first]++
		for range 3 {
			again, err := query(flow, answerTime)
			must(t, err)
			if again != first {
				t.Errorf("one flow: first %s, then %s", first, again)
			}
		}
	}
	if answers["ecs2"] != 10 || answers["ecs3"] != 10 {
		t.Errorf("20 flows: %v", answers)
	}
	if _, err := dial(b.ecs1, b.frontend.String(), patience); err == nil {
		t.Error("a UDP listener took a TCP connection")
	}
}

func TestDeadBackendKeepsNoUDPFlow(t *testing.T) {
	b := openUDPLab(t, unlimited)
	flow := b.flow()
	first, err := query(flow, answerTime)
	must(t, err)
	dead, other := b.backend2Slot, b.backend3Slot
	if first == "ecs3" {
		dead, other = other, dead
	}
	b.setSlots(other)
	if still, err := query(flow, answerTime); err != nil || still != first {
		t.Fatalf("open flow after a swap of slots: %s, %v", still, err)
	}
	_, err = b.clbB.EndConnections(b.listener, dead)
	must(t, err)
	if now, err := query(flow, answerTime); err != nil || now == first {
		t.Errorf("flow after its backend went down: %s, %v", now, err)
	}
}

func TestMaxConnectionsCountUDPFlows(t *testing.T) {
	b := openUDPLab(t, limited(10, 1000000))
	var first net.Conn
	for i := range 12 {
		flow := b.flow()
		if i == 0 {
			first = flow
		}
		if i < 10 {
			_, err := query(flow, answerTime)
			must(t, err)
		} else {
			_, err := query(flow, patience)
			silent(t, err, "flow beyond the limit")
		}
	}
	if _, err := query(first, answerTime); err != nil {
		t.Errorf("first flow, at the limit: %v", err)
	}
}
