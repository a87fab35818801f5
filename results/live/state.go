package live

import (
	"cmp"
	"slices"
	"time"

	"netlab/results/words"
	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A state is what a live view knows of the run so far.
type state struct {
	name     string
	duration time.Duration
	planned  []planned

	hosts    int
	built    string
	phase    event.PhaseName
	first    int64 // the first event
	measured int64 // the end of the warm-up
	now      int64
	failure  string

	flows    []*flow
	nodes    []*balancer
	backends []*backend
	recent   []said
}

type planned struct {
	name     string
	from, to time.Duration
}

// A flow is the recent figures of one load or probe.
type flow struct {
	name    string
	last    event.Tick
	failed  uint64
	history []beat // one per tick, the newest last
}

type beat struct{ ok, failed uint64 }

const historyLength = 24

func (f *flow) rate() float64 {
	if f.last.Interval <= 0 {
		return 0
	}
	return float64(f.last.OK) / f.last.Interval.Seconds()
}

// A balancer is a load balancer with the status of its nodes.
type balancer struct {
	name    string
	serving cloud.Zone
	zones   []cloud.Zone
	status  map[cloud.Zone]cloud.NodeStatus
}

// A backend is a server with its health as each node sees it.
type backend struct {
	name   string
	status map[cloud.Zone]cloud.HealthStatus // by the zone of the node
}

type said struct {
	at   int64
	text string
}

const recentLength = 6

func newState(s *scenarios.Scenario) state {
	st := state{name: s.Name, duration: s.Run.Duration}
	for _, entry := range s.Timeline {
		p := planned{name: entry.Name, from: entry.At, to: s.Run.Duration}
		if entry.For > 0 {
			p.to = entry.At + entry.For
		}
		st.planned = append(st.planned, p)
	}
	built, _ := cloud.Build(s) // valid: the run began
	for _, lb := range built.LoadBalancers {
		b := &balancer{name: lb.Name, serving: lb.MasterZone, zones: lb.Zones(), status: make(map[cloud.Zone]cloud.NodeStatus)}
		for _, zone := range b.zones {
			b.status[zone] = cloud.Up
		}
		st.nodes = append(st.nodes, b)
	}
	return st
}

func (st *state) measuring() bool { return st.measured != 0 }

// elapsed is the time since the end of the warm-up.
func (st *state) elapsed() time.Duration {
	if !st.measuring() {
		return 0
	}
	return time.Duration(max(0, st.now-st.measured))
}

// origin is where the clock of the recent events starts: the timeline's zero as soon as it is
// known, so that they can be read against the scenario.
func (st *state) origin() int64 {
	if st.measuring() {
		return st.measured
	}
	return st.first
}

func (st *state) take(e event.Event) {
	if st.first == 0 {
		st.first = e.At
	}
	st.now = max(st.now, e.At)
	switch what := e.What.(type) {
	case event.BuildHost:
		st.hosts++
		return
	case event.BuildDone:
		st.built = words.Narrate(e)
		return
	case event.Phase:
		st.phase = what.Phase
		if what.Phase == event.Measure {
			st.measured = cmp.Or(what.Intended, e.At)
		}
		return
	case event.Tick:
		st.flow(what.Stream).beat(what)
		return
	case event.Node:
		st.balancer(what.LoadBalancer).node(what.Zone, what.To)
	case event.Route:
		st.balancer(what.LoadBalancer).serving = what.To
	case event.Health:
		st.backend(what.Backend).status[what.Zone] = what.To
	case event.Slots:
		return // follows from health, which is told
	case event.Failure:
		st.failure = what.Text
	}
	if text := words.Narrate(e); text != "" {
		st.recent = append(st.recent, said{e.At, text})
		st.recent = st.recent[max(0, len(st.recent)-recentLength):]
	}
}

func (f *flow) beat(t event.Tick) {
	f.last = t
	f.failed += t.Failed
	f.history = append(f.history, beat{t.OK, t.Failed})
	f.history = f.history[max(0, len(f.history)-historyLength):]
}

func (b *balancer) node(zone cloud.Zone, status cloud.NodeStatus) {
	if !slices.Contains(b.zones, zone) {
		b.zones = append(b.zones, zone)
	}
	b.status[zone] = status
}

func (st *state) flow(name string) *flow {
	for _, f := range st.flows {
		if f.name == name {
			return f
		}
	}
	f := &flow{name: name}
	st.flows = append(st.flows, f)
	return f
}

func (st *state) balancer(name string) *balancer {
	for _, b := range st.nodes {
		if b.name == name {
			return b
		}
	}
	b := &balancer{name: name, status: make(map[cloud.Zone]cloud.NodeStatus)}
	st.nodes = append(st.nodes, b)
	return b
}

func (st *state) backend(name string) *backend {
	for _, b := range st.backends {
		if b.name == name {
			return b
		}
	}
	b := &backend{name: name, status: make(map[cloud.Zone]cloud.HealthStatus)}
	st.backends = append(st.backends, b)
	return b
}
