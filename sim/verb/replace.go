package verb

import (
	"fmt"
	"slices"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// replace gives a zone of an endpoint's connection another load balancer; the heal gives it the one
// before, in the same mode.
type replace struct{ scenarios.Replacement }

var _ = register("replace", func(e scenarios.Entry) Verb {
	if e.Replace == nil {
		return nil
	}
	return replace{*e.Replace}
})

// Check wants a load balancer among several that the service has in the zone.
func (v replace) Check(c *cloud.Checker, at Line) {
	path := at.Path + ".replace"
	ep := endpointAt(c, path, v.ZoneRef)
	lb := c.LoadBalancer(path+".load_balancer", v.LoadBalancer)
	if ep == nil || ep.Service == nil || lb == nil && v.LoadBalancer != "" {
		return
	}
	var offered []string
	for _, r := range ep.Service.Resources {
		if string(r.Zone) == v.Zone && r.LoadBalancer != nil {
			offered = append(offered, r.LoadBalancer.Name)
		}
	}
	switch {
	case lb != nil && !slices.Contains(offered, lb.Name):
		c.Report(c.Choose(c.Errorf(path+".load_balancer", "%s is no resource of %s in %s", lb.Name, ep.Service.Name, v.Zone), lb.Name, offered))
	case len(offered) < 2:
		c.Report(c.Errorf(path, "%s has no other resource in %s: nothing would change", ep.Service.Name, v.Zone).
			Advise("add one under resources"))
	}
}

func (v replace) Describe() string {
	return fmt.Sprintf("replace the load balancer of %s in %s (%s)", v.Endpoint, v.Zone, v.Mode)
}

func (v replace) Inject(Place) []Act { return v.by(v.LoadBalancer) }

func (v replace) Heal(_ Place, before []control.Result) []Act { return v.by(before[0].LoadBalancer) }

func (v replace) by(loadBalancer string) []Act {
	return []Act{Call{control.ReplaceResource{Endpoint: v.Endpoint, Zone: cloud.Zone(v.Zone),
		Mode: cloud.ReplaceMode(v.Mode), LoadBalancer: loadBalancer}}}
}

func (v replace) Effect(_ Place, before []control.Result) event.Effect {
	return event.Effect{Does: fmt.Sprintf("%s replaced by %s", before[0].LoadBalancer, before[0].Replacement)}
}

func (replace) Reaction(*cloud.Cloud) Reaction { return Reaction{} }
