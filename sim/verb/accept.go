package verb

import (
	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// accept is the provider accepting an endpoint's connection.
type accept struct{ endpoint string }

var _ = register("accept", func(e scenarios.Entry) Verb {
	if e.Accept == "" {
		return nil
	}
	return accept{e.Accept}
})

func (v accept) Check(c *cloud.Checker, at Line) { c.Endpoint(at.Path+".accept", v.endpoint) }

func (v accept) Describe() string { return "accept the connection of " + v.endpoint }

func (v accept) Inject(Place) []Act { return []Act{Call{control.Accept{Endpoint: v.endpoint}}} }

func (v accept) Heal(Place, []control.Result) []Act {
	return []Act{Call{control.Reject{Endpoint: v.endpoint}}}
}

func (v accept) Effect(Place, []control.Result) event.Effect {
	return event.Effect{Does: "connection of " + v.endpoint + " accepted"}
}

func (accept) Reaction(*cloud.Cloud) Reaction { return Reaction{} }
