package cloud

import (
	"fmt"
	"slices"

	"netlab/scenarios"
)

// A Checker is what a check of the scenario's other parts sees of the cloud: the resources, and the
// ways to report what is wrong. Paths are those of the scenario file, "timeline[0].fail.zone".
type Checker struct{ b *builder }

// Scenario is the decoded scenario that is checked.
func (c *Checker) Scenario() *scenarios.Scenario { return c.b.s }

// Unread says whether the file's value at a path was refused when it was decoded, and reported.
func (c *Checker) Unread(path string) bool { return c.b.s.Source.Failed(path) }

// Errorf is an error at a path, to be reported.
func (c *Checker) Errorf(path, format string, args ...any) scenarios.Diagnostic {
	return c.b.errorf(path, format, args...)
}

// Report takes a diagnostic in.
func (c *Checker) Report(d scenarios.Diagnostic) { c.b.report(d) }

// Choose suggests one of the known names in place of a wrong one.
func (c *Checker) Choose(d scenarios.Diagnostic, name string, known []string) scenarios.Diagnostic {
	return c.b.choose(d, name, known)
}

// LoadBalancer resolves a name; nil, and reported, where there is none.
func (c *Checker) LoadBalancer(path, name string) *LoadBalancer {
	return find[LoadBalancer](c.b, path, name, aLoadBalancer)
}

// Instance resolves a name; nil, and reported, where there is none.
func (c *Checker) Instance(path, name string) *Instance {
	return find[Instance](c.b, path, name, anInstance)
}

// Endpoint resolves a name; nil, and reported, where there is none.
func (c *Checker) Endpoint(path, name string) *Endpoint {
	return find[Endpoint](c.b, path, name, anEndpoint)
}

// SecurityGroup resolves a name; nil, and reported, where there is none.
func (c *Checker) SecurityGroup(path, name string) *SecurityGroup {
	return find[SecurityGroup](c.b, path, name, aSecurityGroup)
}

// ServerGroup resolves the name of one of a load balancer's groups; nil, and reported, where there
// is none or it is another's.
func (c *Checker) ServerGroup(path, name string, lb *LoadBalancer) *ServerGroup {
	g := find[ServerGroup](c.b, path, name, aServerGroup)
	if g != nil && !slices.Contains(lb.Groups, g) {
		c.Report(c.Errorf(path, "server group %s belongs to another load balancer than %s", g.Name, lb.Name).Advise("name one of its own"))
		return nil
	}
	return g
}

// Zone is a zone of the scenario's region; another one is reported, and what it should be returned.
func (c *Checker) Zone(path, zone string) Zone { return c.b.zone(path, zone) }

// Rule reads a rule of a group, and reports what is wrong with it.
func (c *Checker) Rule(path string, in scenarios.SecurityGroupRule, g *SecurityGroup) SecurityGroupRule {
	return c.b.rule(path, in, g)
}

// OwnVPC reports a backend of another VPC than the load balancer's.
func (c *Checker) OwnVPC(path string, e *Instance, lb *LoadBalancer) bool {
	return c.b.ownVPC(path, e, c.b.asked(lb), lb)
}

// ZoneInUse reports a zone that nothing is in.
func (c *Checker) ZoneInUse(path, zone string) {
	if c.b.zones == nil {
		c.b.zones = c.b.zonesInUse()
	}
	z, zones := c.Zone(path, zone), c.b.zones
	if z != "" && !slices.Contains(zones, string(z)) {
		c.Report(c.Choose(c.Errorf(path, "nothing is in %s: the fault would remove nothing", z), string(z), zones))
	}
}

// Link checks the two ends of a path.
func (c *Checker) Link(path string, ends []string) {
	for i, end := range ends {
		c.Host(fmt.Sprintf("%s[%d]", path, i), end)
	}
	if len(ends) == 2 && ends[0] == ends[1] && ends[0] != "" {
		c.Report(c.Errorf(path, "both ends are %s", ends[0]).Advise("name two hosts"))
	}
}

// Host checks the name of an instance, a VPC's router, a load balancer's node or an endpoint's ENI.
func (c *Checker) Host(path, name string) {
	b := c.b
	if b.hosts == nil {
		b.hostNames()
	}
	if name != "" && !b.hosts[name] && !b.nameless[anInstance] {
		c.Report(c.Choose(c.Errorf(path, "there is no host named %s", name), name, b.kinds[aHost]))
	}
}
