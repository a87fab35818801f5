package lab_test

import (
	"net/netip"
	"testing"

	"netlab/netlab/lab"
	"netlab/sim/cloud"
	"netlab/sim/control"
)

// grouped adds ecs5 to the provider's VPC and puts instances into security groups.
func grouped(groups, ecs1, ecs2, ecs5 string) func([]byte) []byte {
	in := func(groups string) string {
		if groups == "" {
			return "}"
		}
		return ", security_groups: [" + groups + "]}"
	}
	return edit(
		"  instances:", groups+"\n  instances:",
		"private_ip: 10.0.0.182}", "private_ip: 10.0.0.182"+in(ecs1),
		"private_ip: 192.168.20.200, run: [web]}", "private_ip: 192.168.20.200, run: [web]"+in(ecs2)+
			"\n    - {name: ecs5, vswitch: vsw2-a, private_ip: 192.168.20.5"+in(ecs5),
	)
}

// reaches opens a session and asks, or says that nothing answered.
func reaches(t *testing.T, lab *lab.Lab, from string, to netip.AddrPort) bool {
	t.Helper()
	s, err := dial(t, lab, from, to, patience)
	if err != nil {
		wantSilence(t, err) // a group drops without an answer
		return false
	}
	_, err = s.ask(answerTime)
	must(t, err)
	return true
}

func accept(cidr string) cloud.SecurityGroupRule {
	return cloud.SecurityGroupRule{Ingress: true, IPProtocol: "tcp", PortFirst: 80, PortLast: 80,
		CIDR: netip.MustParsePrefix(cidr), Accept: true, Priority: 1}
}

func TestSecurityGroupOfABackend(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", grouped("    - {name: sg-web, vpc: vpc2}", "", "sg-web", ""))
	connect(t, lab, c) // health checks need no rule
	ecs2 := netip.AddrPortFrom(c.Instance("ecs2").PrivateIP, 80)
	if reaches(t, lab, "ecs5", ecs2) {
		t.Error("a group without rules let a connection in")
	}
	if !reaches(t, lab, "ecs2", netip.AddrPortFrom(c.Instance("ecs3").PrivateIP, 80)) {
		t.Error("a basic group did not let a connection out")
	}
	openOn(t, lab, c, 80, "ecs2") // PrivateLink's addresses are the provider's

	must(t, call(t, lab, control.Authorize{Group: "sg-web", Rule: accept("192.168.20.5/32")}))
	if !reaches(t, lab, "ecs5", ecs2) {
		t.Error("the rule let nothing in")
	}
	held, err := dial(t, lab, "ecs5", ecs2, answerTime)
	must(t, err)
	drop := accept("192.168.20.0/24")
	drop.Accept = false
	must(t, call(t, lab, control.Authorize{Group: "sg-web", Rule: drop}))
	if reaches(t, lab, "ecs5", ecs2) {
		t.Error("at one priority the drop did not win")
	}
	if _, err := held.ask(answerTime); err != nil {
		t.Errorf("an open connection was cut: %v", err)
	}
	must(t, call(t, lab, control.Revoke{Group: "sg-web", Rule: drop}))
	if !reaches(t, lab, "ecs5", ecs2) {
		t.Error("the drop stayed after it was revoked")
	}
}

// A load balancer keeps its client's address, so the backend's group judges the client.
func TestSecurityGroupOfABackendJudgesClientsOfTheVIP(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", grouped("    - {name: sg-web, vpc: vpc2}", "", "sg-web", ""))
	connect(t, lab, c)
	vip := netip.AddrPortFrom(c.LoadBalancers[0].Address, 80)
	answered := 0
	for range 4 {
		if reaches(t, lab, "ecs5", vip) {
			answered++
		}
	}
	if answered != 2 { // ecs3 has no group
		t.Errorf("%d of 4 connections were answered, want ecs3's 2", answered)
	}
	must(t, call(t, lab, control.Authorize{Group: "sg-web", Rule: accept("192.168.20.5/32")}))
	for range 4 {
		if !reaches(t, lab, "ecs5", vip) {
			t.Error("a connection was not answered after the client was let in")
		}
	}
}

func TestMembersOfAGroup(t *testing.T) {
	for name, test := range map[string]struct {
		groups, ecs2, ecs5 string
		want               bool
	}{
		"members of a basic group reach each other": {"    - {name: sg, vpc: vpc2}", "sg", "sg", true},
		"not when its inner access is off":          {"    - {name: sg, vpc: vpc2, inner_access_policy: Drop}", "sg", "sg", false},
		"members of an enterprise group do not":     {"    - {name: sg, vpc: vpc2, security_group_type: enterprise}", "sg", "sg", false},
		"a group as a source": {`    - {name: sg-clients, vpc: vpc2}
    - {name: sg, vpc: vpc2, rules: [{type: ingress, ip_protocol: tcp, port_range: 80/80,
	source_security_group: sg-clients}]}`, "sg", "sg-clients", true},
		"a group as a source, of others": {`    - {name: sg-clients, vpc: vpc2}
    - {name: sg, vpc: vpc2, rules: [{type: ingress, ip_protocol: tcp, port_range: 80/80,
	source_security_group: sg-clients}]}`, "sg", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			lab, c, _ := build(t, "frankfurt.yaml", grouped(test.groups, "", test.ecs2, test.ecs5))
			if got := reaches(t, lab, "ecs5", netip.AddrPortFrom(c.Instance("ecs2").PrivateIP, 80)); got != test.want {
				t.Errorf("reached %t, want %t", got, test.want)
			}
		})
	}
}

func TestEnterpriseGroupDeniesEgress(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", grouped("    - {name: sg-client, vpc: vpc1, security_group_type: enterprise}", "sg-client", "",
		""))
	connect(t, lab, c)
	if _, err := get(t, lab, c); err == nil { // the name resolves: the resolver is the provider's
		t.Error("an enterprise group without rules let a connection out")
	}
	rule := accept("10.0.0.1/32")
	rule.Ingress = false
	must(t, call(t, lab, control.Authorize{Group: "sg-client", Rule: rule}))
	_, err := get(t, lab, c)
	must(t, err)
}
