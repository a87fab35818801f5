package lab

import (
	"fmt"
	"slices"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// Authorize puts a rule into a security group, for new connections.
func (l *Lab) Authorize(group string, rule cloud.SecurityGroupRule) error {
	return l.changeGroup(group, "authorize", func(rules []cloud.SecurityGroupRule) []cloud.SecurityGroupRule {
		return append(slices.Clone(rules), rule)
	})
}

// Revoke takes a rule out of a security group. Open connections stay: groups are stateful
// (documented: ECS "Security groups: overview").
func (l *Lab) Revoke(group string, rule cloud.SecurityGroupRule) error {
	return l.changeGroup(group, "revoke", func(rules []cloud.SecurityGroupRule) []cloud.SecurityGroupRule {
		return slices.DeleteFunc(slices.Clone(rules), func(r cloud.SecurityGroupRule) bool { return r == rule })
	})
}

// changeGroup edits a group's rules and loads them wherever the group counts.
func (l *Lab) changeGroup(name, verb string, edit func([]cloud.SecurityGroupRule) []cloud.SecurityGroupRule) error {
	l.say(event.Event{Kind: event.Step, Subject: name, Text: verb})
	l.links.mu.Lock()
	defer l.links.mu.Unlock()
	group := l.cloud.SecurityGroup(name)
	group.Rules = edit(group.Rules)
	for _, ep := range l.cloud.Endpoints {
		if !slices.Contains(ep.SecurityGroups, group) {
			continue
		}
		for _, z := range ep.Zones {
			if err := l.hosts[ep.Name+"."+z.Zone.Short()].eni.SetSecurityGroups(ep.SecurityGroups); err != nil {
				return fmt.Errorf("%s on %s: endpoint %s: %w", verb, name, ep.Name, err)
			}
		}
	}
	for _, in := range l.cloud.Instances {
		if !slices.Contains(in.SecurityGroups, group) {
			continue
		}
		if err := l.hosts[in.Name].firewall.Set(in.SecurityGroups); err != nil {
			return fmt.Errorf("%s on %s: instance %s: %w", verb, name, in.Name, err)
		}
	}
	return nil
}
