package forward

import (
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Rules are written as the nft language reads: a few matches, then what to do. Every match may
// use any register, because a rule's matches are evaluated one after the other.

// firstRegister is the first of the 32-bit registers. A concatenation stands in consecutive ones,
// each field padded to four bytes.
const firstRegister = unix.NFT_REG32_00

const familyIPv4 = unix.NFPROTO_IPV4

const (
	protocolTCP  = unix.IPPROTO_TCP
	protocolUDP  = unix.IPPROTO_UDP
	protocolICMP = unix.IPPROTO_ICMP
	protocolGRE  = unix.IPPROTO_GRE
)

// Bits of the TCP header's flags byte.
const (
	flagFIN = 0x01
	flagSYN = 0x02
	flagRST = 0x04
	flagACK = 0x10
)

// Offsets of the fields that rules read.
const (
	offsetSource      = 12 // IPv4 header
	offsetDestination = 16
	offsetSourcePort  = 0 // TCP and UDP header
	offsetPort        = 2
	offsetTCPFlags    = 13
)

func ipField(register, offset uint32) expr.Any {
	return &expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4}
}

func portField(register, offset uint32) expr.Any {
	return &expr.Payload{DestRegister: register, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 2}
}

func protocolField(register uint32) expr.Any {
	return &expr.Meta{Key: expr.MetaKeyL4PROTO, Register: register}
}

func equal(data []byte) expr.Any {
	return &expr.Cmp{Op: expr.CmpOpEq, Register: firstRegister, Data: data}
}

func toAddress(a netip.Addr) []expr.Any {
	return []expr.Any{ipField(firstRegister, offsetDestination), equal(a.AsSlice())}
}

func protocolIs(p byte) []expr.Any {
	return []expr.Any{protocolField(firstRegister), equal([]byte{p})}
}

func interfaceName(key expr.MetaKey, name string) []expr.Any {
	data := make([]byte, unix.IFNAMSIZ)
	copy(data, name)
	return []expr.Any{&expr.Meta{Key: key, Register: unix.NFT_REG_1}, &expr.Cmp{Op: expr.CmpOpEq, Register: unix.NFT_REG_1, Data: data}}
}

func cameIn(nic string) []expr.Any  { return interfaceName(expr.MetaKeyIIFNAME, nic) }
func goesOut(nic string) []expr.Any { return interfaceName(expr.MetaKeyOIFNAME, nic) }

// anyBit matches when one of the bits is set in the first register.
func anyBit(mask []byte) []expr.Any {
	zero := make([]byte, len(mask))
	return []expr.Any{
		&expr.Bitwise{SourceRegister: firstRegister, DestRegister: firstRegister, Len: uint32(len(mask)), Mask: mask, Xor: zero},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: firstRegister, Data: zero},
	}
}

// connection matches conntrack's view of the packet: any of the expr.CtStateBit bits.
func connection(states uint32) []expr.Any {
	load := &expr.Ct{Key: expr.CtKeySTATE, Register: firstRegister}
	return append([]expr.Any{load}, anyBit(binaryutil.NativeEndian.PutUint32(states))...)
}

// translated matches connections whose destination was rewritten.
func translated() []expr.Any {
	const destinationNAT = 1 << 5 // IPS_DST_NAT
	load := &expr.Ct{Key: expr.CtKeySTATUS, Register: firstRegister}
	return append([]expr.Any{load}, anyBit(binaryutil.NativeEndian.PutUint32(destinationNAT))...)
}

// tcpFlags matches TCP packets with any of the flags.
func tcpFlags(flags byte) []expr.Any {
	return append(loadTCPFlags(), anyBit([]byte{flags})...)
}

// notTCPFlags matches TCP packets with none of the flags.
func notTCPFlags(flags byte) []expr.Any {
	return append(loadTCPFlags(),
		&expr.Bitwise{SourceRegister: firstRegister, DestRegister: firstRegister, Len: 1, Mask: []byte{flags}, Xor: []byte{0}},
		equal([]byte{0}))
}

func loadTCPFlags() []expr.Any {
	return append(protocolIs(protocolTCP),
		&expr.Payload{DestRegister: firstRegister, Base: expr.PayloadBaseTransportHeader, Offset: offsetTCPFlags, Len: 1})
}

const (
	original = 0 // a packet from the side that opened the connection
	reply    = 1
)

func direction(d byte) []expr.Any {
	return []expr.Any{&expr.Ct{Key: expr.CtKeyDIRECTION, Register: firstRegister}, equal([]byte{d})}
}

func verdict(k expr.VerdictKind) []expr.Any { return []expr.Any{&expr.Verdict{Kind: k}} }

func accept() []expr.Any { return verdict(expr.VerdictAccept) }
func drop() []expr.Any   { return verdict(expr.VerdictDrop) }

func jump(c *nftables.Chain) []expr.Any {
	return []expr.Any{&expr.Verdict{Kind: expr.VerdictJump, Chain: c.Name}}
}

// count adds the packet to a named counter.
func count(c *nftables.NamedObj) []expr.Any {
	return []expr.Any{&expr.Objref{Type: int(c.Type), Name: c.Name}}
}

func inSet(s *nftables.Set) expr.Any {
	return &expr.Lookup{SourceRegister: firstRegister, SetName: s.Name, SetID: s.ID}
}

// inMap replaces the first registers by what the map holds for them.
func inMap(s *nftables.Set) expr.Any {
	return &expr.Lookup{SourceRegister: firstRegister, DestRegister: firstRegister, IsDestRegSet: true, SetName: s.Name, SetID: s.ID}
}

// decide ends the rule with the verdict that the map holds for the first registers.
func decide(s *nftables.Set) expr.Any {
	return &expr.Lookup{SourceRegister: firstRegister, DestRegister: unix.NFT_REG_VERDICT, IsDestRegSet: true, SetName: s.Name, SetID: s.ID}
}

// rewrite translates the packet's source or destination address.
func rewrite(t expr.NATType, a netip.Addr) []expr.Any {
	return []expr.Any{
		&expr.Immediate{Register: firstRegister, Data: a.AsSlice()},
		&expr.NAT{Type: t, Family: familyIPv4, RegAddrMin: firstRegister},
	}
}

// padded is the four bytes in which a concatenation holds a short field.
func padded(field ...byte) []byte {
	b := make([]byte, 4)
	copy(b, field)
	return b
}

func portBytes(p uint16) []byte { return binaryutil.BigEndian.PutUint16(p) }
