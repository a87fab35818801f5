package verb

import (
	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// reject is the provider rejecting an endpoint's connection: nothing passes any more.
type reject struct{ endpoint string }

var _ = register("reject", func(e scenarios.Entry) Verb {
	if e.Reject == "" {
		return nil
	}
	return reject{e.Reject}
})

func (v reject) Check(c *cloud.Checker, at Line) { c.Endpoint(at.Path+".reject", v.endpoint) }

func (v reject) Describe() string { return "reject the connection of " + v.endpoint }

func (v reject) Inject(Place) []Act { return []Act{Call{control.Reject{Endpoint: v.endpoint}}} }

func (v reject) Heal(Place, []control.Result) []Act {
	return []Act{Call{control.Accept{Endpoint: v.endpoint}}}
}

func (v reject) Effect(Place, []control.Result) event.Effect {
	return event.Effect{Does: "connection of " + v.endpoint + " rejected"}
}

func (reject) Reaction(*cloud.Cloud) Reaction { return Reaction{} }
