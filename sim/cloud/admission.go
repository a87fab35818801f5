package cloud

import (
	"net/netip"
	"slices"
)

// ProviderBlock is the provider's own range: health checks, resolvers and what comes in through
// PrivateLink have addresses in it. Security groups let it pass without a rule (documented for
// health checks: SLB "Health check overview"; that PrivateLink's clients come from it is inferred).
var ProviderBlock = netip.MustParsePrefix("100.64.0.0/10")

// A Flow is a new connection as one network interface sees it.
type Flow struct {
	Ingress  bool       // it comes in; else it goes out
	Protocol string     // tcp | udp | icmp | gre
	Peer     netip.Addr // the other end
	Port     uint16     // destination port, of tcp and udp
}

// Admits says whether security groups let a new connection pass, at a network interface that is
// in all of them. The rules of all groups count together: the lowest priority number decides, at
// the same number drop wins. Before all rules, members of a basic group reach each other unless
// its InnerAccessPolicy is Drop. What no rule matches may not come in, and may go out unless a
// group is enterprise (documented: ECS "Security groups: overview"; all groups of an interface
// being of one type).
func Admits(groups []*SecurityGroup, f Flow) bool {
	if ProviderBlock.Contains(f.Peer) {
		return true
	}
	const none = 101 // priorities are 1–100
	best, accept := none, !f.Ingress
	for _, g := range groups {
		if g.InnerAccess && slices.Contains(g.Members, f.Peer) {
			return true
		}
		if g.Type == "enterprise" && best == none {
			accept = false
		}
		for _, r := range g.Rules {
			switch {
			case !r.matches(f) || r.Priority > best:
			case r.Priority < best:
				best, accept = r.Priority, r.Accept
			default:
				accept = accept && r.Accept
			}
		}
	}
	return accept
}

// Admits says whether the instance's security groups let a new connection pass. One without a
// group is open to everything, which in the cloud no instance is: netlab leaves the choice.
func (e *Instance) Admits(f Flow) bool {
	return len(e.SecurityGroups) == 0 || Admits(e.SecurityGroups, f)
}

func (r SecurityGroupRule) matches(f Flow) bool {
	if r.Ingress != f.Ingress || r.IPProtocol != "all" && r.IPProtocol != f.Protocol {
		return false
	}
	if r.Group != nil && !slices.Contains(r.Group.Members, f.Peer) || r.Group == nil && !r.CIDR.Contains(f.Peer) {
		return false
	}
	everyPort := r.PortFirst == 0 && r.PortLast == 0
	return everyPort || r.PortFirst <= f.Port && f.Port <= r.PortLast
}

// members notes the addresses of every security group's network interfaces.
func (b *builder) members() {
	for _, e := range b.cloud.Instances {
		for _, g := range e.SecurityGroups {
			g.Members = append(g.Members, e.PrivateIP)
		}
	}
	for _, e := range b.cloud.Endpoints {
		for _, g := range e.SecurityGroups {
			for _, z := range e.Zones {
				g.Members = append(g.Members, z.IP)
			}
		}
	}
}
