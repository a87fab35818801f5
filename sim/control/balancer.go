package control

import (
	"slices"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A balancer is a CLB: a cluster in each of its zones, each with its own health checks, and the
// monitor that decides which of them serves.
type balancer struct {
	m        *Machine
	spec     *cloud.LoadBalancer
	pools    []pool     // one a listener
	clusters []*cluster // the primary first
	created  bool
	failover *Failover // nil for a single-zone CLB and before it is created
	beats    []uint64  // heartbeats on their way, the oldest first
}

func newBalancer(m *Machine, spec *cloud.LoadBalancer) *balancer {
	b := &balancer{m: m, spec: spec, pools: newPools(m.scale, spec)}
	for _, z := range spec.Zones() {
		b.clusters = append(b.clusters, &cluster{balancer: b, id: NodeID{spec.Name, z}, powered: true,
			slots: map[cloud.ListenerID]slots{}})
	}
	return b
}

// create gives the load balancer its address, its listeners and its backends. It has ended once
// every health check of both zones has finished.
func (b *balancer) create() *operation {
	if b.created {
		return fail(refuse("", "create load balancer %s: it exists already", b.spec.Name))
	}
	return &operation{steps: []step{{
		call: func() error {
			b.created = true
			b.m.do(Serve{LoadBalancer: b.spec.Name, To: b.spec.MasterZone})
			for _, c := range b.clusters {
				for _, p := range b.pools {
					b.m.do(AddListener{c.id, p.listener})
				}
				if c.powered {
					c.start()
				}
			}
			if len(b.clusters) > 1 {
				b.monitor()
			}
			return nil
		},
		done: func() bool {
			return !slices.ContainsFunc(b.clusters, func(c *cluster) bool { return !c.ready() })
		},
	}}}
}

// sync brings every cluster in line with the pools.
func (b *balancer) sync() {
	for _, c := range b.clusters {
		c.sync()
	}
}

func (b *balancer) cluster(zone cloud.Zone) *cluster {
	i := slices.IndexFunc(b.clusters, func(c *cluster) bool { return c.id.Zone == zone })
	if i < 0 {
		return nil
	}
	return b.clusters[i]
}

// power stops the checks of a cluster that lost its power, and starts them afresh when it has it
// again.
func (m *Machine) power(p Power) {
	b := m.balancer(p.LoadBalancer)
	if b == nil || b.cluster(p.Zone) == nil {
		return
	}
	c := b.cluster(p.Zone)
	if c.powered == p.On {
		return
	}
	c.powered = p.On
	switch {
	case !b.created:
	case p.On:
		c.start()
	default:
		c.stop()
	}
}

// decided carries out what the monitor concludes.
func (b *balancer) decided(d Decision) {
	for _, n := range d.Nodes {
		b.m.tell(n.At, event.Node{LoadBalancer: b.spec.Name, Zone: n.Zone, From: n.From, To: n.To})
	}
	if d.Moved() {
		b.m.do(Serve{LoadBalancer: b.spec.Name, From: d.From, To: d.Serve})
	}
}
