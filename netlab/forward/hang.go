package forward

import (
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"netlab/netlab/kernel"
)

// A Hang swallows every packet from and to a namespace, as a frozen machine does: nothing is
// refused, nothing answered. Its links stay up.
type Hang struct {
	node  *node
	table *nftables.Table
}

// NewHang freezes the namespace until Close.
func NewHang(ns *kernel.Namespace) (*Hang, error) {
	n, err := openNode(ns)
	if err != nil {
		return nil, fmt.Errorf("hang: %w", err)
	}
	h := &Hang{node: n, table: n.rules.AddTable(&nftables.Table{Family: nftables.TableFamilyIPv4, Name: "hang"})}
	drop := []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}}
	// Before conntrack, so that a frozen machine's connections do not age differently.
	for name, at := range map[string]*nftables.ChainHook{"in": nftables.ChainHookPrerouting, "out": nftables.ChainHookOutput} {
		chain := n.rules.AddChain(&nftables.Chain{Name: name, Table: h.table, Type: nftables.ChainTypeFilter,
			Hooknum: at, Priority: nftables.ChainPriorityFirst})
		n.rules.AddRule(&nftables.Rule{Table: h.table, Chain: chain, Exprs: drop})
	}
	if err := n.rules.Flush(); err != nil {
		n.Close()
		return nil, fmt.Errorf("hang: %w", err)
	}
	return h, nil
}

// Close lets packets pass again.
func (h *Hang) Close() error {
	h.node.rules.DelTable(h.table)
	if err := h.node.rules.Flush(); err != nil {
		return fmt.Errorf("end hang: %w", err)
	}
	return h.node.Close()
}
