package forward_test

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
	"netlab/sim/cloud"
	"netlab/sim/control"
)

// A crew is four backends on two hosts, and clients on the fabric that the node tells apart: those
// behind an endpoint ENI all have its address.
type crew struct {
	*lab
	names    []string
	backends []netip.AddrPort
}

func openCrew(t *testing.T, l cloud.Listener) *crew {
	t.Helper()
	c := &crew{lab: openLab(t, frankfurt, unlimited, l)}
	for i, host := range []*kernel.Namespace{c.ecs2, c.ecs3, c.ecs2, c.ecs3} {
		name := fmt.Sprintf("web%d", i)
		at := netip.AddrPortFrom([]netip.Addr{c.backend2Slot.Addr(), c.backend3Slot.Addr()}[i%2], uint16(9000+i))
		serve(t, host, at.String(), name)
		c.names, c.backends = append(c.names, name), append(c.backends, at)
	}
	c.weigh(100, 100, 100, 100)
	return c
}

// weigh fills the slot table as the load balancer does.
func (c *crew) weigh(weights ...int) {
	c.t.Helper()
	table, err := control.Slots(c.listener.Scheduler, c.names, weights, 1)
	must(c.t, err)
	slots := make([]netip.AddrPort, len(table))
	for i, server := range table {
		slots[i] = c.backends[server]
	}
	c.setSlots(slots...)
}

// client is the n-th client's address.
func (c *crew) client(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{100, 64, 100, byte(n)})
}

// employ makes the first n clients.
func (c *crew) employ(n int) {
	c.t.Helper()
	for i := range n {
		must(c.t, c.fabricB.AddLoopback(c.client(i)))
	}
}

// ask opens a connection from an address and port (0: any) and says who answered.
func (c *crew) ask(from netip.AddrPort, timeout time.Duration) (string, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(from), Timeout: timeout}
	name := make([]byte, 4)
	err := c.fabricB.Do(func() error {
		conn, err := d.Dial("tcp4", netip.AddrPortFrom(c.service, c.listener.FrontendPort).String())
		if err != nil {
			return err
		}
		defer conn.Close()
		// A reset frees the port for the next connection at once.
		conn.(*net.TCPConn).SetLinger(0)
		conn.SetDeadline(time.Now().Add(timeout))
		_, err = conn.Read(name)
		return err
	})
	return string(name), err
}

// forget drops what the active node knows of earlier connections.
func (c *crew) forget() {
	c.t.Helper()
	flows, err := netlink.NewHandleAt(netns.NsHandle(c.hostB.FD()), unix.NETLINK_NETFILTER)
	must(c.t, err)
	defer flows.Close()
	must(c.t, flows.ConntrackTableFlush(netlink.ConntrackTable))
}

func (c *crew) mustAsk(from netip.AddrPort) string {
	c.t.Helper()
	name, err := c.ask(from, answerTime)
	must(c.t, err)
	return name
}

func TestConsistentHashingMovesFewFlows(t *testing.T) {
	for _, scheduler := range []string{"sch", "tch"} {
		t.Run(scheduler, func(t *testing.T) {
			c := openCrew(t, web(scheduler))
			c.employ(40)
			const flows = 200
			flow := func(i int) netip.AddrPort { return netip.AddrPortFrom(c.client(i%40), uint16(20000+i)) }
			before := make([]string, flows)
			for i := range flows {
				before[i] = c.mustAsk(flow(i))
			}
			// Entries of closed connections would answer for the hash.
			c.forget()
			for i := range flows {
				if again := c.mustAsk(flow(i)); again != before[i] {
					t.Fatalf("flow %d: first %s, then %s", i, before[i], again)
				}
			}

			c.weigh(100, 0, 100, 100)
			c.forget()
			bound, moved, strayed := 0, 0, 0
			for i := range flows {
				after := c.mustAsk(flow(i))
				switch {
				case before[i] == "web1":
					bound++
					if after == "web1" {
						t.Errorf("flow %d stays on a backend without weight", i)
					}
				case after != before[i]:
					strayed++
				}
				if after != before[i] {
					moved++
				}
			}
			if bound == 0 {
				t.Fatal("the backend had no flow: nothing was shown")
			}
			// The share of the backend itself is what the hash made of these flows.
			if strayed > flows*5/100 {
				t.Errorf("%d of %d flows moved, %d of them without need", moved, flows, strayed)
			}
		})
	}
}

func TestSourceHashIgnoresThePort(t *testing.T) {
	c := openCrew(t, web("sch"))
	c.employ(8)
	answers := map[string]bool{}
	for i := range 8 {
		first := c.mustAsk(netip.AddrPortFrom(c.client(i), 0))
		answers[first] = true
		for range 5 {
			if again := c.mustAsk(netip.AddrPortFrom(c.client(i), 0)); again != first {
				t.Errorf("client %d: first %s, then %s", i, first, again)
			}
		}
	}
	if len(answers) < 2 {
		t.Errorf("8 clients, all on one backend: %v", answers)
	}
}

func TestRoundRobinIgnoresWeights(t *testing.T) {
	c := openCrew(t, web("rr"))
	c.employ(1)
	c.weigh(1, 100, 50, 0)
	answers := map[string]int{}
	for range 30 {
		answers[c.mustAsk(netip.AddrPortFrom(c.client(0), 0))]++
	}
	if answers["web0"] != 10 || answers["web1"] != 10 || answers["web2"] != 10 {
		t.Errorf("rr: %v", answers)
	}
}

func TestPersistenceKeepsClientsOnTheirBackend(t *testing.T) {
	l := web("wrr")
	l.PersistenceTimeout = time.Hour
	c := openCrew(t, l)
	c.employ(4)
	any := func(i int) netip.AddrPort { return netip.AddrPortFrom(c.client(i), 0) }
	home := map[int]string{}
	for round := range 3 {
		for i := range 4 {
			name := c.mustAsk(any(i))
			if round == 0 {
				home[i] = name
			} else if name != home[i] {
				t.Errorf("client %d: first %s, then %s", i, home[i], name)
			}
		}
	}
	if home[0] == home[1] || home[1] == home[2] {
		t.Errorf("new clients did not go round: %v", home)
	}

	// Losing its backend, a client gets another and stays there, even when the first is back.
	var gone int
	for i, name := range c.names {
		if name == home[0] {
			gone = i
		}
	}
	weights := []int{100, 100, 100, 100}
	weights[gone] = 0
	c.weigh(weights...)
	second := c.mustAsk(any(0))
	if second == home[0] {
		t.Fatalf("client stays on %s without weight", second)
	}
	weights[gone] = 100
	c.weigh(weights...)
	for range 4 {
		if again := c.mustAsk(any(0)); again != second {
			t.Errorf("client: %s, then %s", second, again)
		}
		if again := c.mustAsk(any(1)); again != home[1] {
			t.Errorf("a swap of slots moved another client: %s, then %s", home[1], again)
		}
	}
}

func TestPersistenceEnds(t *testing.T) {
	l := web("wrr")
	l.PersistenceTimeout = time.Second
	c := openCrew(t, l)
	c.employ(1)
	from := netip.AddrPortFrom(c.client(0), 0)
	first := c.mustAsk(from)
	if again := c.mustAsk(from); again != first {
		t.Errorf("within the timeout: %s, then %s", first, again)
	}
	c.await("the client to be forgotten", func() bool { return c.elements("clb", "clients") == 0 })
	if after := c.mustAsk(from); after == first {
		t.Errorf("still on %s after the timeout", after)
	}

	// Switched off, the next connections go round again.
	l.PersistenceTimeout = 0
	must(t, c.clbB.UpdateListener(l))
	answers := map[string]bool{}
	for range 4 {
		answers[c.mustAsk(from)] = true
	}
	if len(answers) != 4 {
		t.Errorf("without persistence, 4 connections: %v", answers)
	}
}

func TestAccessControlLists(t *testing.T) {
	c := openCrew(t, web("wrr"))
	c.employ(4)
	list := func(kind string, entries ...string) *cloud.AccessControlList {
		acl := &cloud.AccessControlList{Type: kind}
		for _, e := range entries {
			acl.Entries = append(acl.Entries, netip.MustParsePrefix(e))
		}
		return acl
	}
	for _, x := range []struct {
		name   string
		acl    *cloud.AccessControlList
		passes [3]bool // clients 1, 2 and 3
	}{
		{"off", nil, [3]bool{true, true, true}},
		{"black", list("black", "100.64.100.1/32"), [3]bool{false, true, true}},
		{"white", list("white", "100.64.100.1/32"), [3]bool{true, false, false}},
		{"blocks that touch and overlap", list("white", "100.64.100.2/32", "100.64.100.2/31", "100.64.100.3/32", "10.0.0.0/8"),
			[3]bool{false, true, true}},
		{"everybody black", list("black", "0.0.0.0/0"), [3]bool{false, false, false}},
		{"everybody white", list("white", "0.0.0.0/0"), [3]bool{true, true, true}},
		{"empty white list", list("white"), [3]bool{true, true, true}},
		{"empty white list that refuses", &cloud.AccessControlList{Type: "white", RefuseWhenEmpty: true}, [3]bool{false, false, false}},
		{"empty black list that refuses", &cloud.AccessControlList{Type: "black", RefuseWhenEmpty: true}, [3]bool{true, true, true}},
		{"empty black list", list("black"), [3]bool{true, true, true}},
	} {
		t.Run(x.name, func(t *testing.T) {
			l := c.listener
			l.ACL = x.acl
			must(t, c.clbB.UpdateListener(l))
			for i, passes := range x.passes {
				from := netip.AddrPortFrom(c.client(i+1), 0)
				if passes {
					c.mustAsk(from)
				} else {
					_, err := c.ask(from, patience)
					silent(t, err, "client "+from.Addr().String())
				}
			}
		})
	}
	bad := c.listener
	bad.ACL = list("grey", "10.0.0.0/8")
	if err := c.clbB.UpdateListener(bad); err == nil {
		t.Error("a grey list was accepted")
	}
}
