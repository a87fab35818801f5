package verb

import (
	"fmt"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// remove deregisters a backend; it comes back with the weight that it had.
type remove struct{ scenarios.ServerChange }

var _ = register("remove", func(e scenarios.Entry) Verb {
	if e.Remove == nil {
		return nil
	}
	return remove{*e.Remove}
})

func (v remove) Check(c *cloud.Checker, at Line) { server(c, at.Path+".remove.server", v.Server) }

func (v remove) Describe() string { return "remove " + called(v.Server) }

func (v remove) Inject(Place) []Act {
	return []Act{Call{control.RemoveServer{Server: backend(v.Server)}}}
}

func (v remove) Heal(_ Place, before []control.Result) []Act {
	return []Act{Call{control.AddServer{Server: backend(v.Server), Weight: before[0].Weight}}}
}

func (v remove) Effect(Place, []control.Result) event.Effect {
	return event.Effect{Does: fmt.Sprintf("%s removed from %s", v.Server.Instance, v.Server.LoadBalancer)}
}

func (remove) Reaction(*cloud.Cloud) Reaction { return Reaction{} }
