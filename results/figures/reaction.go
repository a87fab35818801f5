package figures

import (
	"netlab/sim/cloud"
	"netlab/sim/event"
	"netlab/sim/verb"
)

// reaction is how long the cloud took to notice a fault and to lead new connections round it. The
// verb says what tells of that: a CLB node is found dead by the monitor, and the load balancer's
// route moves; a backend fails its health checks, and leaves the slots of the node that serves.
func (r *Run) reaction(f *Entry) (detected, rerouted Millis) {
	expected := f.reaction(r.Cloud)
	if expected.Zone != "" {
		detected = r.foundDown(f, expected)
		if detected.Known() || len(expected.Backends) == 0 {
			return detected, r.firstAfter(f, func(e event.Event) bool {
				route, ok := e.What.(event.Route)
				return ok && route.From == expected.Zone && concerns(expected, route.LoadBalancer)
			})
		}
	}
	if len(expected.Backends) == 0 {
		return unknown, unknown
	}
	lost := make(map[string]bool)
	for _, name := range expected.Backends {
		lost[name] = true
	}
	return r.backendReaction(f, lost)
}

// reaction is what the cloud is expected to do about the entry.
func (f *Entry) reaction(c *cloud.Cloud) verb.Reaction {
	v := verb.Of(f.Entry)
	if v == nil {
		return verb.Reaction{} // nothing is asked for
	}
	return v.Reaction(c)
}

func concerns(expected verb.Reaction, loadBalancer string) bool {
	return expected.LoadBalancer == "" || expected.LoadBalancer == loadBalancer
}

// foundDown is when the monitor found a load balancer's node in the failed zone dead.
func (r *Run) foundDown(f *Entry, expected verb.Reaction) Millis {
	return r.firstAfter(f, func(e event.Event) bool {
		node, ok := e.What.(event.Node)
		return ok && node.To == cloud.Down && node.Zone == expected.Zone && concerns(expected, node.LoadBalancer)
	})
}

func (r *Run) backendReaction(f *Entry, lost map[string]bool) (detected, rerouted Millis) {
	detected = r.firstAfter(f, func(e event.Event) bool {
		health, ok := e.What.(event.Health)
		return ok && health.To == cloud.Abnormal && lost[health.Backend]
	})
	return detected, r.withoutBackends(f, lost)
}

func (r *Run) firstAfter(f *Entry, says func(event.Event) bool) Millis {
	for _, e := range r.Events {
		if e.At >= f.Inject.At && e.At < f.Until && says(e) {
			return between(f.Inject.At, e.At)
		}
	}
	return unknown
}

// withoutBackends is how long after the injection no listener sent new connections to the lost
// backends any more: each that had one of them in its slots then, on the node that serves, has none
// now, and sends to others. What other listeners and the other node do is of no account, and a
// listener that is left without any backend has led nothing elsewhere.
func (r *Run) withoutBackends(f *Entry, lost map[string]bool) Millis {
	b := newBoard(r.Cloud)
	var struck []slotTable
	injected := false
	for _, e := range r.Events {
		if e.At >= f.Inject.At && !injected {
			struck, injected = b.sendingTo(lost), true
		}
		if e.At >= f.Until {
			break
		}
		if changed := b.take(e); changed && injected && len(struck) > 0 && b.rid(struck, lost) {
			return between(f.Inject.At, e.At)
		}
	}
	return unknown
}

// instancesIn are the instances of a zone, by name.
func (r *Run) instancesIn(zone cloud.Zone) map[string]bool {
	in := make(map[string]bool)
	for _, i := range r.Cloud.Instances {
		if i.VSwitch.Zone == zone {
			in[i.Name] = true
		}
	}
	return in
}
