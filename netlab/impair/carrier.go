package impair

import (
	"fmt"

	"netlab/netlab/kernel"
)

// follow sets the far inner end up and down with an outer NIC. A veth has carrier while both its
// ends are up; so the far outer NIC has carrier exactly while both outer NICs are up, as if the
// two were one veth.
//
// It follows what the NIC was set to, not its carrier: of two ends that each wait for the other's
// carrier, none would ever come back.
func (e *Engine) follow(outer, far kernel.NIC) {
	e.watches.Go(func() {
		err := outer.WatchUp(e.watching, func(up bool) {
			set := far.Down
			if up {
				set = far.Up
			}
			if err := set(); err != nil && e.watching.Err() == nil {
				e.fail(fmt.Errorf("pass on the carrier of %s: %w", outer.MAC, err))
			}
		})
		if err != nil {
			far.Down()
			e.fail(fmt.Errorf("follow the carrier of %s: %w", outer.MAC, err))
		}
	})
}
