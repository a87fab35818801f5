package forward

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"

	"netlab/netlab/kernel"
	"netlab/sim/cloud"
	"netlab/sim/topology"
)

// A CLB is one node (cluster) of a load balancer with layer-4 listeners. It translates the
// destination only: backends see the address that the packet came from (documented: a layer-4
// listener "typically operates in passthrough mode"), so their replies must be routed back through
// this node.
type CLB struct {
	*node
	table     topology.CLBTable
	rewrites  *nftables.Table
	dispatch  *nftables.Set   // protocol . frontend port : jump to the listener's chain
	closing   *nftables.Set   // connections whose packets are answered with a reset
	takeover  *nftables.Chain // what packets from the middle of an unknown connection get
	listeners map[listenerKey]*listener
	limits    *limits
	proxies   []*proxy // of listeners with PROXY protocol, also of earlier ones
	idle      *idleWatch
}

// clbSysctls: the node that takes over sees connections from the middle. be_liberal accepts
// sequence numbers that it has not followed, loose (the default, stated because failover depends
// on it) makes an entry for them; with either missing, open connections die at a zone switch.
// UDP flows end after 90 s without a packet (documented: SLB FAQ). TCP connections end by the idle
// watch, which reads off conntrack's timeouts how long they have been idle.
var clbSysctls = map[string]string{
	"netfilter/nf_conntrack_tcp_be_liberal":          "1",
	"netfilter/nf_conntrack_tcp_loose":               "1",
	"netfilter/nf_conntrack_tcp_timeout_established": seconds(conntrackIdle),
	// Shorter ones would make a connection with unanswered data look idle for longer.
	"netfilter/nf_conntrack_tcp_timeout_max_retrans":    seconds(conntrackIdle),
	"netfilter/nf_conntrack_tcp_timeout_unacknowledged": seconds(conntrackIdle),
	"netfilter/nf_conntrack_udp_timeout":                seconds(cloud.UDPTimeout),
	"netfilter/nf_conntrack_udp_timeout_stream":         seconds(cloud.UDPTimeout),
}

// NewCLB loads the node's ruleset into the namespace. It serves nothing until AddListener and
// SetSlots.
func NewCLB(ns *kernel.Namespace, t topology.CLBTable, capacity Capacity) (*CLB, error) {
	n, err := openNode(ns)
	if err != nil {
		return nil, fmt.Errorf("CLB node %s in %s: %w", t.LoadBalancer, t.Zone, err)
	}
	c := &CLB{node: n, table: t, listeners: map[listenerKey]*listener{}}
	if err := c.load(capacity); err != nil {
		n.Close()
		return nil, fmt.Errorf("CLB node %s in %s: %w", t.LoadBalancer, t.Zone, err)
	}
	c.idle = c.watchIdle()
	return c, nil
}

// Close ends what the node does by itself. Its ruleset stays as long as the namespace does.
func (c *CLB) Close() error {
	watched := c.idle.stop()
	for _, p := range c.allProxies() {
		p.close()
	}
	return errors.Join(watched, c.node.Close())
}

func (c *CLB) load(capacity Capacity) error {
	c.rewrites = c.rules.AddTable(&nftables.Table{Family: nftables.TableFamilyIPv4, Name: "clb"})

	guard := c.baseChain(c.rewrites, "guard",
		hook{nftables.ChainTypeFilter, nftables.ChainHookPrerouting, *nftables.ChainPriorityMangle, nftables.ChainPolicyDrop})
	c.add(guard, connection(expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED), accept())
	if err := c.addClosing(guard); err != nil {
		return err
	}
	// An invalid packet would leave this node untranslated, and its receiver would reset the
	// connection.
	c.add(guard, connection(expr.CtStateBitINVALID), drop())
	c.takeover = c.chain(c.rewrites, "takeover")
	c.add(guard, connection(expr.CtStateBitNEW), jump(c.takeover))
	// Clients may open connections to the load balancer and nowhere else. A backend's packet
	// to a client is never the first of a connection: when one looks so, this node has just
	// taken over and has not seen the client yet. An entry made from it would have no
	// translation, and the connection would be lost; its retransmission finds the client's entry.
	for _, a := range c.addresses() {
		c.add(guard, toAddress(a), accept())
	}
	// The monitor's heartbeats.
	if c.table.Probe.IsValid() {
		c.add(guard, toAddress(c.table.Probe), protocolIs(protocolICMP), accept())
	}

	listeners := c.chain(c.rewrites, "listeners")
	c.dispatch = c.newSet(nftables.Set{
		Table: c.rewrites, Name: "listeners", IsMap: true, Concatenation: true,
		KeyType:  nftables.MustConcatSetType(nftables.TypeInetProto, nftables.TypeInetService),
		DataType: nftables.TypeVerdict,
	})
	if err := c.rules.AddSet(c.dispatch, nil); err != nil {
		return fmt.Errorf("map of listeners: %w", err)
	}
	c.add(listeners, []expr.Any{protocolField(firstRegister), portField(firstRegister+1, offsetPort), decide(c.dispatch)})
	destination := c.baseChain(c.rewrites, "destination",
		hook{nftables.ChainTypeNAT, nftables.ChainHookPrerouting, *nftables.ChainPriorityNATDest, nftables.ChainPolicyAccept})
	for _, a := range c.addresses() {
		c.add(destination, toAddress(a), jump(listeners))
	}

	if err := c.addReturnPath(); err != nil {
		return err
	}

	// What no listener took, or no backend could, gets no answer. Answers to this node's own
	// health checks, clients of a proxy and the monitor's heartbeats come in here.
	local := c.baseChain(c.rewrites, "local",
		hook{nftables.ChainTypeFilter, nftables.ChainHookInput, *nftables.ChainPriorityFilter, nftables.ChainPolicyDrop})
	c.add(local, connection(expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED), accept())
	c.add(local, translated(), accept())
	c.add(local, protocolIs(protocolICMP), accept())
	if err := c.rules.Flush(); err != nil {
		return fmt.Errorf("load ruleset: %w", err)
	}

	var err error
	if c.limits, err = c.loadLimits(capacity); err != nil {
		return fmt.Errorf("limits of %s: %w", capacity.Name, err)
	}
	settings := maps.Clone(shortTimeouts)
	maps.Copy(settings, clbSysctls)
	return c.namespace.Sysctls(settings)
}

// addresses are those that clients send to: the VIP, and the address on the fabric that endpoint
// ENIs translate to, when there is an endpoint service.
func (c *CLB) addresses() []netip.Addr {
	return slices.DeleteFunc([]netip.Addr{c.table.Service, c.table.VIP}, func(a netip.Addr) bool { return !a.IsValid() })
}

// serves says whether the connection is a client's: the node's own health checks have entries too.
func (c *CLB) serves(f *netlink.ConntrackFlow) bool {
	return slices.Contains(c.addresses(), address(f.Forward.DstIP))
}
