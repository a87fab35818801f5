package topology

import (
	"net/netip"

	"netlab/sim/cloud"
)

// steers lists, for each load balancer and each of its zones, the routes that make the zone's
// node serve: the way back from the backends first, then the way in.
func (k *compiler) steers() {
	for i, lb := range k.cloud.LoadBalancers {
		v := lb.VSwitch.VPC
		for _, z := range lb.Zones() {
			s := Steer{LoadBalancer: lb.Name, Zone: z}
			back := k.returns(lb)
			toNode := k.steer(router(v), k.vpcZones(v), lb, z)
			for _, dst := range back {
				s.add(toNode, Route{Dst: hostRoute(dst)})
			}
			s.add(toNode, Route{Dst: everything, Table: ReturnTable(k.number(lb))})
			s.add(toNode, Route{Dst: hostRoute(lb.Address)})
			s.add(k.steer(fabric, k.fabricZones(), lb, z), Route{Dst: hostRoute(nth(serviceBlock, i+1))})
			k.Steers = append(k.Steers, s)
		}
	}
}

// add appends a route on every host that has a NIC towards the serving node.
func (s *Steer) add(towards []End, r Route) {
	for _, end := range towards {
		r.NIC = end.NIC
		s.Routes = append(s.Routes, HostRoute{end.Host, r})
	}
}

// steer finds, for every member of a zoned family, the NIC that leads to the load balancer's node
// in zone.
func (k *compiler) steer(family func(cloud.Zone) string, zones []cloud.Zone, lb *cloud.LoadBalancer, zone cloud.Zone) []End {
	var towards []End
	for _, z := range zones {
		next := NodeHost(lb, zone)
		if z != zone {
			next = family(zone)
		}
		host := family(z)
		towards = append(towards, End{host, k.nics[[2]string{host, next}]})
	}
	return towards
}

// returns are the fabric addresses of the ENI paths that lead to a load balancer: what its
// backends see as clients.
func (k *compiler) returns(lb *cloud.LoadBalancer) []netip.Addr {
	var addrs []netip.Addr
	for i := range k.Hosts {
		if table := k.Hosts[i].ENI; table != nil {
			for _, p := range table.Paths {
				if p.LoadBalancer == lb.Name {
					addrs = append(addrs, p.Source)
				}
			}
		}
	}
	return addrs
}

// Steer returns the routes that make zone serve the load balancer, or nil.
func (t *Topology) Steer(loadBalancer string, zone cloud.Zone) *Steer {
	for i := range t.Steers {
		if s := &t.Steers[i]; s.LoadBalancer == loadBalancer && s.Zone == zone {
			return s
		}
	}
	return nil
}
