package forward

import (
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Counters are a CLB node's figures since it was made, by the names of the cloud's metrics
// (documented: SLB "Monitoring and alerting metrics"). Received is from clients, transmitted to
// them.
type Counters struct {
	ActiveConnection   uint64 // established now
	InactiveConnection uint64 // in any other state now
	NewConnection      uint64 // admitted
	DropConnection     uint64 // requests dropped at a limit of the specification
	PacketRX, PacketTX uint64
	BytesRX, BytesTX   uint64 // the cloud gives them as rates, TrafficRXNew and TrafficTXNew
	// Beyond a bandwidth; contained in the four above.
	DropPacketRX, DropPacketTX uint64
	DropBytesRX, DropBytesTX   uint64 // the cloud: DropTrafficRX and DropTrafficTX
}

// The named counters of the limits table.
const (
	newConnection = iota
	dropConnection
	received
	sent
	droppedReceived
	droppedSent
	counterCount
)

var counterNames = [counterCount]string{"NewConnection", "DropConnection", "PacketRX", "PacketTX", "DropPacketRX", "DropPacketTX"}

// Counters reads the node's counters and counts its connections.
func (c *CLB) Counters() (Counters, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	objects, err := c.rules.GetNamedObjects(c.limits.table)
	if err != nil {
		return Counters{}, fmt.Errorf("read counters: %w", err)
	}
	values := map[string]expr.Counter{}
	for _, o := range objects {
		if named, ok := o.(*nftables.NamedObj); ok {
			if value, ok := named.Obj.(*expr.Counter); ok {
				values[named.Name] = *value
			}
		}
	}
	value := func(i int) expr.Counter { return values[counterNames[i]] }
	out := Counters{
		NewConnection:  value(newConnection).Packets,
		DropConnection: value(dropConnection).Packets,
		PacketRX:       value(received).Packets,
		BytesRX:        value(received).Bytes,
		PacketTX:       value(sent).Packets,
		BytesTX:        value(sent).Bytes,
		DropPacketRX:   value(droppedReceived).Packets,
		DropBytesRX:    value(droppedReceived).Bytes,
		DropPacketTX:   value(droppedSent).Packets,
		DropBytesTX:    value(droppedSent).Bytes,
	}

	flows, err := c.flows.ConntrackTableList(netlink.ConntrackTable, unix.AF_INET)
	if err != nil {
		return Counters{}, fmt.Errorf("list connections: %w", err)
	}
	for _, f := range flows {
		if !c.serves(f) {
			continue
		}
		tcp, ok := f.ProtoInfo.(*netlink.ProtoInfoTCP)
		if ok && tcp.State != nl.TCP_CONNTRACK_ESTABLISHED {
			out.InactiveConnection++
		} else {
			out.ActiveConnection++
		}
	}
	return out, nil
}
