package control

import (
	"container/heap"
	"slices"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A Machine is the control plane of everything that a scenario's cloud holds.
type Machine struct {
	cloud     *cloud.Cloud
	scale     Scale
	seed      uint64
	now       time.Duration
	actions   []Action
	lastID    uint64
	agenda    agenda
	balancers []*balancer
	links     *PrivateLink
	enis      map[ENIID]eni

	operations []*operation
	probes     map[uint64]*check // under way
	beats      map[uint64]*beat  // likewise
}

// New is the control plane of a cloud in which nothing has been created yet. The machine owns the
// cloud's security groups from then on: calls change their rules. seed decides whatever the cloud
// leaves to chance.
func New(c *cloud.Cloud, seed uint64) *Machine {
	m := &Machine{
		cloud: c, scale: Scale(c.TimeScale), seed: seed,
		enis: map[ENIID]eni{}, probes: map[uint64]*check{}, beats: map[uint64]*beat{},
	}
	m.links = NewPrivateLink(m.scale.Profile(c.Profile), seed)
	for _, lb := range c.LoadBalancers {
		m.balancers = append(m.balancers, newBalancer(m, lb))
	}
	return m
}

// Step lets time pass until at, takes an input and returns the actions that follow, in order. A
// time before that of the step before counts as the same.
func (m *Machine) Step(at time.Duration, in Input) []Action {
	m.now = max(m.now, at)
	m.advance()
	in.apply(m)
	m.settle()
	done := m.actions
	m.actions = nil
	return done
}

// Next is when Step must be called, with a Tick if nothing else comes in; ok is false when only an
// input can change anything.
func (m *Machine) Next() (at time.Duration, ok bool) {
	consider := func(t time.Duration, due bool) {
		if due && (!ok || t < at) {
			at, ok = t, true
		}
	}
	if len(m.agenda.list) > 0 {
		consider(m.agenda.list[0].at, true)
	}
	consider(m.links.Next())
	for _, b := range m.balancers {
		if b.failover != nil {
			consider(b.failover.Next())
		}
	}
	return at, ok
}

// Endpoint is an endpoint and its connection as they stand; ok is false before it is created.
func (m *Machine) Endpoint(name string) (e Endpoint, ok bool) { return m.links.Endpoint(name) }

// advance does whatever was due until now.
func (m *Machine) advance() {
	m.linked(m.links.Advance(m.now))
	for _, b := range m.balancers {
		if b.failover != nil {
			b.decided(b.failover.Tick(m.now))
		}
	}
	for len(m.agenda.list) > 0 && m.agenda.list[0].at <= m.now {
		heap.Pop(&m.agenda).(appointment).keep()
	}
}

func (m *Machine) do(a ...Action) { m.actions = append(m.actions, a...) }

func (m *Machine) tell(at time.Duration, what event.Payload) { m.do(Tell{at, what}) }

// id is a number that no probe or heartbeat has had.
func (m *Machine) id() uint64 {
	m.lastID++
	return m.lastID
}

// balancer is the created load balancer of that name, or nil.
func (m *Machine) balancer(name string) *balancer {
	i := slices.IndexFunc(m.balancers, func(b *balancer) bool { return b.spec.Name == name })
	if i < 0 {
		return nil
	}
	return m.balancers[i]
}

// at makes an appointment: keep is called when the time has come. Who makes one that may be out of
// date by then lets keep find that out.
func (m *Machine) at(t time.Duration, keep func()) {
	m.agenda.made++
	heap.Push(&m.agenda, appointment{t, m.agenda.made, keep})
}
