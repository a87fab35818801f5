package cloud

import (
	"fmt"
	"strings"
)

// warnings are about a cloud that is allowed and probably not meant.
func (b *builder) warnings() {
	b.quotas()
	b.oneZone()
}

// quotas warns of numbers beyond an account's documented default quotas, which can be raised on
// request.
func (b *builder) quotas() {
	over := func(path string, n, quota int, of string) {
		if n > quota {
			b.report(b.warn(path, "%d %s are more than the default quota of %d", n, of, quota).
				Advise("use fewer, or take it that the quota was raised"))
		}
	}
	endpoints := map[*VPC]int{}
	for _, e := range b.cloud.Endpoints {
		endpoints[e.VPC]++
	}
	for i, v := range b.cloud.VPCs {
		path := fmt.Sprintf("cloud.vpcs[%d]", i)
		over(path, len(v.VSwitches), maxVSwitches, "vSwitches in a VPC")
		over(path, endpoints[v], MaxEndpoints, "endpoints in a VPC")
	}
	over("cloud.load_balancers", len(b.cloud.LoadBalancers), maxLoadBalancers, "load balancers")
	over("cloud.endpoint_services", len(b.cloud.EndpointServices), MaxServices, "endpoint services")
	over("cloud.acls", len(b.s.Cloud.ACLs), maxACLs, "access control lists")
}

// oneZone warns of a cloud that no zone outage leaves anything of.
func (b *builder) oneZone() {
	var zone Zone
	var held []string
	hold := func(name string, w *VSwitch) bool {
		if w == nil || w.Zone == "" {
			return true
		}
		if zone == "" {
			zone = w.Zone
		}
		held = append(held, name)
		return w.Zone == zone
	}
	for _, e := range b.cloud.Instances {
		if !hold(e.Name, e.VSwitch) {
			return
		}
	}
	for _, e := range b.cloud.Endpoints {
		for _, z := range e.Zones {
			if !hold(e.Name, z.VSwitch) {
				return
			}
		}
	}
	if len(held) > 1 {
		b.report(b.warn("cloud", "every resource is in %s: an outage of that zone can't be survived (%s)", zone, strings.Join(held, ", ")).
			Advise("put some in another zone"))
	}
}
