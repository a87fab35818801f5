package forward

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"netlab/sim/cloud"
)

// addAccessControl drops new connections that the listener's access control list keeps out. An
// empty white list keeps nobody out (documented: SLB API 2025), or everybody where the scenario
// asks for that (documented: console of 2021). Through PrivateLink a client's address is the
// endpoint ENI's.
func (c *CLB) addAccessControl(chain *nftables.Chain, acl *cloud.AccessControlList) error {
	switch {
	case acl == nil:
		return nil
	case len(acl.Entries) == 0 && acl.Type == "white" && acl.RefuseWhenEmpty:
		c.add(chain, drop())
		return nil
	case len(acl.Entries) == 0:
		return nil
	}
	set := c.newSet(nftables.Set{
		Table: chain.Table, Anonymous: true, Constant: true, Interval: true, KeyType: nftables.TypeIPAddr,
	})
	var elements []nftables.SetElement
	for _, r := range disjoint(acl.Entries) {
		elements = append(elements, nftables.SetElement{Key: binary.BigEndian.AppendUint32(nil, r.first)})
		// The kernel stores where an interval ends as the first address behind it.
		if behind := r.last + 1; behind != 0 {
			elements = append(elements, nftables.SetElement{Key: binary.BigEndian.AppendUint32(nil, behind), IntervalEnd: true})
		}
	}
	if err := c.rules.AddSet(set, elements); err != nil {
		return err
	}
	listed := &expr.Lookup{SourceRegister: firstRegister, SetName: set.Name, SetID: set.ID, Invert: acl.Type == "white"}
	c.add(chain, []expr.Any{ipField(firstRegister, offsetSource), listed}, drop())
	return nil
}

type addressRange struct{ first, last uint32 }

// disjoint are the addresses of the blocks in order, as ranges that neither overlap nor touch.
func disjoint(blocks []netip.Prefix) []addressRange {
	ranges := make([]addressRange, len(blocks))
	for i, b := range blocks {
		ranges[i] = rangeOf(b)
	}
	if len(ranges) == 0 {
		return nil
	}
	slices.SortFunc(ranges, func(a, b addressRange) int { return cmp.Compare(a.first, b.first) })
	out := ranges[:1]
	for _, r := range ranges[1:] {
		end := &out[len(out)-1].last
		if uint64(r.first) > uint64(*end)+1 {
			out = append(out, r)
		} else {
			*end = max(*end, r.last)
		}
	}
	return out
}

func rangeOf(block netip.Prefix) addressRange {
	first := block.Masked().Addr().As4()
	r := addressRange{first: binary.BigEndian.Uint32(first[:])}
	r.last = r.first | uint32(1<<(32-block.Bits())-1)
	return r
}
