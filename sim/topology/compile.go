package topology

import (
	"cmp"
	"net/netip"
	"slices"

	"netlab/scenarios"
	"netlab/sim/cloud"
)

// Blocks of 100.64.0.0/10, the range that the provider keeps for itself (documented: health
// checks and system traffic come from it). How it is cut is netlab's choice.
var (
	fabricRange  = netip.MustParsePrefix("100.64.0.0/10")
	probeBlock   = netip.MustParseAddr("100.64.0.0") // sources of health checks, one a CLB node
	serviceBlock = netip.MustParseAddr("100.65.0.0") // what endpoint ENIs send to, one a CLB
	sourceBlock  = netip.MustParseAddr("100.66.0.0") // SNAT sources, one a path of an endpoint ENI
	fabricBlock  = netip.MustParseAddr("100.67.0.0") // the fabric's own, one a zone
	everything   = netip.MustParsePrefix("0.0.0.0/0")
)

// Compile lays a cloud out as namespaces and links. The same cloud gives the same topology.
func Compile(c *cloud.Cloud, links scenarios.Links) *Topology {
	k := &compiler{cloud: c, interZone: links.InterZone, nics: map[[2]string]string{}}
	k.fabrics()
	k.routers()
	k.instances()
	k.loadBalancers()
	k.endpoints()
	k.steers()
	return &k.Topology
}

type compiler struct {
	Topology
	cloud     *cloud.Cloud
	interZone scenarios.Impairment
	nics      map[[2]string]string // the NIC of the first host that leads to the second
	macs      uint32
	sources   int // of ENIs' paths
}

func (k *compiler) host(h Host) string {
	k.Hosts = append(k.Hosts, h)
	return h.Name
}

// connect links two hosts; aa and ba are the addresses of the ends, zero for none.
func (k *compiler) connect(a, b string, aa, ba netip.Addr, wire scenarios.Impairment) {
	left, right := k.Host(a), k.Host(b)
	ln := NIC{Name: nicName(len(left.NICs)), MAC: k.mac(), Address: aa, Peer: b}
	rn := NIC{Name: nicName(len(right.NICs)), MAC: k.mac(), Address: ba, Peer: a}
	ln.PeerMAC, rn.PeerMAC = rn.MAC, ln.MAC
	left.NICs = append(left.NICs, ln)
	right.NICs = append(right.NICs, rn)
	k.nics[[2]string{a, b}], k.nics[[2]string{b, a}] = ln.Name, rn.Name
	k.Links = append(k.Links, Link{A: End{a, ln.Name}, B: End{b, rn.Name}, Delay: wire.Delay})
}

func nicName(n int) string {
	const digits = "0123456789"
	if n < 10 {
		return "eth" + digits[n:n+1]
	}
	return nicName(n/10) + digits[n%10:n%10+1]
}

// mac counts up: unique in the lab, locally administered.
func (k *compiler) mac() MAC {
	k.macs++
	return MAC{0x02, 0x4e, 0x4c, byte(k.macs >> 16), byte(k.macs >> 8), byte(k.macs)}
}

// route makes host send dst towards the neighbour host.
func (k *compiler) route(host string, dst netip.Prefix, towards string) {
	h := k.Host(host)
	h.Routes = append(h.Routes, Route{Dst: dst, NIC: k.nics[[2]string{host, towards}]})
}

// routeIn makes every host of a zoned family (a VPC's routers, the fabrics) find dst, which
// hangs off the family's member in zone home: directly there, across the zones elsewhere.
func (k *compiler) routeIn(family func(cloud.Zone) string, zones []cloud.Zone, home cloud.Zone, dst netip.Prefix, owner string) {
	for _, z := range zones {
		if z == home {
			k.route(family(z), dst, owner)
		} else {
			k.route(family(z), dst, family(home))
		}
	}
}

func (k *compiler) mesh(family func(cloud.Zone) string, zones []cloud.Zone) {
	for i, a := range zones {
		for _, b := range zones[i+1:] {
			k.connect(family(a), family(b), netip.Addr{}, netip.Addr{}, k.interZone)
		}
	}
}

func fabric(z cloud.Zone) string { return "fabric." + z.Short() }

func router(v *cloud.VPC) func(cloud.Zone) string {
	return func(z cloud.Zone) string { return v.Name + "." + z.Short() }
}

// NodeHost is the name of the host that is a load balancer's node in a zone.
func NodeHost(lb *cloud.LoadBalancer, z cloud.Zone) string { return lb.Name + "." + z.Short() }

func eni(ep *cloud.Endpoint, z cloud.Zone) string { return ep.Name + "." + z.Short() }

// fabricZones are the zones in which the provider's own network has something to carry.
func (k *compiler) fabricZones() []cloud.Zone {
	var zones []cloud.Zone
	for _, lb := range k.cloud.LoadBalancers {
		zones = append(zones, lb.Zones()...)
	}
	for _, ep := range k.cloud.Endpoints {
		for _, z := range ep.Zones {
			zones = append(zones, z.Zone)
		}
	}
	return sorted(zones)
}

// vpcZones are the zones in which a VPC has a vSwitch or a load balancer's node.
func (k *compiler) vpcZones(v *cloud.VPC) []cloud.Zone {
	var zones []cloud.Zone
	for _, s := range v.VSwitches {
		zones = append(zones, s.Zone)
	}
	for _, lb := range k.cloud.LoadBalancers {
		if lb.VSwitch.VPC == v {
			zones = append(zones, lb.Zones()...)
		}
	}
	return sorted(zones)
}

func sorted(zones []cloud.Zone) []cloud.Zone {
	slices.SortFunc(zones, func(a, b cloud.Zone) int { return cmp.Compare(a, b) })
	return slices.Compact(zones)
}

// nth is the n-th address (from 1) of a block.
func nth(block netip.Addr, n int) netip.Addr {
	b := block.As4()
	b[2], b[3] = byte(n>>8), byte(n)
	return netip.AddrFrom4(b)
}

func hostRoute(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
