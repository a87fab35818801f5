package figures

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/loadgen"
	"netlab/results/resultstest"
	"netlab/sim/cloud"
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
			if inject, ok := r.Events[i].What.(event.Inject); ok {
				inject.TookMS = 5
				r.Events[i] = event.Event{At: r.Events[i].At - int64(5*time.Millisecond), What: inject}
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

// A clbDrill is the drill in the words of its load balancer.
type clbDrill struct{ *resultstest.Drill }

func (d clbDrill) health(at time.Duration, node cloud.Zone, to cloud.HealthStatus) event.Event {
	return event.Event{At: d.At(at), What: event.Health{
		LoadBalancer: "clb-frankfurt", Zone: node, Listener: port(80), Backend: "ecs3", From: cloud.Normal, To: to,
	}}
}

func (d clbDrill) slots(at time.Duration, node cloud.Zone, listener cloud.ListenerID, backends ...string) event.Event {
	return event.Event{At: d.At(at), What: event.Slots{
		LoadBalancer: "clb-frankfurt", Zone: node, Listener: listener, Backends: backends,
	}}
}

func port(number uint16) cloud.ListenerID { return cloud.ListenerID{Protocol: "tcp", Port: number} }

// A backend that dies takes a part of the new connections with it until the node that serves
// stops sending it any. What the other node does is of no account.
func TestBackendOutage(t *testing.T) {
	d := clbDrill{resultstest.Frankfurt()}
	d.Cut, d.Back = 6*time.Second, 6400*time.Millisecond
	s := summarize(t, d.Record(t, func(r *resultstest.Recording) {
		replaceFault(r, "{instance: ecs3, mode: hang}")
		const a, b cloud.Zone = "eu-central-1a", "eu-central-1b"
		r.Events = append(without[event.Route](without[event.Node](r.Events)),
			d.health(6350*time.Millisecond, a, cloud.Abnormal),
			d.slots(6360*time.Millisecond, a, port(80), "ecs2"),
			d.health(6390*time.Millisecond, b, cloud.Abnormal),
			d.slots(6395*time.Millisecond, b, port(80), "ecs2"),
			d.slots(13500*time.Millisecond, b, port(80), "ecs2", "ecs3"))
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

// Two listeners with server groups of their own: each has to lead its connections elsewhere, on the
// node that serves. What one pool does says nothing of the other.
func TestReroutedIsWhenEveryListenerIs(t *testing.T) {
	const a, b cloud.Zone = "eu-central-1a", "eu-central-1b"
	const ms = time.Millisecond
	d := clbDrill{resultstest.Frankfurt()}
	for _, tt := range []struct {
		name   string
		events []event.Event
		want   Millis
	}{
		{"both in turn", []event.Event{
			d.slots(6300*ms, b, port(80), "ecs2"), d.slots(6500*ms, b, port(81), "ecs4")}, 500},
		{"the other node is of no account", []event.Event{
			d.slots(6300*ms, b, port(80), "ecs2"), d.slots(6310*ms, a, port(81), "ecs4"), d.slots(6500*ms, b, port(81), "ecs4")}, 500},
		{"a change that keeps the lost one does not count", []event.Event{
			d.slots(6300*ms, b, port(80), "ecs2"), d.slots(6400*ms, b, port(81), "ecs3", "ecs4"), d.slots(6600*ms, b, port(81), "ecs4")}, 600},
		{"an empty table leads nowhere", []event.Event{
			d.slots(6300*ms, b, port(80), "ecs2"), d.slots(6400*ms, b, port(81)), d.slots(6700*ms, b, port(81), "ecs4")}, 700},
		{"a listener that had not got it need not change", []event.Event{
			d.slots(5000*ms, b, port(81), "ecs4"), d.slots(6300*ms, b, port(80), "ecs2")}, 300},
		{"where the address moved, the node that serves now counts", []event.Event{
			d.slots(6100*ms, a, port(80), "ecs2"), d.slots(6200*ms, a, port(81), "ecs4"),
			{At: d.At(6800 * ms), What: event.Route{LoadBalancer: "clb-frankfurt", From: b, To: a}}}, 800},
		{"one of two is not enough", []event.Event{d.slots(6300*ms, b, port(80), "ecs2")}, unknown},
		{"slots of nobody's listener are of no account", []event.Event{
			d.slots(6300*ms, b, cloud.ListenerID{}, "ecs2"), d.slots(6400*ms, b, cloud.ListenerID{}, "ecs4")}, unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := summarize(t, d.Record(t, func(r *resultstest.Recording) {
				twoGroups(t, r)
				replaceFault(r, "{instance: ecs3, mode: hang}")
				r.Events = append(without[event.Route](without[event.Node](r.Events)), tt.events...)
			})).Faults["clb_b_down"]
			if f.ReroutedAfter != tt.want && (f.ReroutedAfter.Known() || tt.want.Known()) {
				t.Errorf("rerouted after %v, want %v", f.ReroutedAfter, tt.want)
			}
		})
	}
}

// twoGroups gives the load balancer a listener on port 80 for ecs2 and ecs3 and one on port 81 for
// ecs3 and ecs4, both with a server group of their own.
func twoGroups(t *testing.T, r *resultstest.Recording) {
	t.Helper()
	src := string(r.Scenario)
	replace := func(old, with string) {
		t.Helper()
		if !strings.Contains(src, old) {
			t.Fatalf("the scenario does not hold %q", old)
		}
		src = strings.Replace(src, old, with, 1)
	}
	replace("        - {protocol: tcp, frontend_port: 80, backend_port: 80, scheduler: wrr}\n",
		"        - {protocol: tcp, frontend_port: 80, server_group: near}\n"+
			"        - {protocol: tcp, frontend_port: 81, server_group: far}\n")
	replace("      servers:                                       # the default server group\n"+
		"        - {instance: ecs2, weight: 100}\n        - {instance: ecs3, weight: 100}\n",
		"      server_groups:\n"+
			"        - {name: near, servers: [{instance: ecs2, port: 80}, {instance: ecs3, port: 80}]}\n"+
			"        - {name: far, servers: [{instance: ecs3, port: 80}, {instance: ecs4, port: 80}]}\n")
	replace("    - {name: ecs3, ", "    - {name: ecs4, vswitch: vsw2-b, run: [web]}\n    - {name: ecs3, ")
	r.Scenario = []byte(src)
}

// The report shows the servers behind the listener that is asked, whatever group they are in.
func TestPathsOfServerGroups(t *testing.T) {
	s := summarize(t, resultstest.Frankfurt().Record(t, func(r *resultstest.Recording) { twoGroups(t, r) }))
	want := []string{"ecs1 (b) → ep-vpc1 (b) → clb-frankfurt (b primary, a backup) → ecs2 (a), ecs3 (b)"}
	if diff := cmp.Diff(want, s.Topology); diff != "" {
		t.Errorf("topology (-want +got):\n%s", diff)
	}
	s = summarize(t, resultstest.Frankfurt().Record(t, func(r *resultstest.Recording) {
		twoGroups(t, r)
		r.Scenario = bytes.ReplaceAll(r.Scenario, []byte("http://ep-vpc1/"), []byte("http://ep-vpc1:81/"))
	}))
	want = append([]string{"ecs1 (b) → ep-vpc1 (b) → clb-frankfurt (b primary, a backup) → ecs3 (b), ecs4 (b)"}, want...)
	if diff := cmp.Diff(want, s.Topology); diff != "" {
		t.Errorf("topology (-want +got):\n%s", diff)
	}
}

// All servers of the listener's own group stood in the failed zone, though the load balancer has
// others elsewhere.
func TestZoneOutageNamesTheServersOfTheGroup(t *testing.T) {
	d := resultstest.Frankfurt()
	d.Back = 13050 * time.Millisecond
	why := func(url string) string {
		return summarize(t, d.Record(t, func(r *resultstest.Recording) {
			twoGroups(t, r)
			replaceFault(r, "{zone: eu-central-1b}")
			r.Scenario = bytes.ReplaceAll(r.Scenario, []byte("http://ep-vpc1/"), []byte(url))
		})).Faults["clb_b_down"].Why
	}
	const sentence = "every server of clb-frankfurt stands there"
	if got := why("http://ep-vpc1:81/"); !strings.Contains(got, sentence) {
		t.Errorf("port 81, whose servers are ecs3 and ecs4: %s", got)
	}
	if got := why("http://ep-vpc1/"); strings.Contains(got, sentence) {
		t.Errorf("port 80, one of whose servers is ecs2: %s", got)
	}
}
