package control

import (
	"fmt"
	"slices"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

func (c Authorize) begin(m *Machine) *operation {
	return m.changeGroup("authorize", c.Group, func(rules []cloud.SecurityGroupRule) []cloud.SecurityGroupRule {
		return append(slices.Clone(rules), c.Rule)
	})
}

func (c Revoke) begin(m *Machine) *operation {
	return m.changeGroup("revoke", c.Group, func(rules []cloud.SecurityGroupRule) []cloud.SecurityGroupRule {
		return slices.DeleteFunc(slices.Clone(rules), func(r cloud.SecurityGroupRule) bool { return r == c.Rule })
	})
}

// changeGroup edits a group's rules and puts them in force wherever the group counts. Before an
// endpoint is created its ENIs have no groups.
func (m *Machine) changeGroup(verb, name string, edit func([]cloud.SecurityGroupRule) []cloud.SecurityGroupRule) *operation {
	m.tellCall(event.Call{Call: verb, Resource: name})
	group := m.cloud.SecurityGroup(name)
	if group == nil {
		return fail(fmt.Errorf("%s: there is no security group %s", verb, name))
	}
	group.Rules = edit(group.Rules)
	for _, ep := range m.cloud.Endpoints {
		if _, created := m.links.Endpoint(ep.Name); created && slices.Contains(ep.SecurityGroups, group) {
			m.admit(ep)
		}
	}
	for _, in := range m.cloud.Instances {
		if slices.Contains(in.SecurityGroups, group) {
			m.do(FilterInstance{in.Name, in.SecurityGroups})
		}
	}
	return &operation{}
}
