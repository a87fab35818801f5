package control

import (
	"slices"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A Group is a security group on an endpoint's ENIs. It filters while Attached or Detaching.
type Group struct {
	Name   string
	Type   string // normal | enterprise
	Status cloud.GroupStatus
}

// AttachSecurityGroup puts one more security group onto the endpoint's ENIs; the endpoint is
// Pending, then Active (documented: AttachSecurityGroupToVpcEndpoint). All groups are of one type
// (documented: SecurityGroupTypeOnlySingleTypeSupporteded) and of the endpoint's VPC (inferred).
func (p *PrivateLink) AttachSecurityGroup(at time.Duration, by, name string, group *cloud.SecurityGroup) ([]Transition, error) {
	return p.modifyEndpoint(at, by, name, "attach security group to", func(e *endpoint) *Error {
		if e.Connection == cloud.ServiceDeleted {
			return refuse(EndpointServiceDeleted, "attach security group to %s: service %s is deleted", name, e.Service)
		}
		if err := e.addGroup(group); err != nil {
			return err
		}
		g := e.groups[len(e.groups)-1]
		p.setEndpoint(e, cloud.EndpointPending)
		p.setGroup(e, g, cloud.GroupAttaching)
		p.later(func() {
			p.setGroup(e, g, cloud.GroupAttached)
			p.setEndpoint(e, cloud.EndpointActive)
		})
		return nil
	})
}

// DetachSecurityGroup takes a security group off the endpoint's ENIs; the endpoint is Pending, then
// Active. The last group must stay (documented: DetachSecurityGroupFromVpcEndpoint,
// EndpointMustContainSecurityGroup).
func (p *PrivateLink) DetachSecurityGroup(at time.Duration, by, name, group string) ([]Transition, error) {
	return p.modifyEndpoint(at, by, name, "detach security group from", func(e *endpoint) *Error {
		i := slices.IndexFunc(e.groups, func(g *Group) bool { return g.Name == group })
		switch {
		case e.Connection == cloud.ServiceDeleted:
			return refuse(EndpointServiceDeleted, "detach security group from %s: service %s is deleted", name, e.Service)
		case i < 0:
			return refuse(SecurityGroupNotFound, "detach security group from %s: it is not in %s", name, group)
		case len(e.groups) == 1:
			return refuse(EndpointMustContainSecurityGroup, "detach security group from %s: %s is its last", name, group)
		}
		g := e.groups[i]
		p.setEndpoint(e, cloud.EndpointPending)
		p.setGroup(e, g, cloud.GroupDetaching)
		p.later(func() {
			p.setGroup(e, g, cloud.Deleted)
			e.groups = slices.DeleteFunc(e.groups, func(other *Group) bool { return other == g })
			p.setEndpoint(e, cloud.EndpointActive)
		})
		return nil
	})
}

func (e *endpoint) addGroup(group *cloud.SecurityGroup) *Error {
	switch {
	case slices.ContainsFunc(e.groups, func(g *Group) bool { return g.Name == group.Name }):
		return refuse(SecurityGroupExist, "attach security group to %s: it is already in %s", e.Name, group.Name)
	case group.VPC.Name != e.VPC:
		return refuse(SecurityGroupNotFound, "attach security group to %s: VPC %s has no group %s", e.Name, e.VPC, group.Name)
	case len(e.groups) > 0 && e.groups[0].Type != group.Type:
		return refuse(SecurityGroupSingleType, "attach security group to %s: %s is of type %s, the others are %s",
			e.Name, group.Name, group.Type, e.groups[0].Type)
	case len(e.groups) >= cloud.MaxEndpointGroups: // the limit is documented, the code inferred
		return refuse(QuotaMisMatched, "attach security group to %s: it is in %d groups", e.Name, len(e.groups))
	}
	e.groups = append(e.groups, &Group{Name: group.Name, Type: group.Type})
	return nil
}

func (p *PrivateLink) setGroup(e *endpoint, g *Group, to cloud.GroupStatus) {
	set(p, &g.Status, to, event.SecurityGroup, e.Name, g.Name)
}
