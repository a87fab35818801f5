package forward

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/sim/cloud"
)

// A load balancer resets both ends of a TCP connection that it gives up (documented: SLB API,
// "EstablishedTimeout"). A reset counts only with the sequence number that its receiver expects,
// which conntrack does not tell. So the node forgets the connection, sends each end an
// acknowledgement that makes no sense, and answers what comes back with a reset: an end that is
// alive says in its answer what it expects (RFC 9293, 3.10.7.4).

// closingTime is how long the ends of a forgotten connection are answered with a reset. Later
// packets get what packets from the middle of a connection get.
const closingTime = 10 * time.Second

// challengeMark keeps conntrack from taking the node's own acknowledgements for connections.
const challengeMark = 0x6e6c

// addClosing adds the rule that answers with resets to the guard.
func (c *CLB) addClosing(guard *nftables.Chain) error {
	c.closing = c.newSet(nftables.Set{
		Table: c.rewrites, Name: "closing", HasTimeout: true, Timeout: closingTime,
		KeyType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeIPAddr, nftables.TypeInetService, nftables.TypeInetService),
	})
	if err := c.rules.AddSet(c.closing, nil); err != nil {
		return fmt.Errorf("set of closing connections: %w", err)
	}
	// A client may use the same port for a new connection at once.
	c.add(guard, notTCPFlags(flagSYN), []expr.Any{
		ipField(firstRegister, offsetSource),
		ipField(firstRegister+1, offsetDestination),
		portField(firstRegister+2, offsetSourcePort),
		portField(firstRegister+3, offsetPort),
		inSet(c.closing),
	}, reset())

	challenges := c.baseChain(c.rewrites, "challenges",
		hook{nftables.ChainTypeFilter, nftables.ChainHookOutput, *nftables.ChainPriorityRaw, nftables.ChainPolicyAccept})
	c.add(challenges, []expr.Any{
		&expr.Meta{Key: expr.MetaKeyMARK, Register: firstRegister},
		equal(binary.NativeEndian.AppendUint32(nil, challengeMark)),
		&expr.Notrack{},
	})
	return nil
}

// reset drops the packet and answers it with a TCP reset.
func reset() []expr.Any { return []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_TCP_RST}} }

// EndConnections ends the listener's connections to a backend that is dead, was removed, or whose
// connection drain is over: TCP ones are reset at both ends, UDP flows get another backend. Call it
// after SetSlots without the backend; it returns how many connections that were.
func (c *CLB) EndConnections(l cloud.Listener, backend netip.AddrPort) (int, error) {
	protocol, err := keyOf(l).number()
	if err != nil {
		return 0, err
	}
	proxied := c.endProxied(func(client, at netip.AddrPort) bool { return at == backend }, l.FrontendPort)
	n, err := c.end(func(f *netlink.ConntrackFlow) bool {
		return c.serves(f) && f.Forward.Protocol == protocol && f.Forward.DstPort == l.FrontendPort &&
			address(f.Reverse.SrcIP) == backend.Addr() && f.Reverse.SrcPort == backend.Port()
	})
	if err != nil {
		return n + proxied, fmt.Errorf("end connections of listener %s to %s: %w", keyOf(l), backend, err)
	}
	return n + proxied, nil
}

// end ends the connections that match, at both ends, and says how many those were.
func (c *CLB) end(m flowMatch) (int, error) {
	proxies, proxied := c.allProxies(), 0
	ended, err := c.forget(func(f *netlink.ConntrackFlow) bool {
		if !m(f) {
			return false
		}
		// A proxy knows the sequence numbers, and needs the entry for its resets.
		if p := carrier(proxies, f); p != nil {
			from := netip.AddrPortFrom(address(f.Forward.SrcIP), f.Forward.SrcPort)
			proxied += p.end(func(client, _ netip.AddrPort) bool { return client == from })
			return false
		}
		return true
	})
	n := len(ended) + proxied
	if err != nil || len(ended) == 0 {
		return n, err
	}
	if err := c.expectChallenged(ended); err != nil {
		return n, err
	}
	if err := c.freePlaces(ended); err != nil {
		return n, err
	}
	return n, c.challenge(ended)
}

// ends are the TCP connection's two ends as they see it: what each sends, and to where.
func ends(f *netlink.ConntrackFlow) [2]struct{ from, to netip.AddrPort } {
	port := func(ip []byte, port uint16) netip.AddrPort { return netip.AddrPortFrom(address(ip), port) }
	return [2]struct{ from, to netip.AddrPort }{
		{port(f.Forward.SrcIP, f.Forward.SrcPort), port(f.Forward.DstIP, f.Forward.DstPort)},
		{port(f.Reverse.SrcIP, f.Reverse.SrcPort), port(f.Reverse.DstIP, f.Reverse.DstPort)},
	}
}

// expectChallenged makes the guard answer both ends with resets.
func (c *CLB) expectChallenged(ended []*netlink.ConntrackFlow) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var elements []nftables.SetElement
	for _, f := range ended {
		for _, e := range ends(f) {
			key := append(e.from.Addr().AsSlice(), e.to.Addr().AsSlice()...)
			key = append(key, padded(portBytes(e.from.Port())...)...)
			key = append(key, padded(portBytes(e.to.Port())...)...)
			elements = append(elements, nftables.SetElement{Key: key})
		}
	}
	for part := range slices.Chunk(elements, slotsPerMessage) {
		if err := c.rules.SetAddElements(c.closing, part); err != nil {
			return fmt.Errorf("add to closing connections: %w", err)
		}
		if err := c.rules.Flush(); err != nil {
			return fmt.Errorf("add to closing connections: %w", err)
		}
	}
	return nil
}

// challenge sends both ends of each TCP connection acknowledgements that make no sense. Of two
// sequence numbers that are half the number space apart at least one lies outside every window.
func (c *CLB) challenge(ended []*netlink.ConntrackFlow) error {
	socket, err := c.namespace.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_MARK, challengeMark); err != nil {
		return fmt.Errorf("mark challenges: %w", err)
	}
	for _, f := range ended {
		if f.Forward.Protocol != protocolTCP {
			continue
		}
		for _, e := range ends(f) {
			sequence := rand.Uint32()
			for _, number := range []uint32{sequence, sequence + 1<<31} {
				packet := acknowledgement(e.to, e.from, number)
				to := &unix.SockaddrInet4{Addr: e.from.Addr().As4()}
				// An end that there is no way to can't be told; it is not worth an error.
				if err := unix.Sendto(socket, packet, 0, to); err != nil && !unreachable(err) {
					return fmt.Errorf("challenge %s: %w", e.from, err)
				}
			}
		}
	}
	return nil
}

func unreachable(err error) bool {
	for _, e := range []error{unix.ENETUNREACH, unix.EHOSTUNREACH, unix.ENETDOWN, unix.EINVAL, unix.EAGAIN, unix.ENOBUFS} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// acknowledgement is a TCP packet without data. The kernel fills in the IP header's length and
// checksum.
func acknowledgement(from, to netip.AddrPort, sequence uint32) []byte {
	source, destination := from.Addr().As4(), to.Addr().As4()
	tcp := binary.BigEndian.AppendUint16(nil, from.Port())
	tcp = binary.BigEndian.AppendUint16(tcp, to.Port())
	tcp = binary.BigEndian.AppendUint32(tcp, sequence)
	tcp = append(tcp, 0, 0, 0, 0, 5<<4, flagACK, 0, 0, 0, 0, 0, 0)
	pseudo := append(append(source[:], destination[:]...), 0, protocolTCP, 0, byte(len(tcp)))
	binary.BigEndian.PutUint16(tcp[16:], checksum(append(pseudo, tcp...)))

	ip := []byte{4<<4 | 5, 0, 0, 0, 0, 0, 0, 0, 64, protocolTCP, 0, 0}
	return append(append(append(ip, source[:]...), destination[:]...), tcp...)
}

// checksum is the Internet checksum of an even number of bytes.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
