package forward

import (
	"encoding/binary"
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"netlab/netlab/kernel"
)

// A client inside the provider's VPC may use the VIP directly. The backend sees the client's own
// address, so its replies would take the short way home, untranslated. In the cloud the underlay
// takes them back to the load balancer; here they carry a mark that says so, in the DSCP field,
// which netlab's hosts do not use for anything else:
//
//	client ──────► node of load balancer n ── DSCP n ──► backend
//	client ◄────── node ◄── router: route of n's table ◄── DSCP 32+n ── backend
//
// The node marks what it sends to the backend, the backend's host remembers the mark with the
// connection and puts it on every reply, and routers send what carries it to the node that
// serves. Routers keep no state, so a reply that comes before the client's first packet after a
// zone switch reaches the new node as well, whose guard knows what to do with it.
//
// Clients behind an endpoint ENI need none of this: their address is routed to the node.

// MaxNumber is how many load balancers of one VPC can serve clients in it.
const MaxNumber = 31

const (
	replyBit = 0x80 // in the IPv4 header's TOS byte: DSCP 32
	dscpMask = 0xfc
)

// ReturnMark is the fwmark that routers give to replies to load balancer number n. A rule must
// look such packets up in a table of their own whose only route leads to the serving node.
func ReturnMark(n int) uint32 {
	return binary.NativeEndian.Uint32([]byte{byte(n)<<2 | replyBit, 0, 0, 0})
}

// addReturnPath marks what the node sends to backends for clients in the VPC (eth1), and takes
// the mark off what it sends to those clients.
func (c *CLB) addReturnPath() error {
	n := c.table.Number
	if n == 0 {
		return nil
	}
	if n > MaxNumber {
		return fmt.Errorf("load balancer number %d of its VPC: at most %d can be told apart", n, MaxNumber)
	}
	chain := c.baseChain(c.rewrites, "returnpath",
		hook{nftables.ChainTypeFilter, nftables.ChainHookForward, *nftables.ChainPriorityMangle, nftables.ChainPolicyAccept})
	c.add(chain, cameIn("eth1"), goesOut("eth1"), direction(original), setDSCP(byte(n)<<2))
	c.add(chain, cameIn("eth1"), goesOut("eth1"), direction(reply), setDSCP(0))
	return nil
}

// The TOS byte is read and written together with the byte before it, version and header length:
// the checksum is corrected by 16-bit words.

func firstWord() expr.Any {
	return &expr.Payload{DestRegister: firstRegister, Base: expr.PayloadBaseNetworkHeader, Offset: 0, Len: 2}
}

func setFirstWord() expr.Any {
	return &expr.Payload{
		OperationType: expr.PayloadWrite, SourceRegister: firstRegister,
		Base: expr.PayloadBaseNetworkHeader, Offset: 0, Len: 2,
		CsumType: expr.CsumTypeInet, CsumOffset: 10,
	}
}

func bits(mask, xor [2]byte) expr.Any {
	return &expr.Bitwise{SourceRegister: firstRegister, DestRegister: firstRegister, Len: 2, Mask: mask[:], Xor: xor[:]}
}

func setDSCP(tos byte) []expr.Any {
	return []expr.Any{firstWord(), bits([2]byte{0xff, ^byte(dscpMask)}, [2]byte{0, tos}), setFirstWord()}
}

// A ReturnPath is the part of a host that is not a node: a backend's or a router's.
type ReturnPath struct{ *node }

// NewBackend makes a host in a load balancer's VPC answer through the node that it was asked by.
func NewBackend(ns *kernel.Namespace) (*ReturnPath, error) {
	return newReturnPath(ns, "backend", func(n *node, t *nftables.Table) {
		// Clients behind endpoint ENIs and health checks have no need of conntrack here.
		in := n.baseChain(t, "in",
			hook{nftables.ChainTypeFilter, nftables.ChainHookPrerouting, *nftables.ChainPriorityRaw, nftables.ChainPolicyAccept})
		n.add(in, onFabric(offsetSource), []expr.Any{&expr.Notrack{}})
		out := n.baseChain(t, "out",
			hook{nftables.ChainTypeFilter, nftables.ChainHookOutput, *nftables.ChainPriorityRaw, nftables.ChainPolicyAccept})
		n.add(out, onFabric(offsetDestination), []expr.Any{&expr.Notrack{}})

		// The connection remembers the word to write, so that one rule does for all numbers.
		remember := n.baseChain(t, "remember",
			hook{nftables.ChainTypeFilter, nftables.ChainHookPrerouting, *nftables.ChainPriorityMangle, nftables.ChainPolicyAccept})
		n.add(remember, connection(expr.CtStateBitNEW), tosBits(dscpMask), []expr.Any{
			firstWord(), bits([2]byte{0xff, dscpMask}, [2]byte{0, replyBit}),
			&expr.Ct{Key: expr.CtKeyMARK, Register: firstRegister, SourceRegister: true},
		})
		answer := n.baseChain(t, "answer",
			hook{nftables.ChainTypeFilter, nftables.ChainHookOutput, *nftables.ChainPriorityMangle, nftables.ChainPolicyAccept})
		n.add(answer, []expr.Any{
			&expr.Ct{Key: expr.CtKeyMARK, Register: firstRegister},
			&expr.Cmp{Op: expr.CmpOpNeq, Register: firstRegister, Data: make([]byte, 4)},
			setFirstWord(),
		})
	})
}

// NewRouter makes a VPC's router give replies to load balancers their ReturnMark.
func NewRouter(ns *kernel.Namespace) (*ReturnPath, error) {
	return newReturnPath(ns, "router", func(n *node, t *nftables.Table) {
		chain := n.baseChain(t, "mark",
			hook{nftables.ChainTypeFilter, nftables.ChainHookPrerouting, *nftables.ChainPriorityRaw, nftables.ChainPolicyAccept})
		n.add(chain, tosBits(replyBit), []expr.Any{
			tosField(),
			&expr.Bitwise{SourceRegister: firstRegister, DestRegister: firstRegister, Len: 1, Mask: []byte{dscpMask}, Xor: []byte{0}},
			&expr.Meta{Key: expr.MetaKeyMARK, Register: firstRegister, SourceRegister: true},
		})
	})
}

func newReturnPath(ns *kernel.Namespace, name string, load func(*node, *nftables.Table)) (*ReturnPath, error) {
	n, err := openNode(ns)
	if err != nil {
		return nil, fmt.Errorf("return path of %s: %w", name, err)
	}
	load(n, n.rules.AddTable(&nftables.Table{Family: nftables.TableFamilyIPv4, Name: name}))
	if err := n.rules.Flush(); err != nil {
		n.Close()
		return nil, fmt.Errorf("return path of %s: load ruleset: %w", name, err)
	}
	return &ReturnPath{n}, nil
}

func tosField() expr.Any {
	return &expr.Payload{DestRegister: firstRegister, Base: expr.PayloadBaseNetworkHeader, Offset: 1, Len: 1}
}

func tosBits(mask byte) []expr.Any {
	return append([]expr.Any{tosField()}, anyBit([]byte{mask})...)
}

// onFabric matches addresses in 100.64.0.0/10.
func onFabric(offset uint32) []expr.Any {
	return []expr.Any{
		ipField(firstRegister, offset),
		&expr.Bitwise{SourceRegister: firstRegister, DestRegister: firstRegister, Len: 4, Mask: []byte{255, 192, 0, 0}, Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: firstRegister, Data: []byte{100, 64, 0, 0}},
	}
}
