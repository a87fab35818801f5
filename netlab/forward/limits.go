package forward

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/sim/cloud"
)

// A Capacity is what a CLB node carries.
type Capacity struct {
	cloud.Spec
	Bandwidth int64 // bits a second, each direction apart; 0: what every CLB carries
	// Reset answers connection requests beyond the specification with a reset, where the cloud
	// drops them.
	Reset bool
}

// limits enforce a CLB's capacity. When a limit of the specification is hit new connection requests
// are dropped (documented: "FAQ about high-performance SLB instances"). They have a table that is
// loaded once and never again: a reload would forget the connections that are open and let that
// many more in.
type limits struct {
	table       *nftables.Table
	connections *nftables.Set // of open connections; its size is the limit
	counters    [counterCount]*nftables.NamedObj
	bandwidth   [2]*nftables.Set // by direction: protocol . frontend port : jump to the listener's bandwidth
}

// connectionKey is what tells connections apart, as their clients opened them.
var connectionKey = nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeIPAddr,
	nftables.TypeInetService, nftables.TypeInetService, nftables.TypeInetProto)

// How long the set remembers a connection: as long as conntrack does.
const (
	openingTimeout = 120 * time.Second // a SYN without an answer
	tcpIdleTimeout = conntrackIdle
	udpIdleTimeout = cloud.UDPTimeout
)

// collectInterval is how long a closed connection still counts. With the kernel's default of 1 s
// a node at its limit of connections a second would refuse thousands that it has room for.
const collectInterval = 100 * time.Millisecond

// rateBurst is the part of a second's new connections that may come at once.
const rateBurst = 10

// loadLimits stands behind the translation, where only connections arrive that a listener took
// and a backend has: what is turned away earlier holds no place.
func (c *CLB) loadLimits(capacity Capacity) (*limits, error) {
	spec := capacity.Spec
	if spec.MaxConnections <= 0 || spec.CPS <= 0 {
		return nil, fmt.Errorf("%d connections, %d new connections a second: both must be known", spec.MaxConnections, spec.CPS)
	}
	l := &limits{}
	l.table = c.rules.AddTable(&nftables.Table{Family: nftables.TableFamilyIPv4, Name: "limits"})
	for i, name := range counterNames {
		l.counters[i] = &nftables.NamedObj{Table: l.table, Name: name, Type: nftables.ObjTypeCounter, Obj: &expr.Counter{}}
		c.rules.AddObj(l.counters[i])
	}
	if err := c.rules.Flush(); err != nil {
		return nil, fmt.Errorf("load counters: %w", err)
	}
	l.connections = &nftables.Set{
		Table: l.table, Name: "connections", KeyType: connectionKey, Dynamic: true, HasTimeout: true,
		Timeout: tcpIdleTimeout, Size: uint32(spec.MaxConnections),
	}
	if err := c.createCollectedSet(l.connections, collectInterval); err != nil {
		return nil, err
	}

	account, admit, rate := c.chain(l.table, "account"), c.chain(l.table, "admit"), c.chain(l.table, "rate")
	exceeded := c.chain(l.table, "exceeded")
	forward := c.baseChain(l.table, "forward",
		hook{nftables.ChainTypeFilter, nftables.ChainHookForward, *nftables.ChainPriorityFilter, nftables.ChainPolicyAccept})
	c.add(forward, jump(account))
	// Connections that a proxy carries end here; everything else local is not the clients'.
	for name, at := range map[string]*nftables.ChainHook{"input": nftables.ChainHookInput, "output": nftables.ChainHookOutput} {
		local := c.baseChain(l.table, name, hook{nftables.ChainTypeFilter, at, *nftables.ChainPriorityFilter, nftables.ChainPolicyAccept})
		c.add(local, translated(), jump(account))
	}
	in, out, err := c.addBandwidth(l, capacity)
	if err != nil {
		return nil, err
	}
	c.add(account, direction(original), count(l.counters[received]), jump(in))
	c.add(account, direction(reply), count(l.counters[sent]), jump(out))
	c.add(account, connection(expr.CtStateBitNEW), jump(admit))
	c.add(account, tcpFlags(flagRST), l.change(dynsetDelete, 0))
	c.add(account, direction(original), tcpFlags(flagFIN), l.change(dynsetDelete, 0))
	// Only what is still in the set: the last packets of a closed connection must not bring it
	// back.
	c.add(account, protocolIs(protocolTCP), l.holds(), l.change(unix.NFT_DYNSET_OP_UPDATE, tcpIdleTimeout), accept())
	c.add(account, protocolIs(protocolUDP), l.holds(), l.change(unix.NFT_DYNSET_OP_UPDATE, udpIdleTimeout))

	c.add(admit, l.holds(), accept()) // a request sent again, or UDP before its first answer
	c.add(admit, tcpFlags(flagSYN), jump(rate))
	c.add(admit, protocolIs(protocolUDP), jump(rate))
	// Anything else is the middle of a connection that another node opened: it takes a place,
	// but is not new. Adding fails, and with it the rule, when the set is full.
	c.add(admit, l.change(unix.NFT_DYNSET_OP_ADD, openingTimeout), count(l.counters[newConnection]), accept())
	c.add(admit, jump(exceeded))

	c.add(rate, []expr.Any{&expr.Limit{
		Type: expr.LimitTypePkts, Rate: uint64(spec.CPS), Unit: expr.LimitTimeSecond,
		Burst: uint32(max(1, spec.CPS/rateBurst)), Over: true,
	}}, jump(exceeded))

	c.add(exceeded, count(l.counters[dropConnection]))
	if capacity.Reset {
		c.add(exceeded, protocolIs(protocolTCP), reset())
	}
	c.add(exceeded, drop())
	if err := c.rules.Flush(); err != nil {
		return nil, fmt.Errorf("load rules: %w", err)
	}
	return l, nil
}

// freePlaces takes connections that were ended without a packet of theirs out of the set.
func (c *CLB) freePlaces(ended []*netlink.ConntrackFlow) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	elements := make([]nftables.SetElement, len(ended))
	for i, f := range ended {
		key := append(address(f.Forward.SrcIP).AsSlice(), address(f.Forward.DstIP).AsSlice()...)
		key = append(key, padded(portBytes(f.Forward.SrcPort)...)...)
		key = append(key, padded(portBytes(f.Forward.DstPort)...)...)
		elements[i].Key = append(key, padded(f.Forward.Protocol)...)
	}
	for part := range slices.Chunk(elements, slotsPerMessage) {
		if err := c.deleteHeld(part); err != nil {
			return fmt.Errorf("free places of connections: %w", err)
		}
	}
	return nil
}

// deleteHeld deletes those of the elements that are there. One that is missing, because a packet
// has just taken it out, fails its whole batch: then halves are tried.
func (c *CLB) deleteHeld(elements []nftables.SetElement) error {
	if err := c.rules.SetDeleteElements(c.limits.connections, elements); err != nil {
		return err
	}
	err := c.rules.Flush()
	if !errors.Is(err, unix.ENOENT) {
		return err
	}
	if len(elements) == 1 {
		return nil
	}
	half := len(elements) / 2
	return errors.Join(c.deleteHeld(elements[:half]), c.deleteHeld(elements[half:]))
}

// dynsetDelete is NFT_DYNSET_OP_DELETE.
const dynsetDelete = 2

// key loads the connection's key into the registers.
func (l *limits) key() []expr.Any {
	return []expr.Any{
		&expr.Ct{Key: expr.CtKeySRC, Direction: original, Register: firstRegister},
		&expr.Ct{Key: expr.CtKeyDST, Direction: original, Register: firstRegister + 1},
		&expr.Ct{Key: expr.CtKeyPROTOSRC, Direction: original, Register: firstRegister + 2},
		&expr.Ct{Key: expr.CtKeyPROTODST, Direction: original, Register: firstRegister + 3},
		protocolField(firstRegister + 4),
	}
}

func (l *limits) holds() []expr.Any { return append(l.key(), inSet(l.connections)) }

func (l *limits) change(operation uint32, timeout time.Duration) []expr.Any {
	return append(l.key(), &expr.Dynset{
		SrcRegKey: firstRegister, SetName: l.connections.Name, Operation: operation, Timeout: timeout,
	})
}
