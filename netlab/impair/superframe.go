package impair

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// A frame in memory is struct virtio_net_hdr and then the Ethernet frame. The header's fields are
// in the machine's byte order, those of the frame in the network's.
const (
	virtioFlags    = 0
	virtioGSOType  = 1
	virtioHeaders  = 2
	virtioGSOSize  = 4
	virtioStart    = 6 // of the part to checksum: the transport header
	virtioChecksum = 8 // offset of the checksum field from there

	needsChecksum = 1 // flag: the field holds the sum of the pseudo-header alone

	gsoNone = 0
	gsoTCP4 = 1
	gsoUDP  = 5 // UDP_SEGMENT
	gsoECN  = 0x80

	ethernetHeader = 14
	ipLength       = 2
	ipID           = 4
	ipChecksum     = 10
	ipAddresses    = 12
	tcpSequence    = 4
	tcpOffset      = 12
	tcpFlags       = 13
	udpLength      = 4

	tcpFIN, tcpPSH, tcpCWR = 0x01, 0x08, 0x80
)

// A superframe says how a frame divides into the packets that a NIC would make of it.
type superframe struct {
	gso       byte
	transport int // offset of the TCP or UDP header in the Ethernet frame
	headers   int // bytes before the payload
	payload   int
	segment   int // payload of each packet but the last
	count     int // packets
}

// parse looks at a frame. It says false for a super-frame of a protocol that carve can't cut; such
// a frame counts as one packet.
func parse(frame []byte) (superframe, bool) {
	length := len(frame) - virtioHeader
	whole := superframe{headers: length, count: 1}
	gso := frame[virtioGSOType]
	if gso == gsoNone {
		return whole, true
	}
	s := superframe{
		gso:       gso &^ gsoECN,
		transport: int(binary.NativeEndian.Uint16(frame[virtioStart:])),
		segment:   int(binary.NativeEndian.Uint16(frame[virtioGSOSize:])),
	}
	eth := frame[virtioHeader:]
	if length < ethernetHeader+20 || binary.BigEndian.Uint16(eth[12:]) != unix.ETH_P_IP ||
		eth[ethernetHeader] < 0x45 || s.transport != ethernetHeader+int(eth[ethernetHeader]&0xf)*4 ||
		s.transport+14 > length || s.segment == 0 || frame[virtioFlags]&needsChecksum == 0 {
		return whole, false
	}
	switch s.gso {
	case gsoTCP4:
		s.headers = s.transport + int(eth[s.transport+tcpOffset]>>4)*4
	case gsoUDP:
		s.headers = s.transport + 8
	default:
		return whole, false
	}
	s.payload = length - s.headers
	checksum := s.transport + int(binary.NativeEndian.Uint16(frame[virtioChecksum:]))
	if s.payload <= 0 || s.gso == gsoTCP4 && s.headers < s.transport+20 || checksum+2 > s.headers {
		return whole, false
	}
	s.count = (s.payload + s.segment - 1) / s.segment
	return s, true
}

// size is the length of packet i as it would be on a line.
func (s superframe) size(i int) int {
	if s.count == 1 {
		return s.headers + s.payload
	}
	return s.headers + min(s.segment, s.payload-i*s.segment)
}

// carve writes packets from up to before to of the super-frame as a frame of their own, as if the
// sender had handed them over separately, and returns its length.
func (s superframe) carve(dst, src []byte, from, to int) int {
	n := copy(dst, src[:virtioHeader+s.headers])
	start := virtioHeader + s.headers
	n += copy(dst[n:], src[start+from*s.segment:start+min(to*s.segment, s.payload)])

	binary.NativeEndian.PutUint16(dst[virtioHeaders:], uint16(s.headers))
	if to-from == 1 {
		dst[virtioGSOType] = gsoNone
		binary.NativeEndian.PutUint16(dst[virtioGSOSize:], 0)
	}
	ip := dst[virtioHeader+ethernetHeader : n]
	transport := dst[virtioHeader+s.transport : n]
	binary.BigEndian.PutUint16(ip[ipLength:], uint16(len(ip)))
	binary.BigEndian.PutUint16(ip[ipID:], binary.BigEndian.Uint16(ip[ipID:])+uint16(from))
	binary.BigEndian.PutUint16(ip[ipChecksum:], 0)
	binary.BigEndian.PutUint16(ip[ipChecksum:], ^sum(ip[:s.transport-ethernetHeader], 0))

	protocol := byte(unix.IPPROTO_UDP)
	if s.gso == gsoTCP4 {
		protocol = unix.IPPROTO_TCP
		sequence := binary.BigEndian.Uint32(transport[tcpSequence:])
		binary.BigEndian.PutUint32(transport[tcpSequence:], sequence+uint32(from*s.segment))
		if to < s.count {
			transport[tcpFlags] &^= tcpFIN | tcpPSH
		}
		if from > 0 {
			transport[tcpFlags] &^= tcpCWR
			dst[virtioGSOType] &^= gsoECN
		}
	} else {
		binary.BigEndian.PutUint16(transport[udpLength:], uint16(len(transport)))
	}
	// The field holds the sum of the pseudo-header; whoever cuts or receives the frame adds the rest.
	field := transport[binary.NativeEndian.Uint16(dst[virtioChecksum:]):]
	binary.BigEndian.PutUint16(field, sum(ip[ipAddresses:ipAddresses+8], uint64(protocol)+uint64(len(transport))))
	return n
}

// corrupt turns over one bit after the Ethernet header; which one, pick(n) says of n. The checksum is
// completed first: left to a receiver in the same kernel it would never be verified.
func corrupt(frame []byte, pick func(n int) int) {
	complete(frame)
	if body := frame[virtioHeader+ethernetHeader:]; len(body) > 0 {
		bit := pick(len(body) * 8)
		body[bit/8] ^= 1 << (bit % 8)
	}
}

// complete puts the checksum in place that the sender left to its NIC.
func complete(frame []byte) {
	if frame[virtioFlags]&needsChecksum != 0 {
		start := int(binary.NativeEndian.Uint16(frame[virtioStart:]))
		covered := frame[virtioHeader+start:]
		total := ^sum(covered, 0)
		if total == 0 {
			total = 0xffff // to UDP a 0 says that there is none, and the two mean the same
		}
		binary.BigEndian.PutUint16(covered[binary.NativeEndian.Uint16(frame[virtioChecksum:]):], total)
	}
	frame[virtioFlags] = 0
}

// sum is the Internet checksum's sum of data, folded, not complemented (RFC 1071).
func sum(data []byte, initial uint64) uint16 {
	total := initial
	for ; len(data) >= 2; data = data[2:] {
		total += uint64(binary.BigEndian.Uint16(data))
	}
	if len(data) == 1 {
		total += uint64(data[0]) << 8
	}
	for total > 0xffff {
		total = total>>16 + total&0xffff
	}
	return uint16(total)
}
