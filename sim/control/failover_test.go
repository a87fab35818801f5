package control_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

const zoneA, zoneB cloud.Zone = "eu-central-1a", "eu-central-1b"

var (
	twoZones = &cloud.LoadBalancer{Name: "clb-frankfurt", MasterZone: zoneB, SlaveZone: zoneA}
	oneZone  = &cloud.LoadBalancer{Name: "clb-single", MasterZone: zoneB}
	profile  = cloud.Profile{FailoverTime: 30 * time.Second, FailbackTime: 10 * time.Second, TransitionTime: time.Second}
)

// An outage is a span of time in which a node is dead, or in which the monitor is cut off.
type outage struct{ from, to time.Duration }

func (o outage) holds(at time.Duration) bool { return at >= o.from && at < o.to }

// A world is what a failover monitor watches: it sends every node a heartbeat per interval, and
// lets the monitor's timer run in between.
type world struct {
	monitor *control.Failover
	zones   []cloud.Zone
	down    map[cloud.Zone][]outage
	cut     []outage      // the monitor hears nobody
	rtt     time.Duration // of a heartbeat
	warm    time.Duration // from a node's return until it is ready
	failed  func(format string, args ...any)
}

func (w *world) dead(zone cloud.Zone, at time.Duration) bool {
	holds := func(o outage) bool { return o.holds(at) }
	return slices.ContainsFunc(w.down[zone], holds) || slices.ContainsFunc(w.cut, holds)
}

func (w *world) ready(zone cloud.Zone, at time.Duration) bool {
	for _, o := range w.down[zone] {
		if at >= o.from && at < o.to+w.warm {
			return false
		}
	}
	return true
}

// run returns the decisions in which something changed.
func (w *world) run(until time.Duration) []control.Decision {
	var decisions []control.Decision
	keep := func(d control.Decision) {
		if d.Moved() || len(d.Nodes) > 0 {
			decisions = append(decisions, d)
		}
	}
	tickUntil := func(at time.Duration) {
		for {
			next, ok := w.monitor.Next()
			if !ok || next >= at {
				break
			}
			if early := w.monitor.Tick(next - 1); early.Moved() || len(early.Nodes) > 0 {
				w.failed("Next says %v, yet the tick before finds %+v", next, early)
			}
			keep(w.monitor.Tick(next))
		}
	}
	for sent := time.Duration(0); sent < until; sent += w.monitor.Heartbeat() {
		tickUntil(sent + w.rtt)
		for _, zone := range w.zones {
			alive := !w.dead(zone, sent)
			keep(w.monitor.Observe(sent+w.rtt, zone, alive, alive && w.ready(zone, sent)))
		}
	}
	return decisions
}

func newWorld(t interface{ Fatalf(string, ...any) }, lb *cloud.LoadBalancer, scale float64) *world {
	return &world{
		monitor: control.NewFailover(0, lb, control.Scale(scale).Profile(profile)),
		zones:   lb.Zones(),
		down:    map[cloud.Zone][]outage{},
		failed:  t.Fatalf,
	}
}

func moves(decisions []control.Decision) []control.Decision {
	return slices.DeleteFunc(slices.Clone(decisions), func(d control.Decision) bool { return !d.Moved() })
}

func TestFailoverOfTheFrankfurtDrill(t *testing.T) {
	w := newWorld(t, twoZones, 10)
	w.warm = 600 * time.Millisecond
	w.down[zoneB] = []outage{{6 * time.Second, 13 * time.Second}}
	var got []string
	for _, d := range w.run(20 * time.Second) {
		for _, n := range d.Nodes {
			got = append(got, fmt.Sprintf("%v %s %s→%s", n.At, n.Zone.Short(), n.From, n.To))
		}
		if d.Moved() {
			got = append(got, fmt.Sprintf("%v traffic %s→%s", d.At, d.From.Short(), d.Serve.Short()))
		}
	}
	// The last answer is that of 5.9 s; 3 s of silence; 1 s of answers before the traffic returns.
	want := []string{"8.9s b up→down", "8.9s traffic b→a", "13s b down→up", "14s traffic a→b"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestFailoverWaitsForReadinessBeforeTheFailback(t *testing.T) {
	w := newWorld(t, twoZones, 10)
	w.warm = 4 * time.Second
	w.down[zoneB] = []outage{{6 * time.Second, 13 * time.Second}}
	got := moves(w.run(20 * time.Second))
	if len(got) != 2 || got[1].Serve != zoneB || got[1].At != 17*time.Second {
		t.Errorf("moves %+v, want the second at 17 s: the node is ready 4 s after its return at 13 s", got)
	}
}

// A death of the primary cluster moves the traffic within FailoverTime and at most one heartbeat
// sooner; a shorter one does not.
func TestFailoverTakesFailoverTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.SampledFrom([]float64{1, 10, 7}).Draw(t, "scale")
		w := newWorld(t, twoZones, scale)
		beat := w.monitor.Heartbeat()
		failover := time.Duration(float64(profile.FailoverTime) / scale)
		w.rtt = rapidDuration(t, "rtt", beat/2)
		died := rapidDuration(t, "died", 4*failover)
		lasts := rapidDuration(t, "lasts", 3*failover)
		w.down[zoneB] = []outage{{died, died + lasts}}
		first := moves(w.run(died + lasts + 3*failover))

		if lasts < failover-2*beat {
			if len(first) > 0 {
				t.Fatalf("an outage of %v moves the traffic: %+v", lasts, first)
			}
			return
		}
		if lasts < failover+beat {
			return // around FailoverTime both are right
		}
		if len(first) == 0 || first[0].Serve != zoneA {
			t.Fatalf("an outage of %v: %+v, want a move to the backup zone", lasts, first)
		}
		if gap := first[0].At - died; gap < failover-beat || gap > failover+w.rtt {
			t.Fatalf("moved %v after the death, want %v–%v", gap, failover-beat, failover+w.rtt)
		}
	})
}

var outages = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) outage {
	from := rapidDuration(t, "from", 8*time.Minute)
	return outage{from, from + rapidDuration(t, "for", 2*time.Minute)}
}), 0, 4)

// Whatever dies and comes back, and whenever the monitor itself is cut off: traffic moves only to a
// node that has just answered, leaves a node only after FailoverTime of silence or for a failback,
// never flaps, and in the end, when all is well, is where it began.
func TestFailoverUnderAnyOutages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, twoZones, 1)
		w.down[zoneA], w.down[zoneB] = outages.Draw(t, "a"), outages.Draw(t, "b")
		w.cut = outages.Draw(t, "cut")
		w.zones = rapid.Permutation(w.zones).Draw(t, "heard first")
		w.warm = rapidDuration(t, "warm", 20*time.Second)
		w.rtt = rapidDuration(t, "rtt", 400*time.Millisecond)
		beat := w.monitor.Heartbeat()
		decisions := w.run(12 * time.Minute)

		lastDown := map[cloud.Zone]time.Duration{}
		status := map[cloud.Zone]cloud.NodeStatus{zoneA: cloud.Up, zoneB: cloud.Up}
		lastMove := time.Duration(-1)
		for _, d := range decisions {
			for _, n := range d.Nodes {
				if n.From != status[n.Zone] || n.From == n.To {
					t.Fatalf("%+v: the node was %s", n, status[n.Zone])
				}
				status[n.Zone] = n.To
				if n.To == cloud.Down {
					if last, again := lastDown[n.Zone]; again && n.At-last < profile.FailoverTime {
						t.Fatalf("node %s is down twice within %v", n.Zone, n.At-last)
					}
					lastDown[n.Zone] = n.At
				}
			}
			if !d.Moved() {
				continue
			}
			if answered := w.answered(d.Serve, d.At); d.At-answered > 3*beat+w.rtt {
				t.Fatalf("at %v traffic moves to %s, which last answered at %v", d.At, d.Serve, answered)
			}
			// An answer at the very instant of the move may be heard after it.
			if silence := d.At - w.answered(d.From, d.At-1); d.Serve == zoneA && silence < profile.FailoverTime {
				t.Fatalf("at %v traffic leaves the primary after a silence of %v", d.At, silence)
			}
			if lastMove >= 0 && d.At-lastMove < profile.FailbackTime {
				t.Fatalf("two moves within %v", d.At-lastMove)
			}
			lastMove = d.At
		}
		if w.monitor.Serve() != zoneB {
			t.Fatalf("four minutes after the last outage %s serves", w.monitor.Serve())
		}
	})
}

// answered is when the monitor last heard the node, before or at a time.
func (w *world) answered(zone cloud.Zone, at time.Duration) time.Duration {
	beat := w.monitor.Heartbeat()
	for sent := (at - w.rtt) / beat * beat; sent >= 0; sent -= beat {
		if !w.dead(zone, sent) {
			return sent + w.rtt
		}
	}
	return 0
}

// A monitor that hears nobody is more likely cut off itself: it moves nothing, nor does it the
// moment it hears the backup again.
func TestFailoverOfACutOffMonitorMovesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, twoZones, 1)
		from := rapidDuration(t, "from", time.Minute)
		w.cut = []outage{{from, from + rapidDuration(t, "for", 10*time.Minute)}}
		w.zones = rapid.Permutation(w.zones).Draw(t, "heard first")
		if got := moves(w.run(15 * time.Minute)); len(got) > 0 {
			t.Fatalf("moves %+v", got)
		}
	})
}

// Lost heartbeats that leave gaps of up to three intervals neither move the traffic nor hold up a
// failback.
func TestFailoverBearsLostHeartbeats(t *testing.T) {
	f := control.NewFailover(0, twoZones, profile)
	beat := f.Heartbeat()
	observe := func(at time.Duration, zone cloud.Zone, alive bool) control.Decision {
		return f.Observe(at, zone, alive, alive)
	}
	for i := time.Duration(1); i <= 31; i++ {
		observe(i*beat, zoneB, false)
		observe(i*beat, zoneA, i%3 == 0)
	}
	if f.Serve() != zoneA {
		t.Fatalf("after 31 heartbeats without the primary %s serves", f.Serve())
	}
	for i := time.Duration(32); i <= 44; i++ {
		observe(i*beat, zoneA, true)
		observe(i*beat, zoneB, i%3 != 0)
	}
	if f.Serve() != zoneB {
		t.Errorf("the primary has answered two heartbeats in three for 12 s, yet %s serves", f.Serve())
	}
}

func TestFailoverOfASingleZoneNeverMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, oneZone, 1)
		w.down[zoneB] = outages.Draw(t, "outages")
		if got := moves(w.run(12 * time.Minute)); len(got) > 0 || w.monitor.Serve() != zoneB {
			t.Fatalf("moves %+v", got)
		}
	})
}
