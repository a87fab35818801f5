package forward

import (
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// backendType is how sets hold a backend: address . port.
var backendType = nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeInetService)

func backendKey(b netip.AddrPort) []byte {
	return append(b.Addr().AsSlice(), padded(portBytes(b.Port())...)...)
}

// backendKeys are the backends that have a slot, each once.
func backendKeys(slots []netip.AddrPort) [][]byte { return distinct(slots, backendKey) }

func backendAddresses(slots []netip.AddrPort) [][]byte {
	return distinct(slots, func(b netip.AddrPort) []byte { return b.Addr().AsSlice() })
}

func distinct(slots []netip.AddrPort, key func(netip.AddrPort) []byte) [][]byte {
	var keys [][]byte
	seen := map[string]bool{}
	for _, s := range slots {
		if k := key(s); !seen[string(k)] {
			seen[string(k)] = true
			keys = append(keys, k)
		}
	}
	return keys
}

// slotsPerMessage keeps a netlink message below 64 KiB.
const slotsPerMessage = 1000

// addSlotTable makes the listener's map of slot number to backend. No rule reads it yet, so a large one may be
// filled in several batches; the last part is left in the current one.
func (c *CLB) addSlotTable(l *listener) error {
	l.table = c.newSet(nftables.Set{
		Table: c.rewrites, Name: l.setName("slots"), IsMap: true,
		KeyType: nftables.TypeInteger, KeyByteOrder: binaryutil.NativeEndian, DataType: backendType,
	})
	if err := c.rules.AddSet(l.table, nil); err != nil {
		return err
	}
	elements := make([]nftables.SetElement, len(l.slots))
	for i, backend := range l.slots {
		elements[i] = nftables.SetElement{Key: binaryutil.NativeEndian.PutUint32(uint32(i)), Val: backendKey(backend)}
	}
	for len(elements) > slotsPerMessage {
		if err := c.rules.SetAddElements(l.table, elements[:slotsPerMessage]); err != nil {
			return err
		}
		if err := c.rules.Flush(); err != nil {
			return err
		}
		elements = elements[slotsPerMessage:]
	}
	return c.rules.SetAddElements(l.table, elements)
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
