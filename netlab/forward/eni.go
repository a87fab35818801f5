package forward

import (
	"errors"
	"fmt"
	"maps"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"

	"netlab/netlab/kernel"
	"netlab/sim/cloud"
	"netlab/sim/topology"
)

// An ENI is an endpoint's elastic network interface: the one way from a consumer's VPC (eth0) to
// an endpoint service (eth1, the provider's fabric). It translates both addresses, so the two VPCs
// share no route and may overlap ("resolves IP address conflicts", documented: PrivateLink
// "Getting started"). The source address that the provider sees is inferred: 100.64.0.0/10.
//
// Connections open from the consumer to the provider only (inferred: no document says that an
// Interface endpoint works both ways, and a Reverse type exists).
type ENI struct {
	*node
	table  topology.ENITable
	gate   *nftables.Chain // policy drop while the endpoint is not Connected
	groups *nftables.Chain // the security groups' rules
	choice *nftables.Chain // new connections come here to be sent to the load balancer
	serves string          // that load balancer, "" while the gate is closed
}

// eniSysctls: a security group remembers a session for 910 s (documented: ECS "Security groups").
// A packet from the middle of a connection that the ENI does not know is no new connection, or
// else one that was cut by a disconnect would come back with the next accept.
var eniSysctls = map[string]string{
	"netfilter/nf_conntrack_tcp_timeout_established": seconds(cloud.SessionTimeout),
	"netfilter/nf_conntrack_tcp_loose":               "0",
	"netfilter/nf_conntrack_tcp_be_liberal":          "1",
}

// NewENI loads the ENI's ruleset into the namespace. It stays closed until Connect, and admits
// nothing until SetSecurityGroups.
func NewENI(ns *kernel.Namespace, t topology.ENITable) (*ENI, error) {
	n, err := openNode(ns)
	if err != nil {
		return nil, fmt.Errorf("endpoint ENI %s: %w", t.Address, err)
	}
	e := &ENI{node: n, table: t}
	if err := e.load(); err != nil {
		n.Close()
		return nil, fmt.Errorf("endpoint ENI %s: %w", t.Address, err)
	}
	return e, nil
}

func (e *ENI) load() error {
	table := e.rules.AddTable(&nftables.Table{Family: nftables.TableFamilyIPv4, Name: "eni"})

	// Before conntrack, so that a closed ENI creates no entry and an entry opens no closed ENI.
	e.gate = e.baseChain(table, "gate",
		hook{nftables.ChainTypeFilter, nftables.ChainHookPrerouting, *nftables.ChainPriorityRaw, nftables.ChainPolicyDrop})

	e.groups = e.chain(table, "groups")
	guard := e.baseChain(table, "guard",
		hook{nftables.ChainTypeFilter, nftables.ChainHookPrerouting, *nftables.ChainPriorityMangle, nftables.ChainPolicyDrop})
	e.add(guard, connection(expr.CtStateBitINVALID), drop())
	e.add(guard, connection(expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED), accept())
	// Only this side may open a connection, and only to the ENI: it is no router.
	e.add(guard, cameIn("eth0"), toAddress(e.table.Address), jump(e.groups))

	e.choice = e.chain(table, "choice")
	destination := e.baseChain(table, "destination",
		hook{nftables.ChainTypeNAT, nftables.ChainHookPrerouting, *nftables.ChainPriorityNATDest, nftables.ChainPolicyAccept})
	e.add(destination, cameIn("eth0"), toAddress(e.table.Address), jump(e.choice))
	source := e.baseChain(table, "source",
		hook{nftables.ChainTypeNAT, nftables.ChainHookPostrouting, *nftables.ChainPriorityNATSource, nftables.ChainPolicyAccept})
	for _, p := range e.table.Paths {
		e.add(source, goesOut("eth1"), toAddress(p.Service), rewrite(expr.NATTypeSourceNAT, p.Source))
	}

	// What is left over for the ENI itself gets no answer, not even a reset.
	e.baseChain(table, "local",
		hook{nftables.ChainTypeFilter, nftables.ChainHookInput, *nftables.ChainPriorityFilter, nftables.ChainPolicyDrop})
	if err := e.rules.Flush(); err != nil {
		return fmt.Errorf("load ruleset: %w", err)
	}

	settings := maps.Clone(shortTimeouts)
	maps.Copy(settings, eniSysctls)
	return e.namespace.Sysctls(settings)
}

// Connect opens the ENI to one of its load balancers: the endpoint's connection is Connected in
// this zone. On an open ENI it makes that one replace another: new connections go to it, open ones
// stay where they are until Cut.
func (e *ENI) Connect(loadBalancer string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.serves == loadBalancer {
		return nil
	}
	if err := e.connect(loadBalancer); err != nil {
		return fmt.Errorf("connect endpoint ENI %s to %s: %w", e.table.Address, loadBalancer, err)
	}
	return nil
}

func (e *ENI) connect(loadBalancer string) error {
	path, err := e.path(loadBalancer)
	if err != nil {
		return err
	}
	if e.serves == "" {
		// Nothing gets past the gate now, so this takes the last entry of the time before.
		if err := e.forgetAll(); err != nil {
			return err
		}
	}
	e.rules.FlushChain(e.choice)
	for _, protocol := range []byte{protocolTCP, protocolUDP} {
		e.add(e.choice, protocolIs(protocol), rewrite(expr.NATTypeDestNAT, path.Service))
	}
	if err := e.setGate(nftables.ChainPolicyAccept); err != nil {
		return err
	}
	e.serves = loadBalancer
	return nil
}

func (e *ENI) path(loadBalancer string) (topology.ENIPath, error) {
	for _, p := range e.table.Paths {
		if p.LoadBalancer == loadBalancer {
			return p, nil
		}
	}
	return topology.ENIPath{}, errors.New("there is no path to it")
}

// Cut ends the connections to a load balancer that another one has replaced: their packets are
// dropped from now on. None is answered.
func (e *ENI) Cut(loadBalancer string) error {
	path, err := e.path(loadBalancer)
	if err == nil {
		_, err = e.forget(func(f *netlink.ConntrackFlow) bool { return address(f.Reverse.SrcIP) == path.Service })
	}
	if err != nil {
		return fmt.Errorf("cut endpoint ENI %s off %s: %w", e.table.Address, loadBalancer, err)
	}
	return nil
}

// Disconnect closes the ENI for every packet, those of open connections too. None is answered.
func (e *ENI) Disconnect() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.serves == "" {
		return nil
	}
	if err := e.setGate(nftables.ChainPolicyDrop); err != nil {
		return fmt.Errorf("disconnect endpoint ENI %s: %w", e.table.Address, err)
	}
	e.serves = ""
	if err := e.forgetAll(); err != nil {
		return fmt.Errorf("disconnect endpoint ENI %s: %w", e.table.Address, err)
	}
	return nil
}

func (e *ENI) setGate(p nftables.ChainPolicy) error {
	e.gate.Policy = &p
	e.rules.AddChain(e.gate)
	return e.rules.Flush()
}

// SetSecurityGroups puts these groups' rules in place of the earlier ones. They decide over new
// connections from the VPC to the ENI; connections that are open stay (security groups are
// stateful). Without any group nothing is admitted: an ENI belongs to at least one.
func (e *ENI) SetSecurityGroups(groups []*cloud.SecurityGroup) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rules.FlushChain(e.groups)
	if err := e.judge(e.groups, groupIngress, groups); err != nil {
		return fmt.Errorf("endpoint ENI %s: %w", e.table.Address, err)
	}
	if err := e.rules.Flush(); err != nil {
		return fmt.Errorf("endpoint ENI %s: set security groups: %w", e.table.Address, err)
	}
	return nil
}
