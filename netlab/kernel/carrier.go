package kernel

import (
	"context"
	"fmt"

	"github.com/vishvananda/netlink"
)

// AwaitCarrier returns once the namespace's first count NICs carry traffic in both directions.
// The kernel reports that asynchronously, from its linkwatch worker: a set-up that only waits
// for netlink's acknowledgements can lose its first packets.
func (n *Namespace) AwaitCarrier(ctx context.Context, count int) error {
	updates := make(chan netlink.LinkUpdate, 64)
	done := make(chan struct{})
	defer close(done)
	var failed error
	err := netlink.LinkSubscribeWithOptions(updates, done, netlink.LinkSubscribeOptions{
		Namespace:     &n.handle,
		ListExisting:  true,
		ErrorCallback: func(err error) { failed = err },
	})
	if err != nil {
		return fmt.Errorf("watch links: %w", err)
	}
	up := map[int]bool{}
	for len(up) < count {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for carrier: %d of %d NICs up: %w", len(up), count, ctx.Err())
		case u, ok := <-updates:
			if !ok {
				return fmt.Errorf("watch links: %w", failed)
			}
			attrs := u.Attrs()
			if attrs.Index == 1 { // lo
				continue
			}
			if attrs.OperState == netlink.OperUp {
				up[attrs.Index] = true
			} else {
				delete(up, attrs.Index)
			}
		}
	}
	return nil
}
