package forward

import (
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"

	"netlab/sim/cloud"
)

// A load balancer's bandwidth, and a listener's, are token buckets that all packets of a direction
// draw from, whatever NIC they take. What finds none is dropped (inferred: the cloud's metrics
// DropPacketRX and DropTrafficRX count that). The kernel's bucket holds what flows in one second,
// so a second's worth may come at once.
//
// A bandwidth that the file sets is shared out among forwarding groups, and a connection belongs to
// one of them: it gets a third at most (documented: SLB FAQ, peak / (N-1) with N = 4 groups; which
// connections share a group is chance).

const forwardingGroups = 4

// bandwidthBurst is what a bucket holds on top: a TCP sender hands over up to 64 KiB at once.
const bandwidthBurst = 64 << 10

// addBandwidth makes the chains through which packets from and to clients pass.
func (c *CLB) addBandwidth(l *limits, capacity Capacity) (in, out *nftables.Chain, err error) {
	var chains [2]*nftables.Chain
	for d, name := range []string{"in", "out"} {
		set := c.newSet(nftables.Set{
			Table: l.table, Name: "bandwidth-" + name, IsMap: true, Concatenation: true,
			KeyType:  nftables.MustConcatSetType(nftables.TypeInetProto, nftables.TypeInetService),
			DataType: nftables.TypeVerdict,
		})
		if err := c.rules.AddSet(set, nil); err != nil {
			return nil, nil, fmt.Errorf("map of bandwidths: %w", err)
		}
		chain := c.chain(l.table, "bandwidth-"+name)
		c.add(chain, []expr.Any{
			protocolField(firstRegister),
			&expr.Ct{Key: expr.CtKeyPROTODST, Direction: original, Register: firstRegister + 1},
			decide(set),
		})
		if capacity.Bandwidth == 0 {
			c.addBucket(l, chain, d, cloud.IntranetBandwidth)
		}
		c.addBuckets(l, chain, d, capacity.Bandwidth)
		chains[d], l.bandwidth[d] = chain, set
	}
	return chains[original], chains[reply], nil
}

// addBuckets drops what goes beyond a bandwidth that the file sets in one direction.
func (c *CLB) addBuckets(l *limits, chain *nftables.Chain, direction int, bitsPerSecond int64) {
	if bitsPerSecond == 0 {
		return
	}
	for group := range uint32(forwardingGroups) {
		c.addBucket(l, chain, direction, bitsPerSecond/(forwardingGroups-1),
			&expr.Ct{Key: expr.CtKeySRC, Direction: original, Register: firstRegister},
			&expr.Ct{Key: expr.CtKeyPROTOSRC, Direction: original, Register: firstRegister + 1},
			hash(8, forwardingGroups),
			equal(binaryutil.NativeEndian.PutUint32(group)),
		)
	}
	c.addBucket(l, chain, direction, bitsPerSecond)
}

// addBucket drops what goes beyond a bandwidth, of the packets that match.
func (c *CLB) addBucket(l *limits, chain *nftables.Chain, direction int, bitsPerSecond int64, match ...expr.Any) {
	dropped := [2]int{original: droppedReceived, reply: droppedSent}[direction]
	c.add(chain, match, []expr.Any{&expr.Limit{
		Type: expr.LimitTypePktBytes, Rate: uint64(bitsPerSecond / 8), Unit: expr.LimitTimeSecond, Burst: bandwidthBurst, Over: true,
	}}, count(l.counters[dropped]), drop())
}

// addListenerBandwidth adds a listener's buckets to the batch, or changes them: then they are full
// again.
func (c *CLB) addListenerBandwidth(wish cloud.Listener, before int64) error {
	if wish.Bandwidth == before {
		return nil
	}
	for d, set := range c.limits.bandwidth {
		chain := c.chain(c.limits.table, fmt.Sprintf("%s-%s-%d", set.Name, wish.Protocol, wish.FrontendPort))
		c.rules.FlushChain(chain)
		c.addBuckets(c.limits, chain, d, wish.Bandwidth)
		element, err := dispatchElement(keyOf(wish), chain)
		if err != nil {
			return err
		}
		if err := c.rules.SetAddElements(set, element); err != nil {
			return fmt.Errorf("bandwidth: %w", err)
		}
	}
	return nil
}
