package control

import (
	"net/netip"
	"slices"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A cluster is a load balancer's node in one zone. It checks every backend on its own and fills
// its slot tables with those that it finds normal.
type cluster struct {
	balancer *balancer
	id       NodeID
	powered  bool
	starts   int      // how often it was started: what was begun before a start is out of date
	checks   []*check // none while it has no power
	slots    map[cloud.ListenerID]slots
}

// slots are what a listener's new connections were given last.
type slots []share

// backends are the names of those that take new connections.
func (s slots) backends() []string {
	names := make([]string, len(s))
	for i := range s {
		names[i] = s[i].name
	}
	return names
}

// A share is a backend that takes new connections, and its weight.
type share struct {
	name    string
	address netip.AddrPort
	weight  int
}

// A check is a cluster's health check of one backend for one listener: a listener checks a backend
// on its own account.
type check struct {
	cluster  *cluster
	listener cloud.Listener
	member   member
	health   *Health
	probe    uint64 // under way; 0: none
	gone     bool   // the backend was removed, or the cluster lost its power
}

// running says whether the cluster checks and serves.
func (c *cluster) running() bool { return c.powered && c.balancer.created }

// start begins the cluster's health checks: every backend is unavailable until its check has
// finished.
func (c *cluster) start() {
	c.starts++
	c.sync()
}

func (c *cluster) stop() {
	for _, k := range c.checks {
		k.gone = true
	}
	c.checks = nil
}

// sync brings the checks and the slot tables in line with the load balancer's pools. A cluster
// that is not running catches up when it starts.
func (c *cluster) sync() {
	if !c.running() {
		return
	}
	var wanted []*check
	for _, p := range c.balancer.pools {
		for i, m := range p.members {
			if m.standby {
				continue
			}
			k := c.find(p.listener.ID(), m.address())
			if k == nil {
				k = c.begin(p, i)
			}
			change, changed := k.health.SetWeight(c.balancer.m.now, m.weight)
			if changed && change.From != cloud.Unavailable { // not a check that only begins
				k.tell(change, nil)
			}
			wanted = append(wanted, k)
		}
	}
	before := c.checks
	c.checks = wanted
	c.fill()
	for _, k := range before {
		if !slices.Contains(wanted, k) {
			k.gone = true
			c.release(k)
		}
	}
}

func (c *cluster) find(listener cloud.ListenerID, backend netip.AddrPort) *check {
	for _, k := range c.checks {
		if k.listener.ID() == listener && k.member.address() == backend {
			return k
		}
	}
	return nil
}

// begin starts the check of a pool's member. The first probes of a pool's members are spread over
// one interval.
func (c *cluster) begin(p pool, i int) *check {
	first := c.balancer.m.now + p.listener.HealthCheck.Interval*time.Duration(i)/time.Duration(len(p.members))
	k := &check{cluster: c, listener: p.listener, member: p.members[i], health: NewHealth(p.listener.HealthCheck, first)}
	k.schedule()
	return k
}

func (k *check) schedule() { k.cluster.balancer.m.at(k.health.NextProbe(), k.send) }

func (k *check) send() {
	if k.gone {
		return
	}
	m := k.cluster.balancer.m
	k.probe = m.id()
	m.probes[k.probe] = k
	port := k.listener.HealthCheck.Port
	if port == 0 {
		port = k.member.port // documented: the check port defaults to the backend's
	}
	m.do(Probe{ID: k.probe, Node: k.cluster.id, Backend: netip.AddrPortFrom(k.member.instance.PrivateIP, port),
		Check: k.listener.HealthCheck, Timeout: k.health.Timeout()})
}

// probed takes the result of a probe. One whose backend was removed meanwhile, or whose cluster
// lost its power, says nothing any more.
func (m *Machine) probed(r ProbeResult) {
	k := m.probes[r.ID]
	delete(m.probes, r.ID)
	if k == nil || k.gone {
		return
	}
	before := k.health.Probed()
	change, changed := k.health.Observe(m.now, r.Cause == nil)
	k.schedule()
	if changed {
		k.cluster.fill()
		k.tell(change, r.Cause)
	}
	// A backend of weight 0 is reported normal, dead or not; the connections to it go all the same.
	if after := k.health.Probed(); after == cloud.Abnormal && before != after {
		k.cluster.release(k)
	}
}

func (k *check) tell(change HealthChange, cause error) {
	id := k.cluster.id
	told := event.Health{LoadBalancer: id.LoadBalancer, Zone: id.Zone, Listener: k.listener.ID(),
		Backend: k.member.instance.Name, From: change.From, To: change.To}
	if cause != nil {
		told.Cause = cause.Error()
	}
	k.cluster.balancer.m.tell(change.At, told)
}

// release ends the connections to a backend that takes no new ones any more: at once, or, with
// connection drain, when its timeout is over and the backend has not come back (documented:
// ConnectionDrain). Without this a flow to a dead backend would stay pinned to it.
func (c *cluster) release(k *check) {
	end := EndConnections{c.id, k.listener.ID(), k.member.address()}
	m, starts := c.balancer.m, c.starts
	if k.listener.ConnectionDrainTimeout == 0 {
		m.do(end)
		return
	}
	m.at(m.now+k.listener.ConnectionDrainTimeout, func() {
		now := c.find(k.listener.ID(), k.member.address())
		back := now != nil && now.health.Probed() == cloud.Normal // a weight of 0 heals nothing
		if c.running() && c.starts == starts && !back {
			m.do(end)
		}
	})
}

// ready says whether every check has finished since the cluster came up.
func (c *cluster) ready() bool {
	return c.running() && !slices.ContainsFunc(c.checks, func(k *check) bool { return k.health.Status() == cloud.Unavailable })
}

// fill brings the slot tables up to date with the checks. A table that stays as it is is not set
// again, nor told of.
func (c *cluster) fill() {
	m := c.balancer.m
	for _, p := range c.balancer.pools {
		next := c.shares(p)
		last, filled := c.slots[p.listener.ID()]
		if filled && slices.Equal(last, next) {
			continue
		}
		c.slots[p.listener.ID()] = next
		m.do(SetSlots{c.id, p.listener.ID(), next.table(p.listener.Scheduler, m.seed)})
		m.tell(m.now, event.Slots{LoadBalancer: c.id.LoadBalancer, Zone: c.id.Zone, Listener: p.listener.ID(), Backends: next.backends()})
	}
}

func (c *cluster) shares(p pool) slots {
	var takers slots
	for i, m := range p.members {
		if c.takes(p, i) {
			takers = append(takers, share{m.instance.Name, m.address(), m.weight})
		}
	}
	return takers
}

// table is the slot table that a scheduler makes of the shares.
func (s slots) table(scheduler string, seed uint64) []netip.AddrPort {
	weights := make([]int, len(s))
	for i := range s {
		weights[i] = s[i].weight
	}
	table, err := Slots(scheduler, s.backends(), weights, seed)
	if err != nil {
		panic(err) // cloud.Build refuses schedulers that there is no table for
	}
	addresses := make([]netip.AddrPort, len(table))
	for i, at := range table {
		addresses[i] = s[at].address
	}
	return addresses
}

// takes says whether a pool's member takes new connections.
func (c *cluster) takes(p pool, i int) bool {
	m := p.members[i]
	if m.standby {
		return !c.takes(p, 0)
	}
	k := c.find(p.listener.ID(), m.address())
	return k != nil && k.health.Status() == cloud.Normal && m.weight > 0
}
