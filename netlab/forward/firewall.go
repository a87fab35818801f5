package forward

import (
	"fmt"
	"maps"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"netlab/netlab/kernel"
	"netlab/sim/cloud"
)

// A Firewall is the security groups of an instance's network interface (eth0). It stands in the
// instance's own namespace, because groups are stateful and the two directions of a connection
// may go through different routers: a client's packets come by way of a load balancer's zone, the
// answers leave by the instance's. What the provider's own range sends passes before any rule, so
// clients behind endpoint ENIs and health checks cost nothing here.
type Firewall struct {
	*node
	in, out *nftables.Chain
}

// firewallSysctls: a security group remembers a session for 910 s (documented: ECS "Security
// groups"). A packet from the middle of a connection that it has forgotten is judged as if it
// opened one (unknown).
var firewallSysctls = map[string]string{
	"netfilter/nf_conntrack_tcp_timeout_established": seconds(cloud.SessionTimeout),
	"netfilter/nf_conntrack_tcp_loose":               "1",
	"netfilter/nf_conntrack_tcp_be_liberal":          "1",
}

// NewFirewall puts a network interface into security groups.
func NewFirewall(ns *kernel.Namespace, groups []*cloud.SecurityGroup) (*Firewall, error) {
	n, err := openNode(ns)
	if err != nil {
		return nil, fmt.Errorf("security groups: %w", err)
	}
	f := &Firewall{node: n}
	if err := f.load(groups); err != nil {
		n.Close()
		return nil, fmt.Errorf("security groups: %w", err)
	}
	return f, nil
}

func (f *Firewall) load(groups []*cloud.SecurityGroup) error {
	table := f.rules.AddTable(&nftables.Table{Family: nftables.TableFamilyIPv4, Name: "firewall"})
	f.in, f.out = f.chain(table, "in"), f.chain(table, "out")
	for _, side := range []struct {
		name   string
		at     *nftables.ChainHook
		nic    []expr.Any
		groups *nftables.Chain
	}{
		{"ingress", nftables.ChainHookPrerouting, cameIn("eth0"), f.in},
		{"egress", nftables.ChainHookOutput, goesOut("eth0"), f.out},
	} {
		chain := f.baseChain(table, side.name, hook{nftables.ChainTypeFilter, side.at, *nftables.ChainPriorityMangle, nftables.ChainPolicyAccept})
		f.add(chain, connection(expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED), accept())
		f.add(chain, side.nic, jump(side.groups))
	}
	if err := f.judgeBoth(groups); err != nil {
		return err
	}
	if err := f.rules.Flush(); err != nil {
		return fmt.Errorf("load ruleset: %w", err)
	}
	settings := maps.Clone(shortTimeouts)
	maps.Copy(settings, firewallSysctls)
	return f.namespace.Sysctls(settings)
}

// Set puts these groups' rules in place of the earlier ones, for new connections.
func (f *Firewall) Set(groups []*cloud.SecurityGroup) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules.FlushChain(f.in)
	f.rules.FlushChain(f.out)
	if err := f.judgeBoth(groups); err != nil {
		return fmt.Errorf("set security groups: %w", err)
	}
	if err := f.rules.Flush(); err != nil {
		return fmt.Errorf("set security groups: %w", err)
	}
	return nil
}

func (f *Firewall) judgeBoth(groups []*cloud.SecurityGroup) error {
	if err := f.judge(f.in, groupIngress, groups); err != nil {
		return err
	}
	return f.judge(f.out, groupEgress, groups)
}
