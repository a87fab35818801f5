package figures

import (
	"math"

	"netlab/scenarios"
	"netlab/sim/event"
)

// reaction is how long the cloud took to notice a fault and to lead new connections round it.
// Which events say so depends on what failed: a CLB node is found dead by the monitor, and the
// load balancer's route moves; a backend fails its health checks, and leaves the slots of the
// node that serves.
func (r *Run) reaction(f *Entry) (detected, rerouted Millis) {
	fail := f.Fail
	switch {
	case fail == nil:
		return unknown, unknown
	case fail.Instance != "":
		return r.firstAfter(f, func(e *event.Event) bool {
				return e.Kind == event.Health && e.Subject == fail.Instance && e.To == "abnormal"
			}), r.firstAfter(f, func(e *event.Event) bool {
				return e.Kind == event.Slots && e.Zone == r.serving(e.Subject, e.At) && !contains(e.Text, fail.Instance)
			})
	}
	zone := fail.Zone
	detected = r.firstAfter(f, func(e *event.Event) bool {
		return e.Kind == event.Node && e.Zone == zone && e.To == "down" && (fail.CLBCluster == "" || e.Subject == fail.CLBCluster)
	})
	rerouted = r.firstAfter(f, func(e *event.Event) bool {
		return e.Kind == event.Route && e.From == zone && (fail.CLBCluster == "" || e.Subject == fail.CLBCluster)
	})
	if fail.CLBCluster == "" && !detected.Known() {
		// A zone without a CLB node: its backends' health tells of it.
		lost := instancesIn(r.Scenario, zone)
		detected = r.firstAfter(f, func(e *event.Event) bool {
			return e.Kind == event.Health && lost[e.Subject] && e.To == "abnormal"
		})
		rerouted = r.firstAfter(f, func(e *event.Event) bool {
			if e.Kind != event.Slots || e.Zone != r.serving(e.Subject, e.At) {
				return false
			}
			for _, name := range names(e.Text) {
				if lost[name] {
					return false
				}
			}
			return true
		})
	}
	return detected, rerouted
}

func (r *Run) firstAfter(f *Entry, says func(*event.Event) bool) Millis {
	for i := range r.Events {
		e := &r.Events[i]
		if e.At >= f.Inject.At && e.At < f.Until && says(e) {
			return between(f.Inject.At, e.At)
		}
	}
	return unknown
}

// serving is the zone that serves a load balancer at an instant: where its route last moved, or
// its primary zone.
func (r *Run) serving(balancer string, at int64) string {
	zone := ""
	for _, lb := range r.Scenario.Cloud.LoadBalancers {
		if lb.Name == balancer {
			zone = masterZone(r.Scenario, &lb)
		}
	}
	latest := int64(math.MinInt64)
	for i := range r.Events {
		e := &r.Events[i]
		if e.Kind == event.Route && e.Subject == balancer && e.At <= at && e.At >= latest {
			zone, latest = e.To, e.At
		}
	}
	return zone
}

func masterZone(s *scenarios.Scenario, lb *scenarios.LoadBalancer) string {
	if lb.MasterZone != "" {
		return lb.MasterZone
	}
	return zoneOf(s, lb.VSwitch)
}

// zoneOf is the zone of a vSwitch, "" when there is none of that name.
func zoneOf(s *scenarios.Scenario, vswitch string) string {
	for _, vpc := range s.Cloud.VPCs {
		for _, v := range vpc.VSwitches {
			if v.Name == vswitch {
				return v.Zone
			}
		}
	}
	return ""
}

func instancesIn(s *scenarios.Scenario, zone string) map[string]bool {
	in := make(map[string]bool)
	for _, i := range s.Cloud.Instances {
		if zoneOf(s, i.VSwitch) == zone {
			in[i.Name] = true
		}
	}
	return in
}
