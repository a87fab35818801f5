package verb

import (
	"slices"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// revoke takes a rule out of a security group. Open connections stay: groups are stateful.
type revoke struct{ scenarios.RuleChange }

var _ = register("revoke", func(e scenarios.Entry) Verb {
	if e.Revoke == nil {
		return nil
	}
	return revoke{*e.Revoke}
})

func (v revoke) Check(c *cloud.Checker, at Line) {
	path := at.Path + ".revoke"
	g, there := rule(c, path, v.RuleChange)
	changed := slices.ContainsFunc(c.Scenario().Timeline, func(e scenarios.Entry) bool {
		return e.Authorize != nil && e.Authorize.SecurityGroup == v.SecurityGroup
	})
	if g != nil && !there && !changed {
		c.Report(c.Errorf(path+".rule", "group %s has no such rule: nothing would change", g.Name).Advise("write it as the group has it"))
	}
}

// rule resolves a group, and says whether it has a rule.
func rule(c *cloud.Checker, path string, r scenarios.RuleChange) (g *cloud.SecurityGroup, there bool) {
	if g = c.SecurityGroup(path+".security_group", r.SecurityGroup); g == nil {
		return nil, false
	}
	return g, slices.Contains(g.Rules, c.Rule(path+".rule", r.Rule, g))
}

func (v revoke) Describe() string { return "revoke a rule of " + v.SecurityGroup }

func (v revoke) Inject(p Place) []Act {
	return []Act{Call{control.Revoke{Group: v.SecurityGroup, Rule: p.Cloud.Rule(v.Rule)}}}
}

func (v revoke) Heal(p Place, _ []control.Result) []Act { return authorize(v).Inject(p) }

func (v revoke) Effect(Place, []control.Result) event.Effect {
	return event.Effect{Does: "a rule of " + v.SecurityGroup + " revoked"}
}

func (revoke) Reaction(*cloud.Cloud) Reaction { return Reaction{} }

func (v revoke) refuse() (key, what string) { return "revoke.rule.ip_protocol", ipv6(v.Rule) }

// ipv6 names what a rule asks for that netlab can't do yet.
func ipv6(r scenarios.SecurityGroupRule) string {
	if r.IPProtocol == "icmpv6" {
		return "IPv6"
	}
	return ""
}
