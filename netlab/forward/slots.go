package forward

import (
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"netlab/sim/cloud"
)

// A listenerKey tells the listeners of a node apart.
type listenerKey struct {
	protocol string
	port     uint16
}

func (k listenerKey) String() string { return fmt.Sprintf("%s:%d", k.protocol, k.port) }

func (k listenerKey) number() (byte, error) {
	switch k.protocol {
	case "tcp":
		return protocolTCP, nil
	case "udp":
		return protocolUDP, nil
	}
	return 0, fmt.Errorf("listener %s: no layer-4 protocol", k)
}

// A listener is one frontend port as loaded.
type listener struct {
	wish  cloud.Listener
	chain *nftables.Chain // new connections come here to get a backend
	slots *nftables.Set   // slot number : backend address . port; nil while there are none
	loads int             // of slot tables, to name them apart
}

// AddListener opens a frontend port. Until SetSlots gives it backends its clients get no answer.
func (c *CLB) AddListener(l cloud.Listener) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := listenerKey{l.Protocol, l.FrontendPort}
	if c.listeners[key] != nil {
		return fmt.Errorf("listener %s: exists already", key)
	}
	protocol, err := key.number()
	if err != nil {
		return err
	}
	if _, err := slotNumber(l.Scheduler, 1); err != nil {
		return fmt.Errorf("listener %s: %w", key, err)
	}
	added := &listener{wish: l, chain: c.chain(c.rewrites, fmt.Sprintf("%s-%d", l.Protocol, l.FrontendPort))}
	err = c.rules.SetAddElements(c.dispatch, []nftables.SetElement{{
		Key:         append(padded(protocol), padded(portBytes(l.FrontendPort)...)...),
		VerdictData: &expr.Verdict{Kind: expr.VerdictJump, Chain: added.chain.Name},
	}})
	if err != nil {
		return fmt.Errorf("listener %s: %w", key, err)
	}
	if err := c.rules.Flush(); err != nil {
		return fmt.Errorf("listener %s: add: %w", key, err)
	}
	c.listeners[key] = added
	return nil
}

// slotsPerMessage keeps a netlink message below 64 KiB.
const slotsPerMessage = 1000

// SetSlots gives new connections of the listener these backends, in place of the earlier ones.
// Connections that are open stay with theirs. wrr and rr go round the slots one by one; sch and
// tch pick one by a hash that is the same on every node, so both zones must be given the same slots. With no
// slots, new connections get no answer (unknown: no document says what a CLB does then).
func (c *CLB) SetSlots(l cloud.Listener, slots []netip.AddrPort) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := listenerKey{l.Protocol, l.FrontendPort}
	at := c.listeners[key]
	if at == nil {
		return fmt.Errorf("set slots of listener %s: no such listener", key)
	}
	if err := c.replaceSlots(at, slots); err != nil {
		return fmt.Errorf("set slots of listener %s: %w", key, err)
	}
	return nil
}

// replaceSlots fills a table of its own and then, in one batch, makes the listener's rule read
// it: the rule holds the number of slots, so rule and table must change together. A table that no
// rule reads yet can be filled in several batches, which a large one needs.
func (c *CLB) replaceSlots(l *listener, slots []netip.AddrPort) error {
	old := l.slots
	var fresh *nftables.Set
	if len(slots) > 0 {
		l.loads++
		fresh = c.newSet(nftables.Set{
			Table: c.rewrites, Name: fmt.Sprintf("%s-%d", l.chain.Name, l.loads), IsMap: true,
			KeyType: nftables.TypeInteger, KeyByteOrder: binaryutil.NativeEndian,
			DataType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeInetService),
		})
		if err := c.fillSlots(fresh, slots); err != nil {
			return err
		}
	}
	c.rules.FlushChain(l.chain)
	if fresh != nil {
		number, err := slotNumber(l.wish.Scheduler, uint32(len(slots)))
		if err != nil {
			return err
		}
		c.add(l.chain, number, []expr.Any{inMap(fresh), &expr.NAT{
			Type: expr.NATTypeDestNAT, Family: unix.NFPROTO_IPV4,
			RegAddrMin: firstRegister, RegProtoMin: firstRegister + 1,
		}})
	}
	if old != nil {
		c.rules.DelSet(old)
	}
	if err := c.rules.Flush(); err != nil {
		return err
	}
	l.slots = fresh
	return nil
}

func (c *CLB) fillSlots(s *nftables.Set, slots []netip.AddrPort) error {
	if err := c.rules.AddSet(s, nil); err != nil {
		return err
	}
	elements := make([]nftables.SetElement, len(slots))
	for i, backend := range slots {
		elements[i] = nftables.SetElement{
			Key: binaryutil.NativeEndian.PutUint32(uint32(i)),
			Val: append(backend.Addr().AsSlice(), padded(portBytes(backend.Port())...)...),
		}
	}
	for len(elements) > slotsPerMessage {
		if err := c.rules.SetAddElements(s, elements[:slotsPerMessage]); err != nil {
			return err
		}
		if err := c.rules.Flush(); err != nil {
			return err
		}
		elements = elements[slotsPerMessage:]
	}
	return c.rules.SetAddElements(s, elements)
}

// hashSeed is the same on every node: what a connection hashes to must not depend on the zone.
const hashSeed = 0x6e65746c

// slotNumber puts the number of the slot for a new connection into the first register.
func slotNumber(scheduler string, slots uint32) ([]expr.Any, error) {
	switch scheduler {
	case "wrr", "rr":
		return []expr.Any{&expr.Numgen{Register: firstRegister, Type: unix.NFT_NG_INCREMENTAL, Modulus: slots}}, nil
	case "sch": // consistent hash of the source address
		return []expr.Any{ipField(firstRegister, offsetSource), hash(4, slots)}, nil
	case "tch": // consistent hash of both addresses and both ports
		return []expr.Any{
			ipField(firstRegister, offsetSource),
			ipField(firstRegister+1, offsetDestination),
			&expr.Payload{DestRegister: firstRegister + 2, Base: expr.PayloadBaseTransportHeader, Offset: offsetSourcePort, Len: 4},
			hash(12, slots),
		}, nil
	}
	return nil, fmt.Errorf("unknown scheduler %q", scheduler)
}

func hash(length, slots uint32) expr.Any {
	return &expr.Hash{
		SourceRegister: firstRegister, DestRegister: firstRegister, Length: length,
		Modulus: slots, Seed: hashSeed, Type: expr.HashTypeJenkins,
	}
}
