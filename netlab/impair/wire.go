package impair

import (
	"errors"
	"fmt"
)

// A Wire is an impaired link in operation.
type Wire struct {
	engine *Engine
	ab, ba *flow
	ends   [2]*innerEnd // A's and B's
}

// Update gives the link another quality, for frames that arrive from now on. Those in flight keep
// their time, and later ones do not overtake them: after a long delay a short one shows only
// once the wire is empty. Spec's seed is ignored; the random choices go on.
func (w *Wire) Update(spec Spec) error {
	if err := spec.validate(); err != nil {
		return fmt.Errorf("update link quality: %w", err)
	}
	w.engine.do(func() {
		w.ab.shape.change(spec.AB)
		w.ba.shape.change(spec.BA)
	})
	return nil
}

// Down cuts the link: both ends lose their carrier, as of a fibre, but keep their addresses and
// routes, which a NIC that is set down loses. Frames in flight are lost.
func (w *Wire) Down() error { return w.setCut(true) }

// Up mends the link.
func (w *Wire) Up() error { return w.setCut(false) }

func (w *Wire) setCut(cut bool) error {
	var errs [2]error
	for i, end := range w.ends {
		errs[i] = end.set(func() { end.cut = cut })
	}
	if err := errors.Join(errs[:]...); err != nil {
		return fmt.Errorf("cut or mend link: %w", err)
	}
	return nil
}

// Stats are the wire's figures now, consistent with each other.
func (w *Wire) Stats() (s Stats, err error) {
	w.engine.do(func() {
		var errs [2]error
		s.AB, errs[0] = w.ab.snapshot()
		s.BA, errs[1] = w.ba.snapshot()
		err = errors.Join(errs[:]...)
	})
	return s, err
}
