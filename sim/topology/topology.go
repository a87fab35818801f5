// Package topology says which namespaces, links, addresses, routes and forwarding tables make a
// Cloud real. Compile is pure: the same cloud gives the same topology, which `netlab plan` prints
// and the kernel lab realises.
//
// Every link is a routed point-to-point veth pair, as a VPC is: no bridge, no broadcast, no ARP.
// A NIC has exactly one neighbour, its peer, so a route is a destination and a NIC.
package topology

import (
	"fmt"
	"net/netip"
	"time"

	"netlab/sim/cloud"
)

// A Topology is a list of hosts, one network namespace each, and the links between them.
type Topology struct {
	Hosts  []Host  `json:"hosts"`
	Links  []Link  `json:"links"`
	Steers []Steer `json:"steers"`
}

// A Kind is the role of a host.
type Kind string

const (
	Instance Kind = "instance" // an ECS instance
	Router   Kind = "router"   // a VPC's virtual router in one zone
	Fabric   Kind = "fabric"   // the provider's underlay in one zone, 100.64.0.0/10
	ENI      Kind = "eni"      // an endpoint's elastic network interface in one zone
	CLBNode  Kind = "clb"      // a load balancer's node (cluster) in one zone
)

// A Host is one network namespace.
type Host struct {
	Name      string       `json:"name"`
	Kind      Kind         `json:"kind"`
	Zone      cloud.Zone   `json:"zone"`
	VPC       string       `json:"vpc,omitzero"`       // "" for the fabric
	Addresses []netip.Addr `json:"addresses,omitzero"` // on lo, /32
	NICs      []NIC        `json:"nics"`               // eth0, eth1, … in order
	Routes    []Route      `json:"routes,omitzero"`    // fixed routes; those of the steers come on top
	ENI       *ENITable    `json:"eni,omitzero"`       // for Kind ENI
	CLB       *CLBTable    `json:"clb,omitzero"`       // for Kind CLBNode
}

// A NIC is one end of a link.
type NIC struct {
	Name    string     `json:"name"` // eth0, eth1, …
	MAC     MAC        `json:"mac"`
	Address netip.Addr `json:"address,omitzero"` // /32 on the NIC; zero for none
	PeerMAC MAC        `json:"peer_mac"`         // the permanent neighbour behind every route over this NIC
	Peer    string     `json:"peer"`             // the host at the other end
}

// A MAC is an Ethernet address.
type MAC [6]byte

// MarshalText writes it as 02:4e:4c:00:00:01.
func (m MAC) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]), nil
}

// A Route sends Dst out of NIC, or nowhere when NIC is "" (a blackhole route).
type Route struct {
	Dst   netip.Prefix `json:"dst"`
	NIC   string       `json:"nic,omitzero"`
	Table int          `json:"table,omitzero"` // 0: the main table; else see ReturnTable
}

// ReturnTable is the routing table that replies to load balancer number n of a VPC are looked up
// in: its one route leads to the node that serves. It is out of the way of the tables that the
// kernel has names for.
func ReturnTable(n int) int { return 1000 + n }

// A Link is a veth pair between two hosts.
type Link struct {
	A     End           `json:"a"`
	B     End           `json:"b"`
	Delay time.Duration `json:"delay_ns,omitzero"` // one way, each direction; 0 for a plain veth
}

// An End names one NIC of one host.
type End struct {
	Host string `json:"host"`
	NIC  string `json:"nic"`
}

// A Steer is the set of routes that makes one zone serve a load balancer's address. Routes stand
// in the order in which they must be applied: the return path first (facts: a SYN-ACK that takes
// the old node costs the client 1 s).
type Steer struct {
	LoadBalancer string      `json:"load_balancer"`
	Zone         cloud.Zone  `json:"zone"`
	Routes       []HostRoute `json:"routes,omitzero"`
}

// A HostRoute is a route of a named host.
type HostRoute struct {
	Host  string `json:"host"`
	Route Route  `json:"route"`
}

// An ENITable is what an endpoint ENI does to packets: full NAT between the consumer's VPC (eth0)
// and the fabric (eth1), so that the two VPCs never share a route and may overlap.
type ENITable struct {
	Endpoint string     `json:"endpoint"`
	Zone     cloud.Zone `json:"zone"`
	Address  netip.Addr `json:"address,omitzero"` // the ENI's address in the consumer's vSwitch
	Paths    []ENIPath  `json:"paths"`            // one for each load balancer that may serve the zone
}

// An ENIPath leads from an endpoint ENI to one of the load balancers that may serve its zone.
// Which of them does is decided while the lab runs (documented: allocation is automatic and
// random), and one may replace another. So every path has a source address of its own, by which
// answers find the way back to the load balancer that they belong to.
type ENIPath struct {
	LoadBalancer string     `json:"load_balancer"`
	Service      netip.Addr `json:"service"` // DNAT target: the load balancer's fabric address
	Source       netip.Addr `json:"source"`  // SNAT source in 100.64.0.0/10
}

// A CLBTable is what a CLB node does to packets: DNAT from the VIP (or the fabric address) to a
// backend picked from a slot table. eth0 is on the fabric, eth1 in the provider's VPC.
type CLBTable struct {
	LoadBalancer string     `json:"load_balancer"`
	Zone         cloud.Zone `json:"zone"`
	VIP          netip.Addr `json:"vip"`
	Service      netip.Addr `json:"service"` // the fabric address that endpoint ENIs send to, the same on both nodes
	Probe        netip.Addr `json:"probe"`   // source of this node's health checks, in 100.64.0.0/10
	// Number tells the load balancers of one VPC apart, from 1; the same on both nodes. Packets
	// between a node and the VPC carry it, so that replies find the node (netlab/forward). 0: the
	// VIP serves no client in its own VPC.
	Number int `json:"number"`
}

// Host returns the host of that name, or nil.
func (t *Topology) Host(name string) *Host {
	for i := range t.Hosts {
		if t.Hosts[i].Name == name {
			return &t.Hosts[i]
		}
	}
	return nil
}
