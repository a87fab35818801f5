package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// A scene of a run is an event of the drill or the control plane: what it is about, what became of it, and
// when, counted from the beginning of the measured part.
type scene struct {
	subject, state string
	at             time.Duration
	within         time.Duration // how much its time depends on chance, by the documents
	apart          time.Duration // two of one subject that are closer come in any order
}

// busy is how late a busy machine may make anything.
const busy = 400 * time.Millisecond

// scenes leaves out what only a kernel tells (building) and what only load tells (ticks).
func scenes(events []event.Event, c *cloud.Cloud) []scene {
	var zero int64
	for _, e := range events {
		if p, ok := e.What.(event.Phase); ok && p.Phase == event.Measure {
			zero = e.At
		}
	}
	scale := control.Scale(c.TimeScale)
	heartbeat := scale.Duration(c.Profile.FailoverTime) / 30
	var all []scene
	for _, e := range events {
		m := scene{at: time.Duration(e.At - zero), within: busy}
		switch what := e.What.(type) {
		case event.Call:
			m.subject, m.state = "call "+what.Resource, fmt.Sprint(what.Call, what.Zone, what.Account, what.LoadBalancer)
		case event.Refusal:
			m.subject, m.state = what.Call+" "+what.Resource, what.Got
		case event.Transition:
			m.subject = fmt.Sprint(what.Resource, " ", what.Name, " ", what.Part)
			m.state = what.From + " → " + what.To
		case event.Record:
			m.subject, m.state = "name "+what.Name, fmt.Sprint(what.Addresses)
		case event.Health:
			m.subject = fmt.Sprint("health of ", what.Backend, " for ", what.LoadBalancer, " ", what.Listener, " in ", what.Zone)
			m.state = string(what.From + " → " + what.To)
			m.within += checkPhase(c, what.LoadBalancer)
		case event.Slots:
			m.subject = fmt.Sprint("slots of ", what.LoadBalancer, " ", what.Listener, " in ", what.Zone)
			m.state = fmt.Sprint(what.Backends)
			m.within += checkPhase(c, what.LoadBalancer)
			m.apart = scale.Duration(c.LoadBalancer(what.LoadBalancer).Listeners[0].HealthCheck.Interval)/2 + 50*time.Millisecond
		case event.Node:
			m.subject = fmt.Sprint("node of ", what.LoadBalancer, " in ", what.Zone)
			m.state = string(what.From + " → " + what.To)
			m.within += 2 * heartbeat
		case event.Route:
			m.subject, m.state = "route of "+what.LoadBalancer, fmt.Sprint(what.From, " → ", what.To)
			m.within += 2*heartbeat + checkPhase(c, what.LoadBalancer)
		case event.Inject:
			m.subject, m.state = "fault "+what.Fault, fmt.Sprint("injected ", what.Effect)
		case event.Heal:
			m.subject, m.state = "fault "+what.Fault, "healed"
		case event.Check:
			m.subject, m.state = "proof "+what.From+" → "+what.To, string(what.Got)+" "+what.Why
		case event.Phase:
			m.subject, m.state = "run", string(what.Phase)
		default:
			continue
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b scene) int { return cmp.Compare(a.at, b.at) })
	return all
}

// checkPhase is how much a health check's finding depends on when, within an interval, the backend
// changed, and on a probe that was under way.
func checkPhase(c *cloud.Cloud, loadBalancer string) time.Duration {
	var most time.Duration
	for _, l := range c.LoadBalancer(loadBalancer).Listeners {
		h := control.Scale(c.TimeScale).HealthCheck(l.HealthCheck)
		most = max(most, h.Interval+max(h.Timeout, h.Interval))
	}
	return most
}

// sameStory holds a kernel's run to that of the ideal world: of each subject the same states in the
// same order; of different subjects the same order where chance can't turn it; and, on a machine
// that was fit to measure on, the same times after the procedure, within what the documents leave to
// chance.
func sameStory(t *testing.T, ideal, kernel []scene, fit bool) {
	t.Helper()
	found := bySubject(kernel)
	subjects := bySubject(ideal)
	at := map[*scene]time.Duration{} // when the kernel had what the ideal world has
	for subject, want := range subjects {
		got := found[subject]
		delete(found, subject)
		if want = settled(want); strings.HasPrefix(subject, "slots ") {
			got = lasting(got, want)
		}
		if !slices.EqualFunc(got, want, func(a, b *scene) bool { return a.state == b.state }) {
			t.Errorf("%s: the kernel has %s, the ideal world %s", subject, states(got), states(want))
			continue
		}
		for n, m := range got {
			at[want[n]] = m.at
			if late := (m.at - want[n].at).Abs(); fit && want[n].at >= 0 && late > m.within {
				t.Errorf("%s, %s: at %s in the kernel, %s in the ideal world: more than %s apart",
					subject, m.state, m.at, want[n].at, m.within)
			}
		}
	}
	for subject, got := range found {
		t.Errorf("%s: only the kernel has %s", subject, states(got))
	}
	for i := range ideal {
		for j := i + 1; j < len(ideal); j++ {
			a, b := &ideal[i], &ideal[j]
			first, known := at[a]
			second, alsoKnown := at[b]
			if known && alsoKnown && b.at-a.at > a.within+b.within && second < first {
				t.Errorf("%s, %s comes before %s, %s in the kernel: the ideal world has it the other way round",
					b.subject, b.state, a.subject, a.state)
			}
		}
	}
}

func bySubject(all []scene) map[string][]*scene {
	subjects := map[string][]*scene{}
	for i := range all {
		m := &all[i]
		subjects[m.subject] = append(subjects[m.subject], m)
	}
	return subjects
}

// settled are the states that last: of several backends whose checks finish at nearly the same time,
// spread over half an interval, chance decides which is first.
func settled(all []*scene) []*scene {
	var last []*scene
	for i, m := range all {
		if i+1 == len(all) || all[i+1].at-m.at >= m.apart {
			last = append(last, m)
		}
	}
	return last
}

// lasting are the slots among got that want has, in its order. What a busy machine has in between is
// on the way from one to the next, and left out; anything else stays.
func lasting(got, want []*scene) []*scene {
	var out []*scene
	for _, m := range got {
		n := len(out)
		switch {
		case n < len(want) && m.state == want[n].state:
			out = append(out, m)
		case n > 0 && n < len(want) && onTheWay(m.state, want[n-1].state, want[n].state):
		default:
			out = append(out, m)
		}
	}
	return out
}

// onTheWay says whether slots hold only backends that one of two others holds.
func onTheWay(state, one, other string) bool {
	known := strings.Fields(strings.Trim(one, "[]") + " " + strings.Trim(other, "[]"))
	for _, backend := range strings.Fields(strings.Trim(state, "[]")) {
		if !slices.Contains(known, backend) {
			return false
		}
	}
	return true
}

func states(all []*scene) string {
	var b strings.Builder
	for _, m := range all {
		fmt.Fprintf(&b, "%s (%s), ", m.state, m.at)
	}
	return strings.TrimSuffix(b.String(), ", ")
}
