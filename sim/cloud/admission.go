package cloud

import "net/netip"

// Admits says whether security groups let a new connection in, to a network interface that is in
// all of them. The rules of all groups count together: the lowest priority number decides, at the
// same number drop wins, and without any matching rule the answer is no
// (documented: ECS "Security groups: overview").
func Admits(groups []*SecurityGroup, protocol string, source netip.Addr, port uint16) bool {
	const none = 101 // priorities are 1–100
	best, accept := none, false
	for _, g := range groups {
		for _, r := range g.Rules {
			if !r.Ingress || !r.matches(protocol, source, port) || r.Priority > best {
				continue
			}
			if r.Priority < best {
				best, accept = r.Priority, r.Accept
			} else {
				accept = accept && r.Accept
			}
		}
	}
	return accept
}

func (r SecurityGroupRule) matches(protocol string, source netip.Addr, port uint16) bool {
	if r.IPProtocol != "all" && r.IPProtocol != protocol {
		return false
	}
	everyPort := r.PortFirst == 0 && r.PortLast == 0
	return r.CIDR.Contains(source) && (everyPort || r.PortFirst <= port && port <= r.PortLast)
}
