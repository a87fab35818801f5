package forward_test

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/forward"
	"netlab/netlab/kernel"
	"netlab/sim/cloud"
)

// The rate of what arrives is a count over a measured time, so a slow machine does not change it as
// long as it can move that much: the median of many short windows leaves out those in which it
// could not.
func TestBandwidthIsLimited(t *testing.T) {
	for _, megabits := range []uint64{100, 400} {
		t.Run(strconv.FormatUint(megabits, 10), func(t *testing.T) {
			b := openLab(t, frankfurt, unlimited, web("wrr"))
			bulk(t, b)
			must(t, b.eniVPC.Limit(megabits*1_000_000))
			must(t, b.eniFabric.Limit(megabits*1_000_000))
			c, err := dial(b.ecs1, b.frontend.String(), answerTime)
			must(t, err)
			defer c.Close()
			// The limit is one of IP packets: 1,448 bytes of a stream make one of 1,500.
			got := rateOf(t, c) * kernel.MTU / 1448 / float64(megabits*1_000_000)
			if got < 0.95 || got > 1.05 {
				t.Errorf("%d Mbit/s: received %.1f %%", megabits, 100*got)
			}
		})
	}
}

// bulk replaces the servers of the lab by ones that send as fast as they can.
func bulk(t *testing.T, b *lab) {
	t.Helper()
	var l net.Listener
	at := b.backend2Slot.Addr().String() + ":9999"
	must(t, b.ecs2.Do(func() (err error) { l, err = net.Listen("tcp4", at); return }))
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				// Whatever the machine's default is: reno keeps a queue filled.
				raw, err := c.(*net.TCPConn).SyscallConn()
				if err != nil {
					return
				}
				raw.Control(func(fd uintptr) {
					unix.SetsockoptString(int(fd), unix.IPPROTO_TCP, unix.TCP_CONGESTION, "reno")
				})
				for buffer := make([]byte, 256<<10); ; {
					if _, err := c.Write(buffer); err != nil {
						return
					}
				}
			}()
		}
	}()
	slot := b.backend2Slot
	b.setSlots(netip.AddrPortFrom(slot.Addr(), 9999))
}

// rateOf reads for a while and returns the median bit/s of its windows.
func rateOf(t *testing.T, c net.Conn) float64 {
	t.Helper()
	const windows, length = 15, 200 * time.Millisecond
	buffer := make([]byte, 256<<10)
	var rates []float64
	for len(rates) < windows {
		c.SetDeadline(time.Now().Add(answerTime))
		total, from := 0, time.Now()
		for time.Since(from) < length {
			n, err := c.Read(buffer)
			must(t, err)
			total += n
		}
		rates = append(rates, float64(total)*8/time.Since(from).Seconds())
	}
	slices.Sort(rates)
	return rates[windows/2]
}

// A second's worth may come at once, then as much as time allows: whatever the machine's speed,
// what passes is known to within a packet from the time that it took. One flow gets a third.
func TestBandwidthOfListenersAndLoadBalancers(t *testing.T) {
	const bits, packet, datagrams = 8_000_000, 1028, 4096
	slow := dns
	slow.Bandwidth = bits
	narrow := unlimited
	narrow.Bandwidth = bits
	for _, x := range []struct {
		name     string
		capacity forward.Capacity
		listener cloud.Listener
		flows    int
		bits     float64
	}{
		{"listener, one flow", unlimited, slow, 1, bits / 3},
		{"listener, many flows", unlimited, slow, 64, bits},
		{"load balancer, one flow", narrow, dns, 1, bits / 3},
		{"load balancer, many flows", narrow, dns, 64, bits},
	} {
		t.Run(x.name, func(t *testing.T) {
			b := openLab(t, frankfurt, x.capacity, x.listener)
			serveUDP(t, b.ecs2, b.backend2Slot, "ecs2")
			b.setSlots(b.backend2Slot)
			flows := make([]net.Conn, x.flows)
			for i := range flows {
				flows[i] = b.flow()
			}
			began := time.Now()
			for i := range datagrams {
				_, err := flows[i%x.flows].Write(make([]byte, packet-28))
				must(t, err)
			}
			c, err := b.clbB.Counters()
			must(t, err)
			took := time.Since(began)
			bucket := x.bits/8 + 64<<10
			if float64(c.BytesRX) < 2*bucket {
				t.Fatalf("only %d bytes came to the node", c.BytesRX)
			}
			least, most := bucket-2*packet, bucket+x.bits/8*took.Seconds()
			if passed := float64(c.BytesRX - c.DropBytesRX); passed < least || passed > most {
				t.Errorf("%.0f bytes passed in %v, want %.0f to %.0f", passed, took, least, most)
			}
			if c.DropPacketRX == 0 || c.DropPacketTX != 0 {
				t.Errorf("dropped %d packets from the client and %d to it", c.DropPacketRX, c.DropPacketTX)
			}
		})
	}
}

// A listener with less than the load balancer's bandwidth leaves the rest to the others.
func TestListenersHaveBandwidthsOfTheirOwn(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, dns)
	must(t, b.clbB.UpdateListener(func() cloud.Listener { l := dns; l.Bandwidth = 8000; return l }()))
	serveUDP(t, b.ecs2, b.backend2Slot, "ecs2")
	b.setSlots(b.backend2Slot)
	other := web("wrr")
	must(t, b.clbB.AddListener(other))
	must(t, b.clbB.SetSlots(other, []netip.AddrPort{netip.AddrPortFrom(b.backend2Slot.Addr(), 8080)}))
	serve(t, b.ecs2, b.backend2Slot.Addr().String()+":8080", "ecs2")
	flow := b.flow()
	for range 100 { // 100 kB, where 66 kB may come at once
		_, err := flow.Write(make([]byte, 1000))
		must(t, err)
	}
	c, err := b.clbB.Counters()
	must(t, err)
	if c.DropPacketRX == 0 {
		t.Error("the UDP listener's bandwidth was not held")
	}
	conn, _, err := greet(b.ecs1, netip.AddrPortFrom(b.eniTable.Address, 80).String())
	must(t, err)
	conn.Close()

	must(t, b.clbB.UpdateListener(dns))
	before := c.DropPacketRX
	for range 100 {
		_, err := flow.Write(make([]byte, 1000))
		must(t, err)
	}
	c, err = b.clbB.Counters()
	must(t, err)
	if c.DropPacketRX != before {
		t.Error("the limit stayed after it was taken away")
	}
}

func TestLimitsAnsweredByReset(t *testing.T) {
	capacity := limited(5, 1000000)
	capacity.Reset = true
	b := openLab(t, frankfurt, capacity, web("wrr"))
	for range 5 {
		b.connect()
	}
	_, err := dial(b.ecs1, b.frontend.String(), answerTime)
	if !errors.Is(err, unix.ECONNREFUSED) {
		t.Errorf("connection beyond the limit: want a reset, got %v", err)
	}
	if c, err := b.clbB.Counters(); err != nil || c.DropConnection != 1 {
		t.Errorf("%d connections were dropped, %v", c.DropConnection, err)
	}
}
