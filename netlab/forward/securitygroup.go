package forward

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"netlab/sim/cloud"
)

// addLayers adds one rule for each layer to the batch. What none matches falls through to the
// chain's next rule.
func (n *node) addLayers(c *nftables.Chain, layers []layer, peer uint32) error {
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
			ipField(firstRegister, peer),
			protocolField(firstRegister + 1),
			portField(firstRegister+2, offsetPort),
			inSet(set),
		}, verdict)
	}
	return nil
}

// A groupDirection is one of the two that security groups tell apart, and says which of a packet's
// addresses is the peer's.
type groupDirection struct {
	ingress bool
	peer    uint32 // offset in the IPv4 header
}

var (
	groupIngress = groupDirection{true, offsetSource}
	groupEgress  = groupDirection{false, offsetDestination}
)

// judge fills a chain with the verdict of security groups about new connections in one direction:
// the one that cloud.Admits gives.
func (n *node) judge(c *nftables.Chain, d groupDirection, groups []*cloud.SecurityGroup) error {
	layers, err := groupLayers(groups, d.ingress)
	if err != nil {
		return err
	}
	if err := n.addLayers(c, layers, d.peer); err != nil {
		return err
	}
	enterprise := func(g *cloud.SecurityGroup) bool { return g.Type == "enterprise" }
	if d.ingress || slices.ContainsFunc(groups, enterprise) {
		n.add(c, drop())
	} else {
		n.add(c, accept())
	}
	return nil
}

// A layer is a run of rules with the same verdict that one interval set can hold: the kernel
// takes only disjoint elements.
type layer struct {
	accept bool
	boxes  []box
}

// layerSize keeps a set's netlink message below 64 KiB.
const layerSize = 1000

func (l layer) takes(b box) bool {
	return len(l.boxes) < layerSize && !slices.ContainsFunc(l.boxes, b.overlaps)
}

// groupLayers are what passes without a rule, and then the rules of all groups in the documented
// order: the lowest priority number first and, at the same number, drop before accept. They are
// packed into as few sets as that order allows. Within a run of rules with one verdict the order
// does not matter, so a rule that overlaps another moves to a further set of the same run.
func groupLayers(groups []*cloud.SecurityGroup, ingress bool) ([]layer, error) {
	var rules []cloud.SecurityGroupRule
	free := []netip.Prefix{cloud.ProviderBlock}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Ingress == ingress {
				rules = append(rules, r)
			}
		}
		if g.InnerAccess {
			free = append(free, single(g.Members)...)
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

	out := []layer{{accept: true}}
	for _, r := range disjoint(free) {
		out[0].boxes = append(out[0].boxes, box{addresses: r, protocolLast: 255, portLast: 65535})
	}
	run := 0 // where the layers of the current verdict begin
	for _, r := range rules {
		if r.Accept != out[len(out)-1].accept {
			run = len(out)
		}
		boxes, err := newBoxes(r)
		if err != nil {
			return nil, err
		}
		for _, b := range boxes {
			at := slices.IndexFunc(out[run:], func(l layer) bool { return l.takes(b) })
			if at < 0 {
				out = append(out, layer{accept: r.Accept})
				at = len(out) - 1 - run
			}
			out[run+at].boxes = append(out[run+at].boxes, b)
		}
	}
	return out, nil
}

func single(addresses []netip.Addr) []netip.Prefix {
	blocks := make([]netip.Prefix, len(addresses))
	for i, a := range addresses {
		blocks[i] = netip.PrefixFrom(a, a.BitLen())
	}
	return blocks
}

// A box is what a rule matches: ranges of the peer's address, of protocol and destination port.
type box struct {
	addresses                   addressRange
	protocolFirst, protocolLast byte
	portFirst, portLast         uint16
}

// newBoxes are a rule's: one, or several where a security group stands for its members.
func newBoxes(r cloud.SecurityGroupRule) ([]box, error) {
	b := box{portFirst: r.PortFirst, portLast: r.PortLast}
	if r.PortFirst == 0 && r.PortLast == 0 {
		b.portLast = 65535
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
		return nil, fmt.Errorf("security-group rule: unknown protocol %q", r.IPProtocol)
	}
	var peers []netip.Prefix
	switch {
	case r.Group != nil:
		peers = single(r.Group.Members)
	case r.CIDR.IsValid():
		peers = append(peers, r.CIDR)
	default:
		return nil, errors.New("security-group rule: neither a block nor a group")
	}
	var boxes []box
	for _, addresses := range disjoint(peers) {
		b.addresses = addresses
		boxes = append(boxes, b)
	}
	return boxes, nil
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
