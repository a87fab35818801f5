package verb

import (
	"fmt"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// load marks the instant at which a load's schedule changes. The schedule itself knows the change
// from the start, so the engine needs no message and is not late.
type load struct{ scenarios.LoadChange }

var _ = register("load", func(e scenarios.Entry) Verb {
	if e.Load == nil {
		return nil
	}
	return load{*e.Load}
})

// Check has nothing to look for: decoding knows the loads by their names.
func (load) Check(*cloud.Checker, Line) {}

func (v load) Describe() string {
	if v.Over > 0 {
		return fmt.Sprintf("load %s to %g/s over %s", v.Name, v.Rate, v.Over)
	}
	return fmt.Sprintf("load %s to %g/s", v.Name, v.Rate)
}

func (load) Inject(Place) []Act                 { return nil }
func (load) Heal(Place, []control.Result) []Act { return nil }

func (v load) Effect(Place, []control.Result) event.Effect {
	return event.Effect{Does: fmt.Sprintf("load %s: %g requests a second", v.Name, v.Rate)}
}

func (load) Reaction(*cloud.Cloud) Reaction { return Reaction{} }
