package cloud

import (
	"net/netip"
	"testing"
)

func TestAdmits(t *testing.T) {
	rule := func(cidr string, first, last uint16, accept bool, priority int) SecurityGroupRule {
		return SecurityGroupRule{Ingress: true, IPProtocol: "tcp", PortFirst: first, PortLast: last,
			CIDR: netip.MustParsePrefix(cidr), Accept: accept, Priority: priority}
	}
	web := rule("10.0.0.0/24", 80, 80, true, 1)
	for name, c := range map[string]struct {
		rules  []SecurityGroupRule
		source string
		port   uint16
		want   bool
	}{
		"no rule at all":                  {nil, "10.0.0.1", 80, false},
		"a rule that fits":                {[]SecurityGroupRule{web}, "10.0.0.1", 80, true},
		"another port":                    {[]SecurityGroupRule{web}, "10.0.0.1", 81, false},
		"another source":                  {[]SecurityGroupRule{web}, "10.0.1.1", 80, false},
		"every port":                      {[]SecurityGroupRule{rule("10.0.0.0/8", 0, 0, true, 1)}, "10.0.1.1", 9, true},
		"drop wins at the same priority":  {[]SecurityGroupRule{web, rule("10.0.0.0/8", 80, 80, false, 1)}, "10.0.0.1", 80, false},
		"drop wins a tie in either order": {[]SecurityGroupRule{rule("10.0.0.0/8", 80, 80, false, 1), web}, "10.0.0.1", 80, false},
		"the lower number wins":           {[]SecurityGroupRule{rule("10.0.0.0/8", 80, 80, false, 2), web}, "10.0.0.1", 80, true},
		"the lower number wins when it drops": {
			[]SecurityGroupRule{rule("10.0.0.0/8", 80, 80, true, 2), rule("10.0.0.0/24", 80, 80, false, 1)}, "10.0.0.1", 80, false,
		},
		"egress rules say nothing of ingress": {
			[]SecurityGroupRule{{IPProtocol: "all", CIDR: netip.MustParsePrefix("0.0.0.0/0"), Accept: true, Priority: 1}}, "10.0.0.1", 80, false,
		},
	} {
		groups := []*SecurityGroup{{Name: "sg", Rules: c.rules}}
		if got := Admits(groups, Flow{Ingress: true, Protocol: "tcp", Peer: netip.MustParseAddr(c.source), Port: c.port}); got != c.want {
			t.Errorf("%s: admitted %t, want %t", name, got, c.want)
		}
	}
}

func TestAdmitsWithoutAMatchingRule(t *testing.T) {
	basic, isolated := &SecurityGroup{Type: "normal", InnerAccess: true}, &SecurityGroup{Type: "normal"}
	enterprise := &SecurityGroup{Type: "enterprise"}
	member, stranger, provider := netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("100.64.0.1")
	everything := SecurityGroupRule{IPProtocol: "all", CIDR: netip.MustParsePrefix("0.0.0.0/0"), Priority: 1}
	dropAll := &SecurityGroup{Type: "normal", InnerAccess: true, Rules: []SecurityGroupRule{everything, ingress(everything)}}
	fromMembers := &SecurityGroup{Type: "normal", Rules: []SecurityGroupRule{
		{Ingress: true, IPProtocol: "tcp", Group: basic, Accept: true, Priority: 1}}}
	for _, g := range []*SecurityGroup{basic, isolated, enterprise, dropAll} {
		g.Members = []netip.Addr{member}
	}
	for name, c := range map[string]struct {
		groups  []*SecurityGroup
		ingress bool
		peer    netip.Addr
		want    bool
	}{
		"basic in":                             {[]*SecurityGroup{basic}, true, stranger, false},
		"basic out":                            {[]*SecurityGroup{basic}, false, stranger, true},
		"enterprise in":                        {[]*SecurityGroup{enterprise}, true, stranger, false},
		"enterprise out":                       {[]*SecurityGroup{enterprise}, false, stranger, false},
		"members of a basic group":             {[]*SecurityGroup{basic}, true, member, true},
		"inner access off":                     {[]*SecurityGroup{isolated}, true, member, false},
		"members of an enterprise group":       {[]*SecurityGroup{enterprise}, true, member, false},
		"inner access beats rules, in":         {[]*SecurityGroup{dropAll}, true, member, true},
		"inner access beats rules, out":        {[]*SecurityGroup{dropAll}, false, member, true},
		"a rule drops others out":              {[]*SecurityGroup{dropAll}, false, stranger, false},
		"a group as source: its member":        {[]*SecurityGroup{fromMembers}, true, member, true},
		"a group as source: a stranger":        {[]*SecurityGroup{fromMembers}, true, stranger, false},
		"health checks need no rule":           {[]*SecurityGroup{enterprise}, true, provider, true},
		"nor do the answers to health checks":  {[]*SecurityGroup{enterprise}, false, provider, true},
		"two groups: one lets the member in":   {[]*SecurityGroup{isolated, basic}, true, member, true},
		"two groups: neither lets others in":   {[]*SecurityGroup{isolated, basic}, true, stranger, false},
		"no group at all lets nothing come in": {nil, true, stranger, false},
	} {
		f := Flow{Ingress: c.ingress, Protocol: "tcp", Peer: c.peer, Port: 80}
		if got := Admits(c.groups, f); got != c.want {
			t.Errorf("%s: admitted %t, want %t", name, got, c.want)
		}
	}
	if open := (&Instance{}); !open.Admits(Flow{Ingress: true, Protocol: "tcp", Peer: stranger, Port: 80}) {
		t.Error("an instance without a group refuses")
	}
}

func ingress(r SecurityGroupRule) SecurityGroupRule { r.Ingress = true; return r }
