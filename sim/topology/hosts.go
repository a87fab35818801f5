package topology

import (
	"net/netip"
	"slices"

	"netlab/scenarios"
	"netlab/sim/cloud"
)

// plain is a wire without impairment.
var plain scenarios.Impairment

// fabrics makes the provider's own network: one host a zone, the zones joined.
func (k *compiler) fabrics() {
	zones := k.fabricZones()
	for i, z := range zones {
		k.host(Host{Name: fabric(z), Kind: Fabric, Zone: z, Addresses: []netip.Addr{nth(fabricBlock, i+1)},
			Routes: []Route{{Dst: everything}}})
	}
	k.mesh(fabric, zones)
	for i, z := range zones {
		for _, other := range zones {
			if other != z {
				k.route(fabric(other), hostRoute(nth(fabricBlock, i+1)), fabric(z))
			}
		}
	}
}

// routers makes each VPC's virtual router, one host a zone, with the VPC's resolver on each.
// What a VPC has no route for is dropped without an answer.
func (k *compiler) routers() {
	for _, v := range k.cloud.VPCs {
		zones := k.vpcZones(v)
		for _, z := range zones {
			k.host(Host{Name: router(v)(z), Kind: Router, Zone: z, VPC: v.Name,
				Addresses: []netip.Addr{k.cloud.Profile.Resolver}, Routes: []Route{{Dst: everything}}})
		}
		k.mesh(router(v), zones)
		for _, s := range v.VSwitches {
			for _, z := range zones {
				if z != s.Zone {
					k.route(router(v)(z), s.CIDRBlock, router(v)(s.Zone))
				}
			}
		}
	}
}

func (k *compiler) instances() {
	for _, in := range k.cloud.Instances {
		s := in.VSwitch
		home := router(s.VPC)(s.Zone)
		k.host(Host{Name: in.Name, Kind: Instance, Zone: s.Zone, VPC: s.VPC.Name})
		k.connect(in.Name, home, in.PrivateIP, netip.Addr{}, plain)
		k.route(in.Name, everything, home)
		k.route(home, hostRoute(in.PrivateIP), in.Name)
	}
}

// loadBalancers makes each CLB's nodes: eth0 on the fabric, eth1 in the provider's VPC.
func (k *compiler) loadBalancers() {
	probes := 0
	for i, lb := range k.cloud.LoadBalancers {
		v := lb.VSwitch.VPC
		for _, z := range lb.Zones() {
			probes++
			table := &CLBTable{LoadBalancer: lb.Name, Zone: z, VIP: lb.Address,
				Service: nth(serviceBlock, i+1), Probe: nth(probeBlock, probes), Number: k.number(lb)}
			name := k.host(Host{Name: NodeHost(lb, z), Kind: CLBNode, Zone: z, VPC: v.Name,
				Addresses: []netip.Addr{table.VIP, table.Service, table.Probe},
				Routes:    []Route{{Dst: everything}}, CLB: table})
			k.connect(name, fabric(z), netip.Addr{}, netip.Addr{}, plain)
			k.connect(name, router(v)(z), netip.Addr{}, netip.Addr{}, plain)
			k.route(name, fabricRange, fabric(z))
			k.route(name, v.CIDRBlock, router(v)(z))
			k.routeIn(fabric, k.fabricZones(), z, hostRoute(table.Probe), name)
			k.routeIn(router(v), k.vpcZones(v), z, hostRoute(table.Probe), name)
		}
	}
}

// number tells the load balancers of one VPC apart, from 1.
func (k *compiler) number(lb *cloud.LoadBalancer) int {
	n := 0
	for _, other := range k.cloud.LoadBalancers {
		if other.VSwitch.VPC == lb.VSwitch.VPC {
			n++
		}
		if other == lb {
			break
		}
	}
	return n
}

// endpoints makes each endpoint's ENIs: eth0 in the consumer's vSwitch, eth1 on the fabric.
func (k *compiler) endpoints() {
	for _, ep := range k.cloud.Endpoints {
		for _, ez := range ep.Zones {
			table := &ENITable{Endpoint: ep.Name, Zone: ez.Zone, Address: ez.IP, Paths: k.paths(ep.Service, ez.Zone)}
			home := router(ep.VPC)(ez.Zone)
			name := k.host(Host{Name: eni(ep, ez.Zone), Kind: ENI, Zone: ez.Zone, VPC: ep.VPC.Name,
				Routes: []Route{{Dst: everything}}, ENI: table})
			k.connect(name, home, table.Address, netip.Addr{}, plain)
			k.connect(name, fabric(ez.Zone), table.Paths[0].Source, netip.Addr{}, plain)
			k.route(name, ep.VPC.CIDRBlock, home)
			k.route(name, fabricRange, fabric(ez.Zone))
			k.routeIn(router(ep.VPC), k.vpcZones(ep.VPC), ez.Zone, hostRoute(table.Address), name)
			for _, p := range table.Paths {
				k.routeIn(fabric, k.fabricZones(), ez.Zone, hostRoute(p.Source), name)
			}
		}
	}
}

// paths are those from one ENI to the load balancers that an endpoint service has in its zone.
func (k *compiler) paths(s *cloud.EndpointService, z cloud.Zone) []ENIPath {
	var paths []ENIPath
	for _, r := range s.Resources {
		if r.Zone != z {
			continue
		}
		k.sources++
		i := slices.Index(k.cloud.LoadBalancers, r.LoadBalancer)
		paths = append(paths, ENIPath{LoadBalancer: r.LoadBalancer.Name,
			Service: nth(serviceBlock, i+1), Source: nth(sourceBlock, k.sources)})
	}
	return paths
}
