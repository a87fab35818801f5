package kernel

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// UseTable makes packets with the firewall mark look their route up in a table of their own
// first. What that table has no route for goes on to the main table.
func (n *Namespace) UseTable(mark uint32, table int) error {
	rule := netlink.NewRule()
	rule.Family, rule.Mark, rule.Table = unix.AF_INET, mark, table
	if err := n.routes.RuleAdd(rule); err != nil {
		return fmt.Errorf("add rule for mark %#x: %w", mark, err)
	}
	return nil
}

// RouteIn is Route in a table of its own.
func (c NIC) RouteIn(table int, dst netip.Prefix) error {
	route := c.routeTo(dst)
	route.Table = table
	if err := c.Namespace.routes.RouteReplace(route); err != nil {
		return fmt.Errorf("route %s over %s in table %d: %w", dst, c.name(), table, err)
	}
	return nil
}
