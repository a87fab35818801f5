package figures

import (
	"slices"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A board is where new connections go at an instant: which zone serves each load balancer, and what
// stands in the slots of each listener on each node.
type board struct {
	cloud   *cloud.Cloud
	serving map[string]cloud.Zone // by load balancer
	slots   map[cloud.Zone]map[slotTable][]string
}

// A slotTable is a listener's, on whichever node.
type slotTable struct {
	loadBalancer string
	listener     cloud.ListenerID
}

// newBoard is the board before anything was told: the primary zone serves, and slots hold the
// listener's server group as the scenario has it.
func newBoard(c *cloud.Cloud) *board {
	b := &board{cloud: c, serving: make(map[string]cloud.Zone), slots: make(map[cloud.Zone]map[slotTable][]string)}
	for _, lb := range c.LoadBalancers {
		b.serving[lb.Name] = lb.MasterZone
		for _, l := range lb.Listeners {
			for _, zone := range lb.Zones() {
				b.fill(zone, slotTable{lb.Name, l.ID()}, backends(lb, l))
			}
		}
	}
	return b
}

// backends are the instances behind a listener, each once: one may serve on several ports.
func backends(lb *cloud.LoadBalancer, l cloud.Listener) []string {
	var names []string
	for _, s := range lb.Backends(l) {
		if !slices.Contains(names, s.Instance.Name) {
			names = append(names, s.Instance.Name)
		}
	}
	return names
}

func (b *board) fill(zone cloud.Zone, table slotTable, backends []string) {
	if b.slots[zone] == nil {
		b.slots[zone] = make(map[slotTable][]string)
	}
	b.slots[zone][table] = backends
}

// take brings the board up to date and reports whether the event changed it.
func (b *board) take(e event.Event) bool {
	switch what := e.What.(type) {
	case event.Route:
		b.serving[what.LoadBalancer] = what.To
		return true
	case event.Slots:
		listener, known := b.listener(what)
		if known {
			b.fill(what.Zone, slotTable{what.LoadBalancer, listener}, what.Backends)
		}
		return known
	}
	return false
}

// listener is whose slots an event tells. Bundles of version 1 did not say: there it is known where
// the load balancer has no other.
func (b *board) listener(s event.Slots) (cloud.ListenerID, bool) {
	if s.Listener != (cloud.ListenerID{}) {
		return s.Listener, true
	}
	if lb := b.cloud.LoadBalancer(s.LoadBalancer); lb != nil && len(lb.Listeners) == 1 {
		return lb.Listeners[0].ID(), true
	}
	return cloud.ListenerID{}, false
}

// sendingTo are the listeners with one of the backends in the slots of the node that serves.
func (b *board) sendingTo(backends map[string]bool) []slotTable {
	var out []slotTable
	for zone, tables := range b.slots {
		for table, slots := range tables {
			if zone == b.serving[table.loadBalancer] && holdsAny(slots, backends) {
				out = append(out, table)
			}
		}
	}
	return out
}

// rid reports whether each of the listeners sends to others than the lost backends alone.
func (b *board) rid(listeners []slotTable, lost map[string]bool) bool {
	for _, table := range listeners {
		slots := b.slots[b.serving[table.loadBalancer]][table]
		if len(slots) == 0 || holdsAny(slots, lost) {
			return false
		}
	}
	return true
}

func holdsAny(slots []string, backends map[string]bool) bool {
	for _, name := range slots {
		if backends[name] {
			return true
		}
	}
	return false
}
