package verb

import (
	"fmt"
	"slices"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// enable connects a disabled zone of an endpoint's connection again.
type enable struct{ scenarios.ZoneRef }

var _ = register("enable", func(e scenarios.Entry) Verb {
	if e.Enable == nil {
		return nil
	}
	return enable{*e.Enable}
})

func (v enable) Check(c *cloud.Checker, at Line) { endpointAt(c, at.Path+".enable", v.ZoneRef) }

func (v enable) Describe() string { return fmt.Sprintf("enable %s in %s", v.Endpoint, v.Zone) }

func (v enable) Inject(Place) []Act {
	return []Act{Call{control.EnableZone{Endpoint: v.Endpoint, Zone: cloud.Zone(v.Zone)}}}
}

func (v enable) Heal(p Place, _ []control.Result) []Act { return disable(v).Inject(p) }

func (v enable) Effect(Place, []control.Result) event.Effect {
	return event.Effect{Does: fmt.Sprintf("%s enabled in %s", v.Endpoint, v.Zone)}
}

func (enable) Reaction(*cloud.Cloud) Reaction { return Reaction{} }

// endpointAt resolves an endpoint, and reports a zone in which it has no ENI.
func endpointAt(c *cloud.Checker, path string, ref scenarios.ZoneRef) *cloud.Endpoint {
	ep := c.Endpoint(path+".endpoint", ref.Endpoint)
	zone := c.Zone(path+".zone", ref.Zone)
	if ep == nil || zone == "" || ep.AnyZone() == "" {
		return nil
	}
	if !slices.ContainsFunc(ep.Zones, func(z cloud.EndpointZone) bool { return z.Zone == zone }) {
		c.Report(c.Errorf(path+".zone", "endpoint %s has no ENI in %s", ep.Name, zone).Instead(string(ep.AnyZone())))
		return nil
	}
	return ep
}
