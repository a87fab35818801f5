package forward_test

import (
	"fmt"
	"net/netip"
	"strconv"
	"testing"

	"netlab/netlab/forward"
	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
	"netlab/sim/cloud"
	"netlab/sim/topology"
)

func BenchmarkNewENI(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		ns := kerneltest.Namespace(b)
		b.StartTimer()
		e, err := forward.NewENI(ns, topology.ENITable{
			Address: netip.MustParseAddr("10.0.0.10"),
			Paths: []topology.ENIPath{{
				LoadBalancer: "clb", Service: netip.MustParseAddr("100.64.0.1"), Source: netip.MustParseAddr("100.64.0.2"),
			}},
		})
		must(b, err)
		must(b, e.SetSecurityGroups([]*cloud.SecurityGroup{allowAll}))
		must(b, e.Connect("clb"))
		b.StopTimer()
		must(b, e.Close())
		b.StartTimer()
	}
}

func BenchmarkNewCLB(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		ns := kerneltest.Namespace(b)
		b.StartTimer()
		c := newBenchCLB(b, ns)
		b.StopTimer()
		must(b, c.Close())
		b.StartTimer()
	}
}

func BenchmarkSetSlots(b *testing.B) {
	for _, n := range []int{2, 100, 1000, 10007} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			c := newBenchCLB(b, kerneltest.Namespace(b))
			slots := make([]netip.AddrPort, n)
			for i := range slots {
				slots[i] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, byte(i >> 8), byte(i)}), 80)
			}
			for b.Loop() {
				must(b, c.SetSlots(web("wrr"), slots))
			}
			b.StopTimer()
			must(b, c.Close())
		})
	}
}
func newBenchCLB(b *testing.B, ns *kernel.Namespace) *forward.CLB {
	b.Helper()
	c, err := forward.NewCLB(ns, topology.CLBTable{
		LoadBalancer: "clb", Zone: "eu-central-1b", VIP: netip.MustParseAddr("192.168.24.100"),
		Service: netip.MustParseAddr("100.64.0.1"), Probe: netip.MustParseAddr("100.64.0.3"),
	}, unlimited)
	must(b, err)
	must(b, c.AddListener(web("wrr")))
	return c
}

// An idle limiter should cost nothing: one word there and back through ENI and node.
func BenchmarkRoundTrip(b *testing.B) {
	for _, limited := range []bool{false, true} {
		b.Run(fmt.Sprintf("limited=%t", limited), func(b *testing.B) {
			l := openLab(b, frankfurt, unlimited, web("wrr"))
			if limited {
				must(b, l.eniVPC.Limit(3_072_000_000))
				must(b, l.eniFabric.Limit(3_072_000_000))
			}
			c, _ := l.connect()
			for b.Loop() {
				must(b, echo(c, answerTime))
			}
		})
	}
}
