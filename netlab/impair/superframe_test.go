package impair

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"
)

// makeSuper builds a super-frame as the kernel hands it over: the checksum field holds the sum of
// the pseudo-header, the flags are all set.
func makeSuper(protocol byte, payload []byte, segment int) []byte {
	const ipAt, transportAt = ethernetHeader, ethernetHeader + 20
	header, field, gso := 32, 16, byte(gsoTCP4|gsoECN) // TCP with its time stamps
	if protocol == unix.IPPROTO_UDP {
		header, field, gso = 8, 6, gsoUDP
	}
	eth := make([]byte, transportAt+header, transportAt+header+len(payload))
	eth = append(eth, payload...)
	binary.BigEndian.PutUint16(eth[12:], unix.ETH_P_IP)
	ip, transport := eth[ipAt:], eth[transportAt:]
	copy(ip, []byte{0x45, 0, 0, 0, 0xff, 0xfe, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2})
	binary.BigEndian.PutUint16(ip[ipLength:], uint16(len(ip)))
	binary.BigEndian.PutUint16(ip[ipChecksum:], ^sum(ip[:20], 0))
	copy(transport, []byte{0x30, 0x39, 0, 80})
	if protocol == unix.IPPROTO_TCP {
		binary.BigEndian.PutUint32(transport[tcpSequence:], 0xffffff00) // wraps around
		transport[tcpOffset] = byte(header / 4 << 4)
		transport[tcpFlags] = 0x10 | tcpFIN | tcpPSH | tcpCWR
	} else {
		binary.BigEndian.PutUint16(transport[udpLength:], uint16(len(transport)))
	}
	binary.BigEndian.PutUint16(transport[field:], sum(ip[ipAddresses:ipAddresses+8], uint64(protocol)+uint64(len(transport))))

	virtio := make([]byte, virtioHeader)
	virtio[virtioFlags], virtio[virtioGSOType] = needsChecksum, gso
	binary.NativeEndian.PutUint16(virtio[virtioHeaders:], uint16(len(eth))) // the kernel's is the linear part
	binary.NativeEndian.PutUint16(virtio[virtioGSOSize:], uint16(segment))
	binary.NativeEndian.PutUint16(virtio[virtioStart:], transportAt)
	binary.NativeEndian.PutUint16(virtio[virtioChecksum:], uint16(field))
	return append(virtio, eth...)
}

func carved(s superframe, frame []byte, from, to int) []byte {
	dst := bytes.Repeat([]byte{0xaa}, slotSize)
	return dst[:s.carve(dst, frame, from, to)]
}

func TestCarvedPacketsAreWhatTheSenderWouldHaveSent(t *testing.T) {
	payload := make([]byte, 10_500)
	rand.NewChaCha8([32]byte{}).Read(payload)
	const segment = 1000
	for _, protocol := range []byte{unix.IPPROTO_TCP, unix.IPPROTO_UDP} {
		frame := makeSuper(protocol, payload, segment)
		s, ok := parse(frame)
		if !ok || s.count != 11 {
			t.Fatalf("protocol %d: parse says %d packets, %v", protocol, s.count, ok)
		}
		var all []byte
		for i := range s.count {
			packet := carved(s, frame, i, i+1)
			if packet[virtioGSOType] != gsoNone || len(packet)-virtioHeader != s.size(i) {
				t.Errorf("packet %d: GSO type %d, %d bytes, want %d", i, packet[virtioGSOType], len(packet)-virtioHeader, s.size(i))
			}
			ip := packet[virtioHeader+ethernetHeader:]
			if sum(ip[:20], 0) != 0xffff {
				t.Errorf("packet %d: wrong IP checksum", i)
			}
			if id := binary.BigEndian.Uint16(ip[ipID:]); id != uint16(0xfffe+i) {
				t.Errorf("packet %d: IP id %#x", i, id)
			}
			transport := ip[20:]
			if protocol == unix.IPPROTO_TCP {
				if seq := binary.BigEndian.Uint32(transport[tcpSequence:]); seq != 0xffffff00+uint32(i*segment) {
					t.Errorf("packet %d: sequence %#x", i, seq)
				}
				flags := transport[tcpFlags]
				if first, last := flags&tcpCWR != 0, flags&(tcpFIN|tcpPSH) != 0; first != (i == 0) || last != (i == s.count-1) {
					t.Errorf("packet %d: flags %#x", i, flags)
				}
			}
			complete(packet)
			if total := sum(ip[ipAddresses:20], uint64(protocol)+uint64(len(transport))); sum(transport, uint64(total)) != 0xffff {
				t.Errorf("packet %d: wrong checksum", i)
			}
			all = append(all, packet[virtioHeader+s.headers:]...)
		}
		if !bytes.Equal(all, payload) {
			t.Errorf("protocol %d: the packets' payload is not the super-frame's", protocol)
		}
	}
}

// Cutting twice is the same as cutting once.
func TestRunsAreCutIntoTheSamePackets(t *testing.T) {
	for _, protocol := range []byte{unix.IPPROTO_TCP, unix.IPPROTO_UDP} {
		frame := makeSuper(protocol, make([]byte, 7_300), 1000)
		whole, _ := parse(frame)
		for from := range whole.count {
			for to := from + 2; to <= whole.count; to++ {
				run := carved(whole, frame, from, to)
				s, ok := parse(run)
				if !ok || s.count != to-from {
					t.Fatalf("protocol %d: run %d–%d has %d packets, %v", protocol, from, to, s.count, ok)
				}
				for i := range s.count {
					if got, want := carved(s, run, i, i+1), carved(whole, frame, from+i, from+i+1); !bytes.Equal(got, want) {
						t.Fatalf("protocol %d: packet %d of run %d–%d:\n% x, want\n% x", protocol, i, from, to, got[:80], want[:80])
					}
				}
			}
		}
	}
}

func TestParseTakesWhatItCannotCutForOnePacket(t *testing.T) {
	frame := makeSuper(unix.IPPROTO_TCP, make([]byte, 3000), 1000)
	for name, spoil := range map[string]func(f []byte){
		"TCP over IPv6":        func(f []byte) { f[virtioGSOType] = 4 },
		"another ethertype":    func(f []byte) { f[virtioHeader+12] = 0x86 },
		"a segment size of 0":  func(f []byte) { binary.NativeEndian.PutUint16(f[virtioGSOSize:], 0) },
		"headers past the end": func(f []byte) { binary.NativeEndian.PutUint16(f[virtioStart:], 0xfff0) },
	} {
		f := bytes.Clone(frame)
		spoil(f)
		if s, ok := parse(f); ok || s.count != 1 || s.size(0) != len(f)-virtioHeader {
			t.Errorf("%s: %+v, %v", name, s, ok)
		}
	}
}

func TestCorruptTurnsOneBitOfACompletedPacket(t *testing.T) {
	frame := makeSuper(unix.IPPROTO_UDP, make([]byte, 500), 1000)
	s, _ := parse(frame)
	packet := carved(s, frame, 0, 1)
	right := bytes.Clone(packet)
	complete(right)
	for bit := range (len(packet) - virtioHeader - ethernetHeader) * 8 {
		wrong := bytes.Clone(packet)
		corrupt(wrong, func(int) int { return bit })
		different := 0
		for i := range wrong {
			for d := wrong[i] ^ right[i]; d != 0; d &= d - 1 {
				different++
			}
		}
		if different != 1 {
			t.Fatalf("bit %d: %d bits differ", bit, different)
		}
		if i := virtioHeader + ethernetHeader + bit/8; wrong[i] == right[i] {
			t.Fatalf("bit %d: byte %d is unchanged", bit, i)
		}
	}
}

func TestSum(t *testing.T) {
	// The example of RFC 1071.
	if got := sum([]byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}, 0); got != 0xddf2 {
		t.Errorf("%#x", got)
	}
	if got := sum([]byte{0xff, 0xff, 0x01}, 0); got != 0x0100 {
		t.Errorf("odd length: %#x", got)
	}
}

// No frame, however made, makes the engine's thread panic.
func FuzzCarve(f *testing.F) {
	f.Add(makeSuper(unix.IPPROTO_TCP, make([]byte, 2500), 1000))
	f.Add(makeSuper(unix.IPPROTO_UDP, make([]byte, 20), 8))
	f.Add(make([]byte, virtioHeader+ethernetHeader))
	f.Fuzz(func(t *testing.T, frame []byte) {
		if len(frame) < virtioHeader+ethernetHeader || len(frame) > slotSize {
			return // the kernel hands over no others
		}
		s, ok := parse(frame)
		size := 0
		for i := range s.count {
			size += s.size(i) - s.headers
		}
		if want := len(frame) - virtioHeader - s.headers; size != want {
			t.Fatalf("%+v: %d bytes of payload, want %d", s, size, want)
		}
		if !ok || s.count == 1 {
			return
		}
		dst := make([]byte, slotSize)
		for i := range s.count {
			corrupt(dst[:s.carve(dst, frame, i, i+1)], func(n int) int { return n - 1 })
		}
	})
}
