package forward

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"netlab/sim/cloud"
)

// addLayers adds one rule for each layer to the batch. What none matches falls through: both kinds
// of security group deny ingress by default.
func (n *node) addLayers(c *nftables.Chain, layers []layer) error {
	for _, l := range layers {
		set := n.newSet(nftables.Set{
			Table: c.Table, Anonymous: true, Constant: true, Interval: true, Concatenation: true,
			KeyType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeInetProto, nftables.TypeInetService),
		})
		elements := make([]nftables.SetElement, len(l.boxes))
		for i, b := range l.boxes {
			elements[i] = nftables.SetElement{Key: b.first(), KeyEnd: b.last()}
		}
		if err := n.rules.AddSet(set, elements); err != nil {
			return fmt.Errorf("set of security-group rules: %w", err)
		}
		verdict := drop()
		if l.accept {
			verdict = accept()
		}
		n.add(c, []expr.Any{
			ipField(firstRegister, offsetSource),
			protocolField(firstRegister + 1),
			portField(firstRegister+2, offsetPort),
			inSet(set),
		}, verdict)
	}
	return nil
}

// A layer is a run of rules with the same verdict that one interval set can hold: the kernel
// takes only disjoint elements.
type layer struct {
	accept bool
	boxes  []box
}

// ingressLayers sorts the ingress rules of all groups in the documented order (the lowest
// priority number first and, at the same number, drop before accept) and packs them into as few
// sets as that order allows. Within a run of rules with one verdict the order does not matter, so
// a rule that overlaps another moves to a further set of the same run.
func ingressLayers(groups []*cloud.SecurityGroup) ([]layer, error) {
	var rules []cloud.SecurityGroupRule
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Ingress {
				rules = append(rules, r)
			}
		}
	}
	slices.SortStableFunc(rules, func(a, b cloud.SecurityGroupRule) int {
		if c := cmp.Compare(a.Priority, b.Priority); c != 0 {
			return c
		}
		switch {
		case a.Accept == b.Accept:
			return 0
		case b.Accept:
			return -1
		}
		return 1
	})

	var out []layer
	run := 0 // where the layers of the current verdict begin
	for i, r := range rules {
		if i > 0 && r.Accept != rules[i-1].Accept {
			run = len(out)
		}
		b, err := newBox(r)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(out[run:], func(l layer) bool { return !slices.ContainsFunc(l.boxes, b.overlaps) })
		if at < 0 {
			out = append(out, layer{accept: r.Accept})
			at = len(out) - 1 - run
		}
		out[run+at].boxes = append(out[run+at].boxes, b)
	}
	return out, nil
}

// A box is what a rule matches: ranges of source address, protocol and destination port.
type box struct {
	addresses                   addressRange
	protocolFirst, protocolLast byte
	portFirst, portLast         uint16
}

func newBox(r cloud.SecurityGroupRule) (box, error) {
	b := box{portFirst: r.PortFirst, portLast: r.PortLast}
	if r.PortFirst == 0 && r.PortLast == 0 {
		b.portLast = 65535
	}
	b.addresses = addressRange{last: math.MaxUint32}
	if r.CIDR.IsValid() {
		b.addresses = rangeOf(r.CIDR)
	}
	switch r.IPProtocol {
	case "tcp":
		b.protocolFirst, b.protocolLast = protocolTCP, protocolTCP
	case "udp":
		b.protocolFirst, b.protocolLast = protocolUDP, protocolUDP
	case "icmp":
		b.protocolFirst, b.protocolLast = protocolICMP, protocolICMP
	case "gre":
		b.protocolFirst, b.protocolLast = protocolGRE, protocolGRE
	case "all":
		b.protocolLast = 255
	default:
		return box{}, fmt.Errorf("security-group rule: unknown protocol %q", r.IPProtocol)
	}
	return b, nil
}

func (b box) overlaps(o box) bool {
	return b.addresses.first <= o.addresses.last && o.addresses.first <= b.addresses.last &&
		b.protocolFirst <= o.protocolLast && o.protocolFirst <= b.protocolLast &&
		b.portFirst <= o.portLast && o.portFirst <= b.portLast
}

func (b box) first() []byte { return boxCorner(b.addresses.first, b.protocolFirst, b.portFirst) }
func (b box) last() []byte  { return boxCorner(b.addresses.last, b.protocolLast, b.portLast) }

func boxCorner(address uint32, protocol byte, port uint16) []byte {
	key := binary.BigEndian.AppendUint32(nil, address)
	key = append(key, padded(protocol)...)
	return append(key, padded(portBytes(port)...)...)
}
