package impair

import (
	"errors"
	"fmt"
	"sync"

	"netlab/netlab/kernel"
)

// An innerEnd is a wire's end in the wire namespace. It is up while the outer NIC at the far end of
// the wire is, and the wire is not cut. A veth has carrier while both its ends are up; so an outer
// NIC has carrier exactly while both outer NICs are up, as if the two were one veth.
//
// It follows what the far NIC was set to, not its carrier: of two ends that each wait for the other's
// carrier, none would ever come back.
type innerEnd struct {
	nic kernel.NIC

	mu    sync.Mutex
	farUp bool
	cut   bool
	up    bool
}

// set changes the end's state and brings the NIC in line with it.
func (i *innerEnd) set(change func()) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
	want := i.farUp && !i.cut
	if want == i.up {
		return nil
	}
	act := i.nic.Down
	if want {
		act = i.nic.Up
	}
	if err := act(); err != nil {
		return err
	}
	i.up = want
	return nil
}

// follow passes on to the far inner end whether an outer NIC is up.
func (e *Engine) follow(outer kernel.NIC, far *innerEnd) {
	e.watches.Go(func() {
		err := outer.WatchUp(e.watching, func(up bool) {
			if err := far.set(func() { far.farUp = up }); err != nil && e.watching.Err() == nil {
				e.fail(fmt.Errorf("pass on the carrier of %s: %w", outer.MAC, err))
			}
		})
		if err != nil {
			e.fail(errors.Join(fmt.Errorf("follow the carrier of %s: %w", outer.MAC, err),
				far.set(func() { far.cut = true })))
		}
	})
}
