package live

import (
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
	phase    string // warm_up | measure | done
	first    int64  // the first event
	measured int64  // the end of the warm-up
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
	last    event.TickStats
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
	serving string
	zones   []string
	status  map[string]string // zone → up | down
}

// A backend is a server with its health as each node sees it.
type backend struct {
	name   string
	status map[string]string // zone of the node → status
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
		b := &balancer{name: lb.Name, serving: string(lb.MasterZone), status: make(map[string]string)}
		for _, zone := range lb.Zones() {
			b.zones = append(b.zones, string(zone))
			b.status[string(zone)] = "up"
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

func (st *state) take(e *event.Event) {
	if st.first == 0 {
		st.first = e.At
	}
	st.now = max(st.now, e.At)
	switch e.Kind {
	case event.BuildHost:
		st.hosts++
		return
	case event.BuildDone:
		st.built = words.Narrate(e)
		return
	case event.Phase:
		st.phase = e.Subject
		if e.Subject == "measure" {
			st.measured = e.At
			if e.Intended != 0 {
				st.measured = e.Intended
			}
		}
		return
	case event.Tick:
		if e.Tick != nil {
			st.flow(e.Subject).beat(e.Tick)
		}
		return
	case event.Node:
		st.balancer(e.Subject).node(e.Zone, e.To)
	case event.Route:
		st.balancer(e.Subject).serving = e.To
	case event.Health:
		st.backend(e.Subject).status[e.Zone] = e.To
	case event.Slots:
		return // follows from health, which is told
	case event.Failure:
		st.failure = e.Text
	}
	if text := words.Narrate(e); text != "" {
		st.recent = append(st.recent, said{e.At, text})
		st.recent = st.recent[max(0, len(st.recent)-recentLength):]
	}
}

func (f *flow) beat(t *event.TickStats) {
	f.last = *t
	f.failed += t.Failed
	f.history = append(f.history, beat{t.OK, t.Failed})
	f.history = f.history[max(0, len(f.history)-historyLength):]
}

func (b *balancer) node(zone, status string) {
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
	b := &balancer{name: name, status: make(map[string]string)}
	st.nodes = append(st.nodes, b)
	return b
}

func (st *state) backend(name string) *backend {
	for _, b := range st.backends {
		if b.name == name {
			return b
		}
	}
	b := &backend{name: name, status: make(map[string]string)}
	st.backends = append(st.backends, b)
	return b
}
