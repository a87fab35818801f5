package control

import (
	"fmt"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A zoneCall is a provider's API call on one zone of a connection.
type zoneCall func(at time.Duration, by, name string, zone cloud.Zone) ([]Transition, error)

func (c DisableZone) begin(m *Machine) *operation {
	m.tellCall(event.Call{Call: "disable", Resource: c.Endpoint, Zone: c.Zone})
	ep := m.cloud.Endpoint(c.Endpoint)
	if ep == nil {
		return fail(fmt.Errorf("disable zone of %s: there is no such endpoint", c.Endpoint))
	}
	return &operation{steps: []step{m.changeZone(ep, c.Zone, m.links.DisableZone, cloud.ZoneDisconnected)}}
}

func (c EnableZone) begin(m *Machine) *operation {
	m.tellCall(event.Call{Call: "enable", Resource: c.Endpoint, Zone: c.Zone})
	ep := m.cloud.Endpoint(c.Endpoint)
	if ep == nil {
		return fail(fmt.Errorf("enable zone of %s: there is no such endpoint", c.Endpoint))
	}
	return &operation{steps: []step{m.changeZone(ep, c.Zone, m.links.EnableZone, cloud.ZoneConnected)}}
}

func (m *Machine) changeZone(ep *cloud.Endpoint, zone cloud.Zone, call zoneCall, want cloud.ZoneStatus) step {
	return step{
		call: func() error {
			return m.api(func(at time.Duration) ([]Transition, error) { return call(at, ep.Service.Account, ep.Name, zone) })
		},
		done: func() bool { return m.zone(ep.Name, zone).Status == want },
	}
}

// zone is an endpoint's zone as it stands.
func (m *Machine) zone(endpoint string, zone cloud.Zone) EndpointZone {
	now, _ := m.links.Endpoint(endpoint)
	for _, z := range now.Zones {
		if z.Zone == zone {
			return z
		}
	}
	return EndpointZone{}
}

// begin makes the calls that a replacement takes: what an earlier one left behind must be cut, and
// the load balancer before must leave automatic allocation (documented:
// OperationDenied.CurrentResourceAutoAllocated).
func (c ReplaceResource) begin(m *Machine) *operation {
	ep := m.cloud.Endpoint(c.Endpoint)
	if ep == nil {
		return fail(fmt.Errorf("replace resource of %s: there is no such endpoint", c.Endpoint))
	}
	now := m.zone(ep.Name, c.Zone)
	next := c.LoadBalancer
	for _, r := range ep.Service.Resources {
		if next == "" && r.Zone == c.Zone && r.LoadBalancer.Name != now.Resource {
			next = r.LoadBalancer.Name
		}
	}
	m.tellCall(event.Call{Call: "replace", Resource: ep.Name, Zone: c.Zone, LoadBalancer: next})
	o := &operation{result: Result{LoadBalancer: now.Resource, Replacement: next}}
	if now.Status == cloud.ZoneMigrated {
		o.steps = append(o.steps, m.changeZone(ep, c.Zone, m.links.CutReplaced, cloud.ZoneConnected))
	}
	if now.Resource != next {
		o.steps = append(o.steps, m.allocate(ep.Service, next, c.Zone, true), m.allocate(ep.Service, now.Resource, c.Zone, false))
	}
	want := cloud.ZoneConnected
	if c.Mode == cloud.Graceful {
		want = cloud.ZoneMigrated
	}
	replace := func(at time.Duration, by, name string, zone cloud.Zone) ([]Transition, error) {
		return m.links.ReplaceResource(at, by, name, zone, c.Mode, next)
	}
	o.steps = append(o.steps,
		m.changeZone(ep, c.Zone, replace, want),
		step{done: func() bool { return m.active(ep.Service) }})
	return o
}

// allocate says whether a load balancer may be allocated automatically.
func (m *Machine) allocate(s *cloud.EndpointService, loadBalancer string, zone cloud.Zone, automatic bool) step {
	return m.owner(s, func(at time.Duration, by, name string) ([]Transition, error) {
		return m.links.SetAutoAllocated(at, by, name, loadBalancer, zone, automatic)
	})
}
