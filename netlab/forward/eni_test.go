package forward_test

import (
	"net/netip"
	"testing"

	"netlab/sim/cloud"
)

func TestClosedENIPassesNothing(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	open, _ := b.connect()
	must(t, echo(open, answerTime))

	must(t, b.eni.Disconnect())
	_, err := dial(b.ecs1, b.frontend.String(), patience)
	silent(t, err, "new connection through a closed ENI")
	silent(t, echo(open, patience), "open connection through a closed ENI")

	must(t, b.eni.Connect("clb"))
	c, _ := b.connect()
	must(t, echo(c, answerTime))
	silent(t, echo(open, patience), "connection that a disconnect has cut")
}

func TestNewENIIsClosed(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	must(t, b.eni.Disconnect())
	must(t, b.eni.Disconnect())
	_, err := dial(b.ecs1, b.frontend.String(), patience)
	silent(t, err, "connection before Connect")
}

func TestConsumerAndProviderMayOverlap(t *testing.T) {
	b := openLab(t, overlapping, unlimited, web("wrr"))
	if got := b.share(10); got["ecs2"] != 5 || got["ecs3"] != 5 {
		t.Errorf("answers with overlapping VPCs: %v", got)
	}
}

func TestProviderCannotOpenConnectionsToConsumer(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	serve(t, b.ecs1, b.consumer+":80", "ecs1")
	// A provider that routes the consumer's block to the ENI still gets nowhere.
	toENI := b.fabricBToENI
	must(t, toENI.Route(netip.MustParsePrefix(b.consumer+"/32")))
	for _, to := range []string{b.consumer, b.source.String(), b.eniTable.Address.String()} {
		must(t, toENI.Route(netip.MustParsePrefix(to+"/32")))
		_, err := dial(b.fabricB, to+":80", patience)
		silent(t, err, "provider to "+to)
	}
	_, err := dial(b.ecs3, b.source.String()+":80", patience)
	silent(t, err, "backend to the ENI's source address")
}

func TestConsumerReachesNothingBehindTheENI(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	toENI := b.router1ToENI
	for _, to := range []string{b.service.String(), b.source.String()} {
		must(t, toENI.Route(netip.MustParsePrefix(to+"/32")))
		_, err := dial(b.ecs1, to+":80", patience)
		silent(t, err, "consumer to "+to)
	}
}

func rule(priority int, accept bool, protocol, cidr string, first, last uint16) cloud.SecurityGroupRule {
	return cloud.SecurityGroupRule{
		Ingress: true, IPProtocol: protocol, CIDR: netip.MustParsePrefix(cidr),
		PortFirst: first, PortLast: last, Accept: accept, Priority: priority,
	}
}

func TestSecurityGroups(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	const accept, drop = true, false
	for _, c := range []struct {
		name   string
		groups [][]cloud.SecurityGroupRule
		passes bool
	}{
		{"no group", nil, false},
		{"no rule denies ingress", [][]cloud.SecurityGroupRule{{}}, false},
		{"accept", [][]cloud.SecurityGroupRule{{rule(1, accept, "tcp", "10.0.0.0/24", 80, 80)}}, true},
		{"other port", [][]cloud.SecurityGroupRule{{rule(1, accept, "tcp", "10.0.0.0/24", 81, 65535)}}, false},
		{"other protocol", [][]cloud.SecurityGroupRule{{rule(1, accept, "udp", "10.0.0.0/24", 80, 80)}}, false},
		{"other source", [][]cloud.SecurityGroupRule{{rule(1, accept, "tcp", "10.0.1.0/24", 80, 80)}}, false},
		{"all protocols, all ports", [][]cloud.SecurityGroupRule{{rule(100, accept, "all", "0.0.0.0/0", 0, 0)}}, true},
		{"egress does not count",
			[][]cloud.SecurityGroupRule{{{IPProtocol: "all", CIDR: netip.MustParsePrefix("0.0.0.0/0"), Accept: true, Priority: 1}}}, false},
		{"lower number wins: accept", [][]cloud.SecurityGroupRule{{
			rule(2, drop, "all", "0.0.0.0/0", 0, 0), rule(1, accept, "tcp", "10.0.0.182/32", 80, 80)}}, true},
		{"lower number wins: drop", [][]cloud.SecurityGroupRule{{
			rule(2, accept, "tcp", "10.0.0.182/32", 80, 80), rule(1, drop, "all", "10.0.0.0/16", 0, 0)}}, false},
		{"drop wins ties", [][]cloud.SecurityGroupRule{{
			rule(1, accept, "tcp", "10.0.0.182/32", 80, 80), rule(1, drop, "tcp", "10.0.0.0/24", 1, 100)}}, false},
		{"overlapping accepts", [][]cloud.SecurityGroupRule{{
			rule(1, accept, "tcp", "10.0.0.0/24", 1, 79), rule(1, accept, "tcp", "10.0.0.0/16", 70, 90),
			rule(2, accept, "all", "0.0.0.0/0", 0, 0)}}, true},
		{"groups are read as one", [][]cloud.SecurityGroupRule{
			{rule(5, accept, "tcp", "0.0.0.0/0", 80, 80)}, {rule(4, drop, "tcp", "0.0.0.0/0", 80, 80)}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var groups []*cloud.SecurityGroup
			for _, rules := range c.groups {
				groups = append(groups, &cloud.SecurityGroup{Type: "normal", Rules: rules})
			}
			must(t, b.eni.SetSecurityGroups(groups))
			conn, err := dial(b.ecs1, b.frontend.String(), patience)
			if c.passes {
				must(t, err)
				conn.Close()
			} else {
				silent(t, err, "connection")
			}
		})
	}
}

func TestSecurityGroupsAreStateful(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	open, _ := b.connect()
	must(t, b.eni.SetSecurityGroups([]*cloud.SecurityGroup{{Type: "normal"}}))
	must(t, echo(open, answerTime))
	_, err := dial(b.ecs1, b.frontend.String(), patience)
	silent(t, err, "new connection after the rule was revoked")
}
