package cloud

import "slices"

// zonesInUse are the zones that hold a vSwitch or a load balancer's node.
func (b *builder) zonesInUse() []string {
	var out []string
	add := func(z Zone) {
		if z != "" && !slices.Contains(out, string(z)) {
			out = append(out, string(z))
		}
	}
	for _, v := range b.cloud.VPCs {
		for _, w := range v.VSwitches {
			add(w.Zone)
		}
	}
	for _, lb := range b.cloud.LoadBalancers {
		add(lb.MasterZone)
		add(lb.SlaveZone)
	}
	return out
}

// hostNames are the names that topologies give to hosts.
func (b *builder) hostNames() {
	b.hosts = map[string]bool{}
	enter := func(host string) {
		if host != "" && !b.hosts[host] {
			b.hosts[host] = true
			b.kinds[aHost] = append(b.kinds[aHost], host)
		}
	}
	add := func(name string, z Zone) {
		if name != "" && z != "" {
			enter(name + "." + z.Short())
		}
	}
	for _, v := range b.cloud.VPCs {
		for _, w := range v.VSwitches {
			add(v.Name, w.Zone)
		}
	}
	for _, lb := range b.cloud.LoadBalancers {
		for _, z := range lb.Zones() {
			if lb.VSwitch != nil {
				add(lb.VSwitch.VPC.Name, z)
			}
			add(lb.Name, z)
		}
	}
	for _, e := range b.cloud.Endpoints {
		for _, z := range e.Zones {
			add(e.Name, z.Zone)
		}
	}
	for _, e := range b.cloud.Instances {
		enter(e.Name)
	}
}
