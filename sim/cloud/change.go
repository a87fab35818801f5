package cloud

import (
	"fmt"
	"slices"

	"netlab/scenarios"
)

// server resolves the backend that a line of the timeline names, or reports that it is none.
func (b *builder) server(path string, ref scenarios.ServerRef) *Server {
	lb, e, servers := b.group(path, ref)
	if lb == nil || e == nil {
		return nil
	}
	for i := range servers {
		if servers[i].Instance == e {
			return &servers[i]
		}
	}
	if b.addedBefore(ref) {
		return nil
	}
	var known []string
	for _, s := range servers {
		known = append(known, s.Instance.Name)
	}
	b.report(b.choose(b.errorf(path+".instance", "%s is no backend of %s", e.Name, ref.LoadBalancer), e.Name, known))
	return nil
}

// group resolves a load balancer, an instance and the servers of the group that is meant.
func (b *builder) group(path string, ref scenarios.ServerRef) (*LoadBalancer, *Instance, []Server) {
	lb := find[LoadBalancer](b, path+".load_balancer", ref.LoadBalancer, aLoadBalancer)
	e := find[Instance](b, path+".instance", ref.Instance, anInstance)
	if ref.ServerGroup == "" || lb == nil {
		if lb == nil {
			return nil, e, nil
		}
		return lb, e, lb.Servers
	}
	g := find[ServerGroup](b, path+".server_group", ref.ServerGroup, aServerGroup)
	if g == nil {
		return nil, e, nil
	}
	if !slices.Contains(lb.Groups, g) {
		b.report(b.errorf(path+".server_group", "server group %s belongs to another load balancer than %s", g.Name, lb.Name).
			Advise("name one of its own"))
		return nil, e, nil
	}
	var servers []Server
	for _, s := range g.Servers {
		servers = append(servers, s.Server)
	}
	return lb, e, servers
}

// add checks that a backend can be added: an instance of the load balancer's VPC that is not
// among its servers.
func (b *builder) add(path string, entry scenarios.Entry) {
	ref := entry.Add.Server
	lb, e, servers := b.group(path, ref)
	if lb == nil || e == nil {
		return
	}
	for _, s := range servers {
		if s.Instance == e && !b.removedBefore(ref, entry) {
			b.report(b.errorf(path+".instance", "%s is a backend of %s already: nothing would change", e.Name, lb.Name).
				Advise("remove it earlier, or set its weight"))
			return
		}
	}
	if ref.ServerGroup != "" {
		b.report(b.errorf(path+".server_group", "a backend that is added to a server group needs a port, which add does not have").
			Advise("add it to the default server group"))
		return
	}
	b.ownVPC(path+".instance", e, b.asked(lb), lb)
}

// addedBefore says whether some line of the timeline adds the backend.
func (b *builder) addedBefore(ref scenarios.ServerRef) bool {
	return slices.ContainsFunc(b.s.Timeline, func(e scenarios.Entry) bool { return e.Add != nil && e.Add.Server == ref })
}

// removedBefore says whether a line of the timeline has removed the backend by then.
func (b *builder) removedBefore(ref scenarios.ServerRef, then scenarios.Entry) bool {
	return slices.ContainsFunc(b.s.Timeline, func(e scenarios.Entry) bool {
		return e.Remove != nil && e.Remove.Server == ref && e.At < then.At
	})
}

// first says whether no earlier line sets the same backend's weight.
func (b *builder) first(path string, then scenarios.Entry) bool {
	for i, e := range b.s.Timeline {
		if fmt.Sprintf("timeline[%d]", i) != path && e.Set != nil && e.Set.Server == then.Set.Server && e.At < then.At {
			return false
		}
	}
	return true
}

// endpointAt checks that an endpoint has an ENI in a zone.
func (b *builder) endpointAt(path string, ref scenarios.ZoneRef) *Endpoint {
	e := find[Endpoint](b, path+".endpoint", ref.Endpoint, anEndpoint)
	zone := b.zone(path+".zone", ref.Zone)
	if e == nil || zone == "" || len(e.Zones) == 0 {
		return nil
	}
	if !slices.ContainsFunc(e.Zones, func(z EndpointZone) bool { return z.Zone == zone }) {
		b.report(b.errorf(path+".zone", "endpoint %s has no ENI in %s", e.Name, zone).Instead(string(e.Zones[0].Zone)))
		return nil
	}
	return e
}

// replace checks that a zone of an endpoint can get another load balancer: one of several that its
// service has there.
func (b *builder) replace(path string, r scenarios.Replacement) {
	e := b.endpointAt(path, r.ZoneRef)
	lb := find[LoadBalancer](b, path+".load_balancer", r.LoadBalancer, aLoadBalancer)
	if e == nil || e.Service == nil || lb == nil && r.LoadBalancer != "" {
		return
	}
	var offered []string
	for _, resource := range e.Service.Resources {
		if string(resource.Zone) == r.Zone && resource.LoadBalancer != nil {
			offered = append(offered, resource.LoadBalancer.Name)
		}
	}
	switch {
	case lb != nil && !slices.Contains(offered, lb.Name):
		b.report(b.choose(b.errorf(path+".load_balancer", "%s is no resource of %s in %s", lb.Name, e.Service.Name, r.Zone), lb.Name, offered))
	case len(offered) < 2:
		b.report(b.errorf(path, "%s has no other resource in %s: nothing would change", e.Service.Name, r.Zone).Advise("add one under resources"))
	}
}

// ruleChange checks that a rule which is revoked is there, and that one which is authorized
// is not.
func (b *builder) ruleChange(path string, c *scenarios.RuleChange, revoke bool) {
	g := find[SecurityGroup](b, path+".security_group", c.SecurityGroup, aSecurityGroup)
	if g == nil {
		return
	}
	rule := b.rule(path+".rule", c.Rule, g)
	there := slices.Contains(g.Rules, rule)
	changed := slices.ContainsFunc(b.s.Timeline, func(e scenarios.Entry) bool {
		other := e.Authorize
		if !revoke {
			other = e.Revoke
		}
		return other != nil && other.SecurityGroup == c.SecurityGroup
	})
	switch {
	case changed:
	case revoke && !there:
		b.report(b.errorf(path+".rule", "group %s has no such rule: nothing would change", g.Name).Advise("write it as the group has it"))
	case !revoke && there:
		b.report(b.errorf(path+".rule", "group %s has this rule already: nothing would change", g.Name).Advise("write another rule"))
	}
}
