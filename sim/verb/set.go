package verb

import (
	"fmt"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// set gives a backend another weight; 0 drains it of new connections.
type set struct{ scenarios.ServerWeight }

var _ = register("set", func(e scenarios.Entry) Verb {
	if e.Set == nil {
		return nil
	}
	return set{*e.Set}
})

func (v set) Check(c *cloud.Checker, at Line) {
	s := server(c, at.Path+".set.server", v.Server)
	if s != nil && s.Weight == v.Weight && v.first(c, at.Entry) && !c.Unread(at.Path+".set.weight") {
		c.Report(c.Errorf(at.Path+".set.weight", "the weight of %s is %d already: nothing would change", s.Instance.Name, s.Weight).
			Advise("write another weight"))
	}
}

// first says whether no earlier line sets the same backend's weight.
func (v set) first(c *cloud.Checker, then scenarios.Entry) bool {
	for _, e := range c.Scenario().Timeline {
		if e.Set != nil && e.Set.Server == v.Server && e.At < then.At {
			return false
		}
	}
	return true
}

func (v set) Describe() string {
	return fmt.Sprintf("set weight of %s to %d", called(v.Server), v.Weight)
}

func (v set) Inject(Place) []Act { return v.to(v.Weight) }

func (v set) Heal(_ Place, before []control.Result) []Act { return v.to(before[0].Weight) }

func (v set) to(weight int) []Act {
	return []Act{Call{control.SetWeight{Server: backend(v.Server), Weight: weight}}}
}

func (v set) Effect(_ Place, before []control.Result) event.Effect {
	return event.Effect{Does: fmt.Sprintf("weight of %s on %s: %d → %d",
		v.Server.Instance, v.Server.LoadBalancer, before[0].Weight, v.Weight)}
}

func (set) Reaction(*cloud.Cloud) Reaction { return Reaction{} }
