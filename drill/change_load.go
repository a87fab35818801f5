package drill

import (
	"context"
	"fmt"
	"time"

	"netlab/loadgen"
	"netlab/scenarios"
)

// A loadChange marks the instant at which a load's schedule changes. The schedule itself knows
// the change from the start (see curve), so the engine needs no message and is not late.
type loadChange struct{ scenarios.LoadChange }

func (c loadChange) inject(context.Context) (string, error) {
	return fmt.Sprintf("load %s: %g requests a second", c.Name, c.Rate), nil
}

func (loadChange) heal(context.Context) error { return nil }

// curve is a load's rate over its whole schedule, warm-up and the timeline's changes included.
func (d *Drill) curve(l scenarios.Load) loadgen.Curve {
	curve := loadgen.Flat(l.Rate)
	for _, e := range d.Scenario.Timeline {
		if e.Load == nil || e.Load.Name != l.Name {
			continue
		}
		at := d.Scenario.Run.WarmUp + e.At
		before := curve.Rate(at - time.Nanosecond)
		if e.Load.Over > 0 {
			curve = curve.Ramp(at, e.Load.Over, e.Load.Rate)
		} else {
			curve = curve.Step(at, e.Load.Rate)
		}
		if e.For > 0 {
			curve = curve.Step(at+e.For, before)
		}
	}
	return curve
}
