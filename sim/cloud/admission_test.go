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
		"no rule at all":                      {nil, "10.0.0.1", 80, false},
		"a rule that fits":                    {[]SecurityGroupRule{web}, "10.0.0.1", 80, true},
		"another port":                        {[]SecurityGroupRule{web}, "10.0.0.1", 81, false},
		"another source":                      {[]SecurityGroupRule{web}, "10.0.1.1", 80, false},
		"every port":                          {[]SecurityGroupRule{rule("10.0.0.0/8", 0, 0, true, 1)}, "10.0.1.1", 9, true},
		"drop wins at the same priority":      {[]SecurityGroupRule{web, rule("10.0.0.0/8", 80, 80, false, 1)}, "10.0.0.1", 80, false},
		"drop wins a tie in either order":     {[]SecurityGroupRule{rule("10.0.0.0/8", 80, 80, false, 1), web}, "10.0.0.1", 80, false},
		"the lower number wins":               {[]SecurityGroupRule{rule("10.0.0.0/8", 80, 80, false, 2), web}, "10.0.0.1", 80, true},
		"the lower number wins when it drops": {[]SecurityGroupRule{rule("10.0.0.0/8", 80, 80, true, 2), rule("10.0.0.0/24", 80, 80, false, 1)}, "10.0.0.1", 80, false},
		"egress rules say nothing of ingress": {[]SecurityGroupRule{{IPProtocol: "all", CIDR: netip.MustParsePrefix("0.0.0.0/0"), Accept: true, Priority: 1}}, "10.0.0.1", 80, false},
	} {
		groups := []*SecurityGroup{{Name: "sg", Rules: c.rules}}
		if got := Admits(groups, "tcp", netip.MustParseAddr(c.source), c.port); got != c.want {
			t.Errorf("%s: admitted %t, want %t", name, got, c.want)
		}
	}
}
