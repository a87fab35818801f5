package verb

import (
	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// failZone takes a zone's power: every host homed there loses its links, so its ECS instances, ENIs,
// CLB nodes and routers are all gone at once.
type failZone struct{ zone cloud.Zone }

var _ = register("fail zone", func(e scenarios.Entry) Verb {
	if e.Fail == nil || e.Fail.Zone == "" || e.Fail.CLBCluster != "" {
		return nil
	}
	return failZone{cloud.Zone(e.Fail.Zone)}
})

func (v failZone) Check(c *cloud.Checker, at Line) {
	c.ZoneInUse(at.Path+".fail.zone", string(v.zone))
}

func (v failZone) Describe() string { return "fail zone " + string(v.zone) }

func (v failZone) hosts(p Place) []string {
	var names []string
	for _, h := range p.Topology.Hosts {
		if h.Zone == v.zone {
			names = append(names, h.Name)
		}
	}
	return names
}

func (v failZone) Inject(p Place) []Act                   { return []Act{Cut{v.hosts(p)}} }
func (v failZone) Heal(p Place, _ []control.Result) []Act { return []Act{Mend{v.hosts(p)}} }

func (v failZone) Effect(p Place, _ []control.Result) event.Effect {
	return event.Effect{Hosts: v.hosts(p)}
}

func (v failZone) Reaction(c *cloud.Cloud) Reaction {
	r := Reaction{Zone: v.zone}
	for _, in := range c.Instances {
		if in.VSwitch.Zone == v.zone {
			r.Backends = append(r.Backends, in.Name)
		}
	}
	return r
}
