package verb

import (
	"fmt"
	"slices"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// authorize puts a rule into a security group.
type authorize struct{ scenarios.RuleChange }

var _ = register("authorize", func(e scenarios.Entry) Verb {
	if e.Authorize == nil {
		return nil
	}
	return authorize{*e.Authorize}
})

func (v authorize) Check(c *cloud.Checker, at Line) {
	path := at.Path + ".authorize"
	g, there := rule(c, path, v.RuleChange)
	changed := slices.ContainsFunc(c.Scenario().Timeline, func(e scenarios.Entry) bool {
		return e.Revoke != nil && e.Revoke.SecurityGroup == v.SecurityGroup
	})
	if g != nil && there && !changed {
		c.Report(c.Errorf(path+".rule", "group %s has this rule already: nothing would change", g.Name).Advise("write another rule"))
	}
}

func (v authorize) Describe() string {
	return fmt.Sprintf("authorize a rule in %s: %s", v.SecurityGroup, v.Rule.Policy)
}

func (v authorize) Inject(p Place) []Act {
	return []Act{Call{control.Authorize{Group: v.SecurityGroup, Rule: p.Cloud.Rule(v.Rule)}}}
}

func (v authorize) Heal(p Place, _ []control.Result) []Act { return revoke(v).Inject(p) }

func (v authorize) Effect(Place, []control.Result) event.Effect {
	return event.Effect{Does: "a rule of " + v.SecurityGroup + " authorized"}
}

func (authorize) Reaction(*cloud.Cloud) Reaction { return Reaction{} }

func (v authorize) refuse() (key, what string) { return "authorize.rule.ip_protocol", ipv6(v.Rule) }
