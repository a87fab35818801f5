package control

import (
	"fmt"
	"net/netip"
	"slices"

	"netlab/sim/cloud"
)

// A pool is a listener with the backends behind it, as they are at the moment.
type pool struct {
	listener cloud.Listener // at the scenario's speed
	members  []member
}

// A member is a backend of a pool.
type member struct {
	instance *cloud.Instance
	port     uint16
	weight   int
	// standby is the secondary of a primary/secondary group: it is not checked, and serves
	// while the primary is not normal (documented: SLB "Primary/secondary server groups").
	standby bool
}

func (m member) address() netip.AddrPort { return netip.AddrPortFrom(m.instance.PrivateIP, m.port) }

// newPools has one for each listener: with the members of its own server group, or with those of
// the load balancer's default one.
func newPools(scale Scale, lb *cloud.LoadBalancer) []pool {
	pools := make([]pool, len(lb.Listeners))
	for i, l := range lb.Listeners {
		pools[i].listener = scale.Listener(l)
		for j, s := range lb.Backends(l) {
			standby := l.Group != nil && l.Group.PrimarySecondary && j == 1
			pools[i].members = append(pools[i].members, member{s.Instance, s.Port, s.Weight, standby})
		}
	}
	return pools
}

// of says whether the pool's members are those of a server group, "" for the default one.
func (p pool) of(group string) bool {
	if p.listener.Group == nil {
		return group == ""
	}
	return p.listener.Group.Name == group
}

func (c SetWeight) begin(m *Machine) *operation {
	return m.edit(c.Server, func(p *pool, i int, r *Result) error {
		if i < 0 {
			return refuse("", "set weight of %s: it is not a backend of %s", c.Server.Instance, c.Server.LoadBalancer)
		}
		r.Weight = p.members[i].weight
		p.members[i].weight = c.Weight
		return nil
	})
}

func (c RemoveServer) begin(m *Machine) *operation {
	return m.edit(c.Server, func(p *pool, i int, r *Result) error {
		if i >= 0 {
			r.Weight = p.members[i].weight
			p.members = slices.Delete(p.members, i, i+1)
		}
		return nil
	})
}

func (c AddServer) begin(m *Machine) *operation {
	in := m.cloud.Instance(c.Server.Instance)
	if in == nil {
		return fail(fmt.Errorf("add %s to %s: there is no such instance", c.Server.Instance, c.Server.LoadBalancer))
	}
	return m.edit(c.Server, func(p *pool, i int, _ *Result) error {
		if i >= 0 {
			return refuse("", "add %s: it is a backend of %s already", in.Name, c.Server.LoadBalancer)
		}
		port := p.listener.BackendPort
		if g := p.listener.Group; g != nil {
			j := slices.IndexFunc(g.Servers, func(s cloud.GroupServer) bool { return s.Instance == in })
			if j < 0 {
				return refuse("", "add %s to server group %s: the file gives it no port there", in.Name, g.Name)
			}
			port = g.Servers[j].Port
		}
		p.members = append(p.members, member{in, port, c.Weight, false})
		return nil
	})
}

// edit changes every pool of a server group, or none; i is the backend's place in it, or -1.
func (m *Machine) edit(s ServerRef, change func(p *pool, i int, r *Result) error) *operation {
	b := m.balancer(s.LoadBalancer)
	if b == nil {
		return fail(fmt.Errorf("change servers of %s: there is no such load balancer", s.LoadBalancer))
	}
	o := &operation{}
	pools := slices.Clone(b.pools)
	for i := range pools {
		p := &pools[i]
		if !p.of(s.Group) {
			continue
		}
		if g := p.listener.Group; g != nil && g.PrimarySecondary {
			return fail(refuse("", "change %s: the servers of primary/secondary group %s are fixed", s.Instance, g.Name))
		}
		p.members = slices.Clone(p.members)
		at := slices.IndexFunc(p.members, func(m member) bool { return m.instance.Name == s.Instance })
		if err := change(p, at, &o.result); err != nil {
			return fail(err)
		}
	}
	b.pools = pools
	b.sync()
	return o
}
