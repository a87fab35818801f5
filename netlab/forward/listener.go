package forward

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"netlab/sim/cloud"
)

// A listenerKey tells the listeners of a node apart.
type listenerKey struct {
	protocol string
	port     uint16
}

func keyOf(l cloud.Listener) listenerKey { return listenerKey{l.Protocol, l.FrontendPort} }

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
	wish    cloud.Listener
	slots   []netip.AddrPort
	chain   *nftables.Chain // new connections come here to get a backend
	table   *nftables.Set   // slot number : backend address . port; nil while there are no slots
	clients *nftables.Set   // client address : backend, while persistence is on
	loads   int             // of sets, to name them apart
	proxy   *proxy          // while PROXY protocol is on
}

// AddListener opens a frontend port. Until SetSlots gives it backends its clients get no answer.
func (c *CLB) AddListener(l cloud.Listener) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := keyOf(l)
	if c.listeners[key] != nil {
		return fmt.Errorf("add listener %s: it exists already", key)
	}
	if err := check(l); err != nil {
		return fmt.Errorf("add listener %s: %w", key, err)
	}
	added := &listener{chain: c.chain(c.rewrites, fmt.Sprintf("%s-%d", l.Protocol, l.FrontendPort))}
	element, err := dispatchElement(key, added.chain)
	if err != nil {
		return err
	}
	if err := c.rules.SetAddElements(c.dispatch, element); err != nil {
		return fmt.Errorf("add listener %s: %w", key, err)
	}
	if err := c.reload(added, l, nil); err != nil {
		return fmt.Errorf("add listener %s: %w", key, err)
	}
	c.listeners[key] = added
	c.idle.restart()
	return nil
}

// UpdateListener gives an existing listener other options. They count for new connections.
func (c *CLB) UpdateListener(l cloud.Listener) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := keyOf(l)
	at := c.listeners[key]
	if at == nil {
		return fmt.Errorf("update listener %s: no such listener", key)
	}
	if err := check(l); err != nil {
		return fmt.Errorf("update listener %s: %w", key, err)
	}
	if err := c.reload(at, l, at.slots); err != nil {
		return fmt.Errorf("update listener %s: %w", key, err)
	}
	c.idle.restart()
	return nil
}

// SetSlots gives new connections of the listener these backends, in place of the earlier ones.
// Connections that are open stay with theirs. wrr and rr go round the slots one by one; sch and
// tch pick one by a hash that is the same on every node, so that both zones choose alike when
// both are given the same slots. With no slots, new connections get no answer (unknown: no
// document says what a CLB does then).
func (c *CLB) SetSlots(l cloud.Listener, slots []netip.AddrPort) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := keyOf(l)
	at := c.listeners[key]
	if at == nil {
		return fmt.Errorf("set slots of listener %s: no such listener", key)
	}
	// The same slots again would start wrr's round anew.
	if slices.Equal(at.slots, slots) {
		return nil
	}
	if err := c.reload(at, at.wish, slices.Clone(slots)); err != nil {
		return fmt.Errorf("set slots of listener %s: %w", key, err)
	}
	return nil
}

// check says what no rule can be made of, before a batch is begun.
func check(l cloud.Listener) error {
	if _, err := keyOf(l).number(); err != nil {
		return err
	}
	if l.ACL != nil && l.ACL.Type != "white" && l.ACL.Type != "black" {
		return fmt.Errorf("unknown type of access control list %q", l.ACL.Type)
	}
	if l.ProxyProtocolV2 && l.Protocol != "tcp" {
		return errors.New("PROXY protocol on a UDP listener is not emulated: which datagrams carry the header is not documented")
	}
	_, err := slotNumber(l.Scheduler, 1)
	return err
}

func dispatchElement(k listenerKey, to *nftables.Chain) ([]nftables.SetElement, error) {
	protocol, err := k.number()
	if err != nil {
		return nil, err
	}
	return []nftables.SetElement{{
		Key:         append(padded(protocol), padded(portBytes(k.port)...)...),
		VerdictData: &expr.Verdict{Kind: expr.VerdictJump, Chain: to.Name},
	}}, nil
}

// reload writes the listener's chain anew, in one batch with the sets that it reads. New sets
// take the place of the old ones because a rule and the table it reads must change together: the
// rule holds the number of slots.
func (c *CLB) reload(l *listener, wish cloud.Listener, slots []netip.AddrPort) error {
	next := *l
	next.wish, next.slots, next.table, next.clients = wish, slots, nil, nil
	if !wish.ProxyProtocolV2 {
		if err := c.addSets(&next, l); err != nil {
			return err
		}
	}
	if err := c.addListenerBandwidth(wish, l.wish.Bandwidth); err != nil {
		return err
	}
	c.rules.FlushChain(l.chain)
	if err := c.addAccessControl(l.chain, wish.ACL); err != nil {
		return err
	}
	if len(slots) > 0 {
		if err := c.addSelf(l.chain, slots); err != nil {
			return err
		}
	}
	switch {
	case wish.ProxyProtocolV2:
		if err := c.addProxy(&next); err != nil {
			return err
		}
	case len(slots) > 0:
		if err := c.addChoice(&next); err != nil {
			return err
		}
	}
	for _, set := range []struct{ old, now *nftables.Set }{{l.table, next.table}, {l.clients, next.clients}} {
		if set.old != nil && set.old != set.now {
			c.rules.DelSet(set.old)
		}
	}
	if err := c.rules.Flush(); err != nil {
		return err
	}
	if !wish.ProxyProtocolV2 && next.proxy != nil {
		next.proxy.retire()
		next.proxy = nil
	}
	*l = next
	return nil
}

// addSets adds the sets that the listener's rules will read. The memory of clients outlives a
// change of slots.
func (c *CLB) addSets(next, now *listener) error {
	if len(next.slots) > 0 {
		if err := c.addSlotTable(next); err != nil {
			return err
		}
	}
	timeout := next.wish.PersistenceTimeout
	switch {
	case timeout == 0:
	case timeout == now.wish.PersistenceTimeout && now.clients != nil:
		next.clients = now.clients
	default:
		next.clients = c.newSet(persistence(c.rewrites, next.setName("clients"), timeout))
		return c.rules.AddSet(next.clients, nil)
	}
	return nil
}

func (l *listener) setName(what string) string {
	l.loads++
	return fmt.Sprintf("%s-%s-%d", l.chain.Name, what, l.loads)
}

// addSelf drops connections of backends to their own VIP (documented: SLB FAQ, a backend of a
// layer-4 listener can't be its client at once). A backend without a slot can: inferred.
func (c *CLB) addSelf(chain *nftables.Chain, slots []netip.AddrPort) error {
	self, err := c.addAnonymousSet(chain.Table, nftables.TypeIPAddr, backendAddresses(slots))
	if err != nil {
		return err
	}
	c.add(chain, []expr.Any{ipField(firstRegister, offsetSource), inSet(self)}, drop())
	return nil
}

// addChoice adds the rules that give a new connection its backend.
func (c *CLB) addChoice(l *listener) error {
	number, err := slotNumber(l.wish.Scheduler, uint32(len(l.slots)))
	if err != nil {
		return err
	}
	choose := append(number, inMap(l.table))
	if l.clients == nil {
		c.add(l.chain, choose, toChosenBackend())
		return nil
	}
	alive, err := c.addAnonymousSet(l.chain.Table, backendType, backendKeys(l.slots))
	if err != nil {
		return err
	}
	timeout := l.wish.PersistenceTimeout
	c.add(l.chain, returningClient(l.clients, alive, timeout), toChosenBackend())
	c.add(l.chain, choose, rememberClient(l.clients, timeout), toChosenBackend())
	return nil
}

// toChosenBackend ends the rule with a translation to the backend in the first two registers.
func toChosenBackend() []expr.Any {
	return []expr.Any{&expr.NAT{
		Type: expr.NATTypeDestNAT, Family: familyIPv4, RegAddrMin: firstRegister, RegProtoMin: firstRegister + 1,
	}}
}

// to ends the rule with a translation to one place.
func to(place netip.AddrPort) []expr.Any {
	return append([]expr.Any{
		&expr.Immediate{Register: firstRegister, Data: place.Addr().AsSlice()},
		&expr.Immediate{Register: firstRegister + 1, Data: portBytes(place.Port())},
	}, toChosenBackend()...)
}
