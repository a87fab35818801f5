package forward

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// shortTimeouts keep closed connections from filling the kernel's one conntrack table: with the
// default of 120 s in TIME_WAIT its 262,144 entries last for some 2,000 connections a second.
var shortTimeouts = map[string]string{
	"netfilter/nf_conntrack_tcp_timeout_time_wait": "2",
	"netfilter/nf_conntrack_tcp_timeout_close":     "1",
}

// forgetAll drops every conntrack entry of the namespace.
func (n *node) forgetAll() error {
	if err := n.flows.ConntrackTableFlush(netlink.ConntrackTable); err != nil {
		return fmt.Errorf("flush conntrack: %w", err)
	}
	return nil
}

// A flowMatch says which conntrack entries are meant.
type flowMatch func(*netlink.ConntrackFlow) bool

// MatchConntrackFlow makes a flowMatch a filter of the netlink library.
func (m flowMatch) MatchConntrackFlow(f *netlink.ConntrackFlow) bool { return m(f) }

// forget drops the entries that match and returns what they were.
func (n *node) forget(m flowMatch) ([]*netlink.ConntrackFlow, error) {
	var dropped []*netlink.ConntrackFlow
	_, err := n.flows.ConntrackDeleteFilters(netlink.ConntrackTable, unix.AF_INET, flowMatch(func(f *netlink.ConntrackFlow) bool {
		if !m(f) {
			return false
		}
		dropped = append(dropped, f)
		return true
	}))
	if err != nil {
		return dropped, fmt.Errorf("delete conntrack entries: %w", err)
	}
	return dropped, nil
}

func address(ip []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}
