package cloud

import (
	"fmt"
	"strings"

	"netlab/scenarios"
)

const maxRules = 200 // of one group (documented: ECS limits)

func (b *builder) securityGroups() {
	for i, in := range b.s.Cloud.SecurityGroups {
		path := fmt.Sprintf("cloud.security_groups[%d]", i)
		g := b.cloud.SecurityGroups[i]
		g.Type, g.VPC = in.Type, find[VPC](b, path+".vpc", in.VPC, aVPC)
		g.InnerAccess = in.InnerAccessPolicy != "Drop" && in.Type != "enterprise"
		if in.Type == "enterprise" && in.InnerAccessPolicy == "Accept" {
			b.report(b.errorf(path+".inner_access_policy", "the members of an enterprise group are isolated from each other, always").
				Instead("Drop"))
		}
	}
	for i, in := range b.s.Cloud.SecurityGroups {
		path := fmt.Sprintf("cloud.security_groups[%d]", i)
		g := b.cloud.SecurityGroups[i]
		if n := len(in.Rules); n > maxRules {
			b.report(b.errorf(path+".rules", "%d rules are too many for one group", n).Advise("at most %d; split the group", maxRules))
		}
		for j, r := range in.Rules {
			g.Rules = append(g.Rules, b.rule(fmt.Sprintf("%s.rules[%d]", path, j), r, g))
		}
	}
}

func (b *builder) rule(path string, in scenarios.SecurityGroupRule, g *SecurityGroup) SecurityGroupRule {
	ports := in.IPProtocol == "tcp" || in.IPProtocol == "udp"
	if !ports && in.IPProtocol != "" && !in.PortRange.Any() {
		b.report(b.errorf(path+".port_range", "%s has no ports", in.IPProtocol).Instead("-1/-1"))
	}
	if c := in.CIDRIP; c.IsValid() && c != c.Masked() {
		b.report(b.errorf(path+".cidr_ip", "%s has host bits set", c).Instead(c.Masked().String()))
	}
	source := find[SecurityGroup](b, path+".source_security_group", in.SourceSecurityGroup, aSecurityGroup)
	switch {
	case source == nil:
	case g.Type == "enterprise":
		b.report(b.errorf(path+".source_security_group", "an enterprise group can't have a group as a source").Advise("write cidr_ip"))
	case source.Type == "enterprise":
		b.report(b.errorf(path+".source_security_group", "an enterprise group can't be a source").Advise("write cidr_ip"))
	case source.VPC != nil && g.VPC != nil && source.VPC != g.VPC:
		b.report(b.errorf(path+".source_security_group", "security group %s belongs to %s, not to %s", source.Name, source.VPC.Name, g.VPC.Name).
			Advise("groups of %s: %s", g.VPC.Name, b.groupsOf(g.VPC)))
	}
	return newRule(in, source)
}

// newRule is a rule of the file with its source group, if it names one, resolved.
func newRule(in scenarios.SecurityGroupRule, source *SecurityGroup) SecurityGroupRule {
	if source != nil {
		in.CIDRIP = prefix{} // its default lets everybody in
	}
	return SecurityGroupRule{
		Group:   source,
		Ingress: in.Type == "ingress", IPProtocol: in.IPProtocol, CIDR: in.CIDRIP.Masked(),
		PortFirst: in.PortRange.First, PortLast: in.PortRange.Last,
		Accept: in.Policy == "accept", Priority: in.Priority,
	}
}

// Rule is a rule of a valid scenario's timeline.
func (c *Cloud) Rule(in scenarios.SecurityGroupRule) SecurityGroupRule {
	return newRule(in, c.SecurityGroup(in.SourceSecurityGroup))
}

// SecurityGroup is the security group of that name, or nil.
func (c *Cloud) SecurityGroup(name string) *SecurityGroup {
	for _, g := range c.SecurityGroups {
		if g.Name == name {
			return g
		}
	}
	return nil
}

// groups resolves the security groups of a network interface, which must be of its VPC.
func (b *builder) groups(path string, names []string, v *VPC, most int) []*SecurityGroup {
	if len(names) > most {
		b.report(b.errorf(path, "%d security groups are too many", len(names)).Advise("at most %d", most))
	}
	var out []*SecurityGroup
	seen := map[*SecurityGroup]bool{}
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", path, i)
		g := find[SecurityGroup](b, at, name, aSecurityGroup)
		switch {
		case g == nil:
		case seen[g]:
			b.report(b.errorf(at, "security group %s is there twice", name).Advise("keep one"))
		case v != nil && g.VPC != nil && g.VPC != v:
			b.report(b.errorf(at, "security group %s belongs to %s, not to %s", name, g.VPC.Name, v.Name).
				Advise("groups of %s: %s", v.Name, b.groupsOf(v)))
		case len(out) > 0 && out[0].Type != g.Type && g.Type != "" && out[0].Type != "":
			b.report(b.errorf(at, "security group %s is of type %s, %s of type %s: a network interface has groups of one type", name, g.Type,
				out[0].Name, out[0].Type).
				Advise("keep those of one type"))
		default:
			seen[g] = true
			out = append(out, g)
		}
	}
	return out
}

func (b *builder) groupsOf(v *VPC) string {
	var out []string
	for _, g := range b.cloud.SecurityGroups {
		if g.VPC == v && len(out) < 10 {
			out = append(out, g.Name)
		}
	}
	if len(out) == 0 {
		return "none, add one under security_groups"
	}
	return strings.Join(out, ", ")
}
