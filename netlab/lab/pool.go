package lab

import (
	"fmt"
	"net/netip"
	"slices"

	"netlab/sim/cloud"
)

// A pool is a listener with the backends behind it, as they are at the moment.
type pool struct {
	listener cloud.Listener
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
func newPools(lb *cloud.LoadBalancer) []pool {
	pools := make([]pool, len(lb.Listeners))
	for i, l := range lb.Listeners {
		pools[i].listener = l
		if l.Group == nil {
			for _, s := range lb.Servers {
				pools[i].members = append(pools[i].members, member{s.Instance, l.BackendPort, s.Weight, false})
			}
			continue
		}
		for j, s := range l.Group.Servers {
			pools[i].members = append(pools[i].members, member{s.Instance, s.Port, s.Weight, l.Group.PrimarySecondary && j == 1})
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

// A Server names a backend in one of a load balancer's server groups.
type Server struct {
	LoadBalancer string
	Group        string // "" is the default server group
	Instance     string
}

// SetWeight gives a backend another weight and returns the one before. At weight 0 it takes no
// new connections; those that are open stay.
func (l *Lab) SetWeight(s Server, weight int) (before int, err error) {
	err = l.change(s, func(p *pool, i int) error {
		if i < 0 {
			return fmt.Errorf("set weight of %s: it is not a backend of %s", s.Instance, s.LoadBalancer)
		}
		before = p.members[i].weight
		p.members[i].weight = weight
		return nil
	})
	return before, err
}

// RemoveServer takes a backend out of its server group and returns the weight that it had. Its
// connections end at once, or after the listener's connection drain timeout (documented:
// ConnectionDrain). Removing one that is not there is no error (documented: RemoveBackendServers).
func (l *Lab) RemoveServer(s Server) (weight int, err error) {
	err = l.change(s, func(p *pool, i int) error {
		if i >= 0 {
			weight = p.members[i].weight
			p.members = slices.Delete(p.members, i, i+1)
		}
		return nil
	})
	return weight, err
}

// AddServer puts a backend into a server group. One that is there already is an error
// (documented: AddBackendServers).
func (l *Lab) AddServer(s Server, weight int) error {
	in := l.instances[s.Instance].spec
	return l.change(s, func(p *pool, i int) error {
		if i >= 0 {
			return fmt.Errorf("add %s: it is a backend of %s already", s.Instance, s.LoadBalancer)
		}
		port := p.listener.BackendPort
		if g := p.listener.Group; g != nil {
			j := slices.IndexFunc(g.Servers, func(gs cloud.GroupServer) bool { return gs.Instance == in })
			if j < 0 {
				return fmt.Errorf("add %s to server group %s: the file gives it no port there", s.Instance, g.Name)
			}
			port = g.Servers[j].Port
		}
		p.members = append(p.members, member{in, port, weight, false})
		return nil
	})
}

// change edits every pool of a server group; i is the backend's place in it, or -1.
func (l *Lab) change(s Server, edit func(p *pool, i int) error) error {
	b := l.balancers[s.LoadBalancer]
	b.mu.Lock()
	for i := range b.pools {
		p := &b.pools[i]
		if !p.of(s.Group) {
			continue
		}
		p.members = slices.Clone(p.members) // nodes read the old ones
		at := slices.IndexFunc(p.members, func(m member) bool { return m.instance.Name == s.Instance })
		if err := edit(p, at); err != nil {
			b.mu.Unlock()
			return err
		}
	}
	b.mu.Unlock()
	for _, n := range b.nodes {
		if err := n.sync(); err != nil {
			return err
		}
	}
	return nil
}

// current is the pools as they are now; nobody changes them.
func (b *loadBalancer) current() []pool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.pools)
}
