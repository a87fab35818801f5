package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"netlab/scenarios/visible"
	"netlab/sim/cloud"
)

// Graph draws a topology as a picture, from left to right: consumers, their endpoints, the
// provider's fabric, load balancers, backends; by zone, and within a zone by VPC. format is dot (for
// Graphviz), mermaid (for Markdown) or svg, which needs no other program.
//
// Links of a load balancer's backup node are dashed: they carry nothing until a failover.
func Graph(t *Topology, format string) ([]byte, error) {
	shown := visible.All(*t)
	p := newPicture(&shown)
	switch format {
	case "dot":
		return p.dot(), nil
	case "mermaid":
		return p.mermaid(), nil
	case "svg":
		return p.svg(), nil
	}
	return nil, fmt.Errorf("draw topology: format %q is none of dot, mermaid, svg", format)
}

// A picture is a topology arranged for drawing; what all formats share.
type picture struct {
	*Topology
	zones []pictureZone // those that serve most load balancers first, then those with most hosts
	links []pictureLink
	tier  map[string]int // by host
}

type pictureZone struct {
	zone cloud.Zone
	nets []pictureNet
}

// A pictureNet is a VPC's part in one zone, or the fabric's.
type pictureNet struct {
	vpc   string // "" for the fabric
	hosts []*Host
}

// A pictureLink runs from left to right, or between two zones.
type pictureLink struct {
	from, to  string
	delay     time.Duration
	standby   bool // of a backup node
	interZone bool
}

// Tiers, from left to right. A VPC that has a load balancer stands on the right, others on the left.
const (
	leftInstances = iota
	leftRouters
	leftEdge // endpoint ENIs
	fabricTier
	rightEdge // load balancers' nodes, and ENIs of a VPC that has both
	rightRouters
	rightInstances
	tiers
)

func newPicture(t *Topology) *picture {
	p := &picture{Topology: t, tier: map[string]int{}}
	provider := map[string]bool{}
	for _, h := range t.Hosts {
		if h.Kind == CLBNode {
			provider[h.VPC] = true
		}
	}
	for i := range t.Hosts {
		h := &t.Hosts[i]
		p.tier[h.Name] = tierOf(h, provider[h.VPC])
		z := p.zone(h.Zone)
		n := z.net(h.VPC)
		n.hosts = append(n.hosts, h)
	}
	slices.SortStableFunc(p.zones, func(a, b pictureZone) int {
		return cmp.Or(cmp.Compare(t.primaries(b.zone), t.primaries(a.zone)), cmp.Compare(b.size(), a.size()), cmp.Compare(a.zone, b.zone))
	})
	for _, l := range t.Links {
		a, b := t.Host(l.A.Host), t.Host(l.B.Host)
		if p.tier[a.Name] > p.tier[b.Name] {
			a, b = b, a
		}
		p.links = append(p.links, pictureLink{
			from: a.Name, to: b.Name, delay: l.Delay, interZone: a.Zone != b.Zone,
			standby: t.role(a) == "backup" || t.role(b) == "backup",
		})
	}
	return p
}

func tierOf(h *Host, onTheRight bool) int {
	switch {
	case h.Kind == Fabric:
		return fabricTier
	case h.Kind == CLBNode, h.Kind == ENI && onTheRight:
		return rightEdge
	case h.Kind == ENI:
		return leftEdge
	case h.Kind == Router && onTheRight:
		return rightRouters
	case h.Kind == Router:
		return leftRouters
	case onTheRight:
		return rightInstances
	}
	return leftInstances
}

func (p *picture) zone(zone cloud.Zone) *pictureZone {
	for i := range p.zones {
		if p.zones[i].zone == zone {
			return &p.zones[i]
		}
	}
	p.zones = append(p.zones, pictureZone{zone: zone})
	return &p.zones[len(p.zones)-1]
}

func (z *pictureZone) net(vpc string) *pictureNet {
	for i := range z.nets {
		if z.nets[i].vpc == vpc {
			return &z.nets[i]
		}
	}
	z.nets = append(z.nets, pictureNet{vpc: vpc})
	return &z.nets[len(z.nets)-1]
}

func (z *pictureZone) size() int {
	n := 0
	for _, net := range z.nets {
		n += len(net.hosts)
	}
	return n
}

// title is what stands above a net's hosts.
func (n pictureNet) title() string {
	if n.vpc == "" {
		return "fabric"
	}
	return n.vpc
}

// role is "primary" or "backup" for a node of a load balancer with two zones, else "".
func (t *Topology) role(h *Host) string {
	if h.Kind != CLBNode {
		return ""
	}
	zones := t.servers(h.CLB.LoadBalancer)
	switch {
	case len(zones) < 2:
		return ""
	case zones[0] == h.Zone:
		return "primary"
	}
	return "backup"
}

// servers are a load balancer's zones, the primary first, for so its steers stand.
func (t *Topology) servers(loadBalancer string) []cloud.Zone {
	var zones []cloud.Zone
	for _, s := range t.Steers {
		if s.LoadBalancer == loadBalancer {
			zones = append(zones, s.Zone)
		}
	}
	return zones
}

// primaries counts the steers of load balancers whose primary zone this is.
func (t *Topology) primaries(zone cloud.Zone) int {
	n := 0
	for _, s := range t.Steers {
		if t.servers(s.LoadBalancer)[0] == zone {
			n++
		}
	}
	return n
}

// lines are what is written on a host: its name, what it is, and the address that people know it by.
func (t *Topology) lines(h *Host) []string {
	switch h.Kind {
	case Instance:
		return []string{h.Name, "ECS", address(h)}
	case Router:
		return []string{h.Name, "VPC router"}
	case Fabric:
		return []string{h.Name, fabricRange.String()}
	case ENI:
		return []string{h.Name, "endpoint ENI", h.ENI.Address.String()}
	case CLBNode:
		return []string{h.Name, strings.TrimSpace("CLB " + t.role(h)), h.CLB.VIP.String()}
	}
	return []string{h.Name, string(h.Kind)}
}

func address(h *Host) string {
	for _, nic := range h.NICs {
		if nic.Address.IsValid() {
			return nic.Address.String()
		}
	}
	return ""
}

// A colour is how a kind of host is painted.
type colour struct{ fill, line string }

var colours = map[Kind]colour{
	Instance: {"#dafbe1", "#2da44e"},
	Router:   {"#f0f2f5", "#8c959f"},
	Fabric:   {"#eaeef2", "#6e7781"},
	ENI:      {"#fbefff", "#a475f9"},
	CLBNode:  {"#fff1e5", "#e16f24"},
}
