package figures

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"netlab/loadgen"
	"netlab/results/resultstest"
	"netlab/sim/event"
)

// replaceFault puts another fault in the place of the scenario's.
func replaceFault(r *resultstest.Recording, fail string) {
	r.Scenario = bytes.Replace(r.Scenario, []byte("fail: {clb_cluster: clb-frankfurt, zone: eu-central-1b}"), []byte("fail: "+fail), 1)
}

// While its whole zone is gone the client has no service, and the report says why; the CLB's
// failover was found and made all the same.
func TestZoneOutageSaysWhy(t *testing.T) {
	d := resultstest.Frankfurt()
	d.Back = 13050 * time.Millisecond
	s := summarize(t, d.Record(t, func(r *resultstest.Recording) { replaceFault(r, "{zone: eu-central-1b}") }))
	f := s.Faults["clb_b_down"]
	for _, part := range []string{
		"web had no success after eu-central-1b went down: its client ecs1 stands there",
		"endpoint ep-vpc1 has its only ENI there",
		"clb-frankfurt has its primary node there, and its backup in eu-central-1a cannot mend what else is missing",
		"reach had no success",
	} {
		if !strings.Contains(f.Why, part) {
			t.Errorf("why does not say %q: %s", part, f.Why)
		}
	}
	if f.DetectedAfter != 2998 || f.ReroutedAfter != 3000 {
		t.Errorf("detected after %v, rerouted after %v; want 2.998 s and 3 s", f.DetectedAfter, f.ReroutedAfter)
	}
	if !(f.BlackoutMin <= 7050 && 7050 <= f.Blackout) || f.FailbackBlackout != 0 {
		t.Errorf("blackout in [%v, %v], failback %v; want 7.05 s and none: it is one gap", f.BlackoutMin, f.Blackout, f.FailbackBlackout)
	}
	if web := s.Load["web"].During; web.SuccessRatio != 0 {
		t.Errorf("success during the outage is %v, want 0", web.SuccessRatio)
	}
}

// The hosts of a zone go one after the other; what passes meanwhile is no success of the outage.
func TestZoneOutageThatTakesAWhileSaysWhy(t *testing.T) {
	d := resultstest.Frankfurt()
	d.Back = 13050 * time.Millisecond
	s := summarize(t, d.Record(t, func(r *resultstest.Recording) {
		replaceFault(r, "{zone: eu-central-1b}")
		for i := range r.Events {
			if e := &r.Events[i]; e.Kind == event.Inject {
				e.At -= int64(5 * time.Millisecond)
				e.Value = 5
			}
		}
	}))
	if why := s.Faults["clb_b_down"].Why; !strings.Contains(why, "web had no success") || !strings.Contains(why, "reach had no success") {
		t.Errorf("why does not name both streams: %s", why)
	}
}

func TestServedZoneOutageGivesNoReason(t *testing.T) {
	if why := summarize(t, resultstest.Frankfurt().Record(t)).Faults["clb_b_down"].Why; why != "" {
		t.Errorf("a fault that was survived is explained away: %s", why)
	}
}

// A backend that dies takes a part of the new connections with it until the node that serves
// stops sending it any. What the other node does is of no account.
func TestBackendOutage(t *testing.T) {
	d := resultstest.Frankfurt()
	d.Cut, d.Back = 6*time.Second, 6400*time.Millisecond
	mode := func(events []event.Event, e ...event.Event) []event.Event {
		return append(without(without(events, event.Node), event.Route), e...)
	}
	s := summarize(t, d.Record(t, func(r *resultstest.Recording) {
		replaceFault(r, "{instance: ecs3, mode: hang}")
		a, b := "eu-central-1a", "eu-central-1b"
		r.Events = mode(r.Events,
			event.Event{At: d.At(6350 * time.Millisecond), Kind: event.Health, Subject: "ecs3", Zone: a, From: "normal", To: "abnormal"},
			event.Event{At: d.At(6360 * time.Millisecond), Kind: event.Slots, Subject: "clb-frankfurt", Zone: a, Text: "ecs2"},
			event.Event{At: d.At(6390 * time.Millisecond), Kind: event.Health, Subject: "ecs3", Zone: b, From: "normal", To: "abnormal"},
			event.Event{At: d.At(6395 * time.Millisecond), Kind: event.Slots, Subject: "clb-frankfurt", Zone: b, Text: "ecs2"},
			event.Event{At: d.At(13500 * time.Millisecond), Kind: event.Slots, Subject: "clb-frankfurt", Zone: b, Text: "ecs2 ecs3"})
		// Connections of even numbers go to the other backend and live on.
		for i := range r.Load {
			if p := &r.Load[i]; !p.OK() && p.Conn%2 == 0 {
				*p = loadgen.Sample{Intended: p.Intended, Sent: p.Sent, Conn: p.Conn, Server: 1, Status: 200,
					FirstByte: p.Sent + 100_000, Done: p.Sent + 110_000}
			}
		}
	}))
	f := s.Faults["clb_b_down"]
	if f.DetectedAfter != 350 || f.ReroutedAfter != 395 {
		t.Errorf("detected after %v, rerouted after %v; want 350 ms (by any node), 395 ms (by the serving one)", f.DetectedAfter, f.ReroutedAfter)
	}
	if f.SurvivedConnections != 32 || f.FailedRequests != 200 {
		t.Errorf("%d connections survived, %d requests failed; want 32 and 200", f.SurvivedConnections, f.FailedRequests)
	}
}

func TestSecondDipIsMeasuredByItself(t *testing.T) {
	d := resultstest.Frankfurt()
	s := summarize(t, d.Record(t, func(r *resultstest.Recording) {
		for i := range r.Probes {
			p := &r.Probes[i]
			if p.Sent >= d.At(14100*time.Millisecond) && p.Sent < d.At(14140*time.Millisecond) {
				p.Phase, p.Errno, p.Done = loadgen.PhaseConnect, loadgen.ErrTimeout, p.Sent+int64(500*time.Millisecond)
			}
		}
	}))
	f := s.Faults["clb_b_down"]
	if !(f.FailbackBlackoutMin <= 40 && 40 <= f.FailbackBlackout) || f.FailbackBlackout-f.FailbackBlackoutMin > 2.01 {
		t.Errorf("failback blackout in [%v, %v], the truth is 40 ms", f.FailbackBlackoutMin, f.FailbackBlackout)
	}
	if f.Blackout > 3014 {
		t.Errorf("blackout is %v: the second dip was added to the first", f.Blackout)
	}
}
