package verb

import (
	"fmt"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// disable cuts one zone off an endpoint's connection.
type disable struct{ scenarios.ZoneRef }

var _ = register("disable", func(e scenarios.Entry) Verb {
	if e.Disable == nil {
		return nil
	}
	return disable{*e.Disable}
})

func (v disable) Check(c *cloud.Checker, at Line) { endpointAt(c, at.Path+".disable", v.ZoneRef) }

func (v disable) Describe() string { return fmt.Sprintf("disable %s in %s", v.Endpoint, v.Zone) }

func (v disable) Inject(Place) []Act {
	return []Act{Call{control.DisableZone{Endpoint: v.Endpoint, Zone: cloud.Zone(v.Zone)}}}
}

func (v disable) Heal(p Place, _ []control.Result) []Act { return enable(v).Inject(p) }

func (v disable) Effect(Place, []control.Result) event.Effect {
	return event.Effect{Does: fmt.Sprintf("%s disabled in %s", v.Endpoint, v.Zone)}
}

func (disable) Reaction(*cloud.Cloud) Reaction { return Reaction{} }
