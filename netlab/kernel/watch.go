package kernel

import (
	"context"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Index is the NIC's interface index in its namespace, for sockets bound to the NIC.
func (c NIC) Index() int { return c.index() }

// WatchUp reports whether the NIC is set up, first as it is and then at every change, until ctx
// ends. It tells what was asked of this end (Up, Down, or the NIC's removal), not whether the link
// has carrier: that also depends on the other end.
func (c NIC) WatchUp(ctx context.Context, report func(up bool)) error {
	known, last := false, false
	for {
		updates := make(chan netlink.LinkUpdate, 64)
		var lost error
		err := netlink.LinkSubscribeWithOptions(updates, ctx.Done(), netlink.LinkSubscribeOptions{
			Namespace:     &c.Namespace.handle,
			ListExisting:  true,
			ErrorCallback: func(err error) { lost = err },
		})
		if err != nil {
			return fmt.Errorf("watch %s: %w", c.name(), err)
		}
		heard := false
		for u := range updates {
			heard = true
			if u.Attrs().Index != c.index() {
				continue
			}
			up := u.Header.Type == unix.RTM_NEWLINK && u.Attrs().Flags&net.FlagUp != 0
			if !known || up != last {
				known, last = true, up
				report(up)
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		// The kernel drops a slow listener's messages and says so once; a new subscription starts
		// from the state as it is. One that fails before its first message will not get better.
		if !heard {
			return fmt.Errorf("watch %s: %w", c.name(), lost)
		}
	}
}
