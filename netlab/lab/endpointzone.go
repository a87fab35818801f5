package lab

import (
	"context"
	"fmt"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// DisableZone lets the provider cut one zone off an endpoint's connection, and returns once it is
// Disconnected there.
func (l *Lab) DisableZone(ctx context.Context, endpoint string, zone cloud.Zone) error {
	l.say(event.Event{Kind: event.Step, Subject: endpoint, Zone: string(zone), Text: "disable"})
	return l.links.changeZone(ctx, endpoint, zone, control.ZoneDisconnected, l.links.machine.DisableZone)
}

// EnableZone connects such a zone again, and returns once it is Connected.
func (l *Lab) EnableZone(ctx context.Context, endpoint string, zone cloud.Zone) error {
	l.say(event.Event{Kind: event.Step, Subject: endpoint, Zone: string(zone), Text: "enable"})
	return l.links.changeZone(ctx, endpoint, zone, control.ZoneConnected, l.links.machine.EnableZone)
}

// ReplaceResource lets the provider give a zone of a standing connection another load balancer of
// the service, any where "" is asked for, and returns once it serves. In mode Graceful open
// connections stay with the one before, until it is replaced again. It returns the load balancers
// before and after.
func (l *Lab) ReplaceResource(ctx context.Context, endpoint string, zone cloud.Zone, mode control.ReplaceMode, loadBalancer string) (before, after string, err error) {
	ep := l.cloud.Endpoint(endpoint)
	if lb := l.Serving(endpoint, zone); lb != nil {
		before = lb.Name
	}
	after = loadBalancer
	for _, r := range ep.Service.Resources {
		if after == "" && r.Zone == zone && r.LoadBalancer.Name != before {
			after = r.LoadBalancer.Name
		}
	}
	l.say(event.Event{Kind: event.Step, Subject: endpoint, Zone: string(zone), From: before, To: after, Text: "replace"})
	return before, after, l.links.replace(ctx, ep, zone, mode, after)
}

// A zoneCall is a provider's API call on one zone of a connection.
type zoneCall func(at time.Duration, by, name string, zone cloud.Zone) ([]control.Transition, error)

func (p *privateLink) changeZone(ctx context.Context, endpoint string, zone cloud.Zone, want control.ZoneStatus, call zoneCall) error {
	by := p.lab.cloud.Endpoint(endpoint).Service.Account
	err := p.call(func(at time.Duration) ([]control.Transition, error) { return call(at, by, endpoint, zone) })
	if err != nil {
		return err
	}
	return p.awaitZone(ctx, endpoint, zone, want)
}

func (p *privateLink) awaitZone(ctx context.Context, endpoint string, zone cloud.Zone, want control.ZoneStatus) error {
	return p.await(ctx, fmt.Sprintf("endpoint %s in %s to become %s", endpoint, zone, want), func() bool {
		return p.zone(endpoint, zone).Status == want
	})
}

// zone is an endpoint's zone as it stands; callers hold mu.
func (p *privateLink) zone(endpoint string, zone cloud.Zone) control.Zone {
	now, _ := p.machine.Endpoint(endpoint)
	for _, z := range now.Zones {
		if z.Zone == zone {
			return z
		}
	}
	return control.Zone{}
}

// replace makes the calls that a replacement takes: what an earlier one left behind must be cut,
// and the load balancer before must leave automatic allocation (documented:
// OperationDenied.CurrentResourceAutoAllocated).
func (p *privateLink) replace(ctx context.Context, ep *cloud.Endpoint, zone cloud.Zone, mode control.ReplaceMode, loadBalancer string) error {
	p.mu.Lock()
	now := p.zone(ep.Name, zone)
	p.mu.Unlock()
	if now.Status == control.ZoneMigrated {
		if err := p.changeZone(ctx, ep.Name, zone, control.ZoneConnected, p.machine.CutReplaced); err != nil {
			return err
		}
	}
	if now.Resource != loadBalancer {
		for _, allocation := range []struct {
			loadBalancer string
			automatic    bool
		}{{loadBalancer, true}, {now.Resource, false}} {
			err := p.change(ctx, ep.Service, func(at time.Duration, by, name string) ([]control.Transition, error) {
				return p.machine.SetAutoAllocated(at, by, name, allocation.loadBalancer, zone, allocation.automatic)
			})
			if err != nil {
				return err
			}
		}
	}
	want := control.ZoneConnected
	if mode == control.Graceful {
		want = control.ZoneMigrated
	}
	err := p.changeZone(ctx, ep.Name, zone, want, func(at time.Duration, by, name string, zone cloud.Zone) ([]control.Transition, error) {
		return p.machine.ReplaceResource(at, by, name, zone, mode, loadBalancer)
	})
	if err != nil {
		return err
	}
	return p.awaitService(ctx, ep.Service)
}
