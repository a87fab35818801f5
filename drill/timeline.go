package drill

import (
	"cmp"
	"context"
	"slices"
	"time"

	"netlab/netlab/lab"
	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// A verb is one line of the timeline: how it is injected and how it is healed. Inject returns
// what it really changed, as the report shows it.
type verb interface {
	inject(ctx context.Context) (what string, err error)
	heal(ctx context.Context) error
}

func (d *Drill) verb(e scenarios.Entry) verb {
	switch {
	case e.Fail != nil:
		return d.outage(e.Fail)
	case e.Set != nil:
		return &weightChange{lab: d.lab, server: server(e.Set.Server), weight: e.Set.Weight}
	case e.Remove != nil:
		return &serverRemoval{lab: d.lab, server: server(e.Remove.Server)}
	case e.Add != nil:
		return &serverAddition{lab: d.lab, server: server(e.Add.Server), weight: e.Add.Weight}
	case e.Reject != "":
		return &rejection{lab: d.lab, endpoint: e.Reject}
	case e.Accept != "":
		return &acceptance{lab: d.lab, endpoint: e.Accept}
	case e.Disable != nil:
		return &zoneSwitch{lab: d.lab, endpoint: e.Disable.Endpoint, zone: cloud.Zone(e.Disable.Zone)}
	case e.Enable != nil:
		return &zoneSwitch{lab: d.lab, endpoint: e.Enable.Endpoint, zone: cloud.Zone(e.Enable.Zone), enable: true}
	case e.Replace != nil:
		return &replacement{lab: d.lab, endpoint: e.Replace.Endpoint, zone: cloud.Zone(e.Replace.Zone),
			mode: control.ReplaceMode(e.Replace.Mode), loadBalancer: e.Replace.LoadBalancer}
	case e.Revoke != nil:
		return &revocation{lab: d.lab, group: e.Revoke.SecurityGroup, rule: d.Cloud.Rule(e.Revoke.Rule)}
	case e.Authorize != nil:
		return &authorization{lab: d.lab, group: e.Authorize.SecurityGroup, rule: d.Cloud.Rule(e.Authorize.Rule)}
	}
	return loadChange{*e.Load}
}

func (d *Drill) outage(f *scenarios.Fail) verb {
	switch {
	case f.CLBCluster != "":
		return &clbClusterOutage{lab: d.lab, loadBalancer: f.CLBCluster, zone: f.Zone}
	case f.Zone != "":
		return &zoneOutage{lab: d.lab, zone: f.Zone}
	}
	switch f.Mode {
	case "hang":
		return &instanceHang{lab: d.lab, instance: f.Instance}
	case "refuse":
		return &instanceRefusal{lab: d.lab, instance: f.Instance}
	}
	return &instanceCrash{lab: d.lab, instance: f.Instance}
}

func server(r scenarios.ServerRef) lab.Server {
	return lab.Server{LoadBalancer: r.LoadBalancer, Group: r.ServerGroup, Instance: r.Instance}
}

// timeline injects and heals every fault at its time, counted from zero.
func (d *Drill) timeline(ctx context.Context, zero int64) error {
	for _, a := range d.actions() {
		planned := zero + int64(a.at)
		if !waitUntil(ctx, planned) {
			return nil
		}
		began := lab.Monotonic()
		what, err := a.do(ctx)
		if err != nil {
			return fault(a.name, err)
		}
		d.say(event.Event{At: began, Kind: a.kind, Subject: a.name, Intended: planned, Text: what,
			Value: float64(lab.Monotonic()-began) / float64(time.Millisecond)})
	}
	return nil
}

// An action is one instant of the timeline.
type action struct {
	name string
	at   time.Duration
	kind event.Kind
	do   func(context.Context) (string, error)
}

func (d *Drill) actions() []action {
	var actions []action
	for _, e := range d.Scenario.Timeline {
		v := d.verb(e)
		actions = append(actions, action{e.Name, e.At, event.Inject, v.inject})
		if e.For > 0 {
			actions = append(actions, action{e.Name, e.At + e.For, event.Heal, func(ctx context.Context) (string, error) {
				return "", v.heal(ctx)
			}})
		}
	}
	slices.SortStableFunc(actions, func(a, b action) int { return cmp.Compare(a.at, b.at) })
	return actions
}
