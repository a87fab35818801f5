package forward

import (
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
	var table *nftables.Set
	if len(slots) > 0 {
		var err error
		if table, err = c.addSlotTable(l, slots); err != nil {
			return err
		}
	}
	clients := l.clients
	if wish.PersistenceTimeout != l.wish.PersistenceTimeout {
		clients = nil
		if wish.PersistenceTimeout > 0 {
			clients = c.newSet(persistence(c.rewrites, l.setName("clients"), wish.PersistenceTimeout))
			if err := c.rules.AddSet(clients, nil); err != nil {
				return err
			}
		}
	}

	c.rules.FlushChain(l.chain)
	if err := c.addAccessControl(l.chain, wish.ACL); err != nil {
		return err
	}
	if table != nil {
		if err := c.addChoice(l.chain, wish, slots, table, clients); err != nil {
			return err
		}
	}
	for _, old := range []struct{ before, after *nftables.Set }{{l.table, table}, {l.clients, clients}} {
		if old.before != nil && old.before != old.after {
			c.rules.DelSet(old.before)
		}
	}
	if err := c.rules.Flush(); err != nil {
		return err
	}
	l.wish, l.slots, l.table, l.clients = wish, slots, table, clients
	return nil
}

func (l *listener) setName(what string) string {
	l.loads++
	return fmt.Sprintf("%s-%s-%d", l.chain.Name, what, l.loads)
}

// addChoice adds the rules that give a new connection its backend.
func (c *CLB) addChoice(chain *nftables.Chain, l cloud.Listener, slots []netip.AddrPort, table, clients *nftables.Set) error {
	// A backend that is a client at once gets no answer (documented: SLB FAQ, a backend of a
	// layer-4 listener can't call its own VIP). A backend without a slot can: inferred.
	self, err := c.addAnonymousSet(chain.Table, nftables.TypeIPAddr, backendAddresses(slots))
	if err != nil {
		return err
	}
	c.add(chain, []expr.Any{ipField(firstRegister, offsetSource), inSet(self)}, drop())

	number, err := slotNumber(l.Scheduler, uint32(len(slots)))
	if err != nil {
		return err
	}
	if clients == nil {
		c.add(chain, number, []expr.Any{inMap(table)}, toChosenBackend())
		return nil
	}
	alive, err := c.addAnonymousSet(chain.Table, backendType, backendKeys(slots))
	if err != nil {
		return err
	}
	c.add(chain, returningClient(clients, alive, l.PersistenceTimeout), toChosenBackend())
	c.add(chain, number, []expr.Any{inMap(table)}, rememberClient(clients, l.PersistenceTimeout), toChosenBackend())
	return nil
}

// toChosenBackend ends the rule with a translation to the backend in the first two registers.
func toChosenBackend() []expr.Any {
	return []expr.Any{&expr.NAT{
		Type: expr.NATTypeDestNAT, Family: familyIPv4, RegAddrMin: firstRegister, RegProtoMin: firstRegister + 1,
	}}
}
