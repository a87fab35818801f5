package drill

import (
	"time"

	"netlab/loadgen"
	"netlab/scenarios"
)

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
