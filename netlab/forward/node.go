// Package forward is what endpoint ENIs and CLB nodes do to packets: one nftables ruleset per
// namespace, loaded over netlink, and the conntrack entries that go with it.
//
// NewENI and NewCLB load a ruleset that lets nothing through; Connect, AddListener and SetSlots
// open it. Every change is one netlink batch, so a packet meets the ruleset before it or the
// ruleset after it and never one in between. NewBackend and NewRouter are for the hosts around a
// node, so that clients in the provider's own VPC can use the VIP.
//
// The package makes no link and no route, computes no slot table and probes no backend.
package forward

import (
	"fmt"
	"sync"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	mdnetlink "github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
)

// A node is the netfilter side of one namespace.
type node struct {
	namespace *kernel.Namespace

	mu      sync.Mutex // guards rules, which holds the batch being built, and lastSet
	rules   *nftables.Conn
	lastSet uint32
	socket  *mdnetlink.Conn // that of rules, for what google/nftables has no words for

	flows *netlink.Handle // conntrack
}

func openNode(ns *kernel.Namespace) (*node, error) {
	n := &node{namespace: ns}
	keep := func(c *mdnetlink.Conn) error { n.socket = c; return nil }
	var err error
	n.rules, err = nftables.New(nftables.WithNetNSFd(ns.FD()), nftables.AsLasting(), nftables.WithSockOptions(keep))
	if err != nil {
		return nil, fmt.Errorf("open nftables socket: %w", err)
	}
	err = ns.Do(func() error {
		n.flows, err = netlink.NewHandle(unix.NETLINK_NETFILTER)
		return err
	})
	if err != nil {
		n.rules.CloseLasting()
		return nil, fmt.Errorf("open conntrack socket: %w", err)
	}
	return n, nil
}

// Close lets the sockets go. The ruleset stays as long as the namespace does.
func (n *node) Close() error {
	n.flows.Close()
	return n.rules.CloseLasting()
}

// newSet numbers a set itself: the library's own numbers come from a variable that all its
// connections share without a lock.
func (n *node) newSet(s nftables.Set) *nftables.Set {
	n.lastSet++
	s.ID = n.lastSet
	if s.Anonymous {
		s.Name = "__set%d" // the kernel fills the number in
	}
	return &s
}

// addAnonymousSet adds a set to the batch that lives as long as the rule that reads it.
func (n *node) addAnonymousSet(t *nftables.Table, key nftables.SetDatatype, keys [][]byte) (*nftables.Set, error) {
	s := n.newSet(nftables.Set{Table: t, Anonymous: true, Constant: true, KeyType: key})
	elements := make([]nftables.SetElement, len(keys))
	for i, k := range keys {
		elements[i].Key = k
	}
	return s, n.rules.AddSet(s, elements)
}

// add appends one rule to the batch.
func (n *node) add(c *nftables.Chain, parts ...[]expr.Any) {
	r := &nftables.Rule{Table: c.Table, Chain: c}
	for _, p := range parts {
		r.Exprs = append(r.Exprs, p...)
	}
	n.rules.AddRule(r)
}

// A hook is where in the kernel's path a base chain stands.
type hook struct {
	kind     nftables.ChainType
	at       *nftables.ChainHook
	priority nftables.ChainPriority
	policy   nftables.ChainPolicy
}

func (n *node) baseChain(t *nftables.Table, name string, h hook) *nftables.Chain {
	return n.rules.AddChain(&nftables.Chain{
		Table: t, Name: name, Type: h.kind, Hooknum: h.at, Priority: &h.priority, Policy: &h.policy,
	})
}

func (n *node) chain(t *nftables.Table, name string) *nftables.Chain {
	return n.rules.AddChain(&nftables.Chain{Table: t, Name: name})
}
