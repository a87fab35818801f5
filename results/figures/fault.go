package figures

import (
	"math"
	"strings"

	"netlab/analysis"
	"netlab/loadgen"
	"netlab/results"
	"netlab/sim/event"
	"netlab/sim/verb"
)

// A Fault is what one entry of the timeline did to the service. Times count from the actual
// injection.
type Fault struct {
	What       string  `json:"what"`
	Cut        string  `json:"cut,omitempty"` // what the lab really took away
	InjectedAt float64 `json:"injected_at_s"` // after the warm-up
	Late       Millis  `json:"injected_late_ms"`
	HealedAt   *Millis `json:"healed_after_ms,omitempty"`

	Times
	FailedRequests      uint64 `json:"failed_requests"`
	ResetConnections    uint64 `json:"reset_connections"`
	SurvivedConnections uint64 `json:"survived_connections"`
	// Service is back: at the end of the fault's time (see recovered) every sender has at least 0.99
	// of the success ratio that it had before.
	Recovered bool `json:"recovered"`

	// Documented are the same times in the documented cloud, where the control plane runs at
	// its own speed. Given where the run's time_scale is not 1 and the control plane mends
	// what failed; how long a change of the timeline stays is the timeline's own matter.
	Documented *Documented `json:"documented_scale,omitempty"`

	Probes map[string]Bracket `json:"probes,omitempty"` // the blackout as each probe saw it
	Why    string             `json:"why,omitempty"`    // why a sender had no success at all
}

// Times are the durations of one fault. Blackout is the longest time without a success in the
// probes: less than BlackoutMS and at least BlackoutMinMS. Failback is the second dip, when the
// primary returns.
type Times struct {
	DetectedAfter       Millis `json:"detected_after_ms"`
	ReroutedAfter       Millis `json:"rerouted_after_ms"`
	FirstSuccessAfter   Millis `json:"first_success_after_ms"`
	Blackout            Millis `json:"blackout_ms"`
	BlackoutMin         Millis `json:"blackout_min_ms"`
	FailbackBlackout    Millis `json:"failback_blackout_ms"`
	FailbackBlackoutMin Millis `json:"failback_blackout_min_ms"`
}

// Documented are a fault's times multiplied by the run's time scale. A time is an upper
// estimate where only part of it is the control plane's and the rest the network's or the kernel's.
type Documented struct {
	TimeScale float64 `json:"time_scale"`
	Times
}

// A Bracket bounds the length of an outage.
type Bracket struct {
	Min Millis `json:"blackout_min_ms"`
	Max Millis `json:"blackout_ms"`
}

func (r *Run) faultFigures(f *Entry) *Fault {
	out := &Fault{
		What:       verb.Of(f.Entry).Describe(),
		Cut:        Effect(f.Inject.Effect),
		InjectedAt: seconds(f.Inject.At - r.Span.Begin),
		Late:       between(f.plannedAt(), f.Inject.At),
		Probes:     make(map[string]Bracket),
		Recovered:  r.recovered(f),
	}
	if f.Heal != nil {
		healed := between(f.Inject.At, f.Heal.At)
		out.HealedAt = &healed
	}
	out.Times = r.outage(f, out.Probes)
	out.DetectedAfter, out.ReroutedAfter = r.reaction(f)
	if scale := r.Manifest.TimeScale; scale != 1 && !f.reaction(r.Cloud).None() {
		out.Documented = &Documented{TimeScale: scale, Times: out.Times.times(scale)}
	}
	for _, s := range r.Senders {
		if s.Kind != results.Load {
			continue
		}
		out.FailedRequests += s.failedIn(f)
		if !r.keepsConnections(s) {
			continue
		}
		reset, survived := s.connections(f, out.backAt(f))
		out.ResetConnections += reset
		out.SurvivedConnections += survived
	}
	out.Why = r.why(f)
	return out
}

// plannedAt is the instant that the lab aimed at.
func (f *Entry) plannedAt() int64 {
	if f.Inject.Intended != 0 {
		return f.Inject.Intended
	}
	return f.Planned.Begin
}

func (t Times) times(scale float64) Times {
	factor := Millis(scale)
	return Times{
		t.DetectedAfter * factor, t.ReroutedAfter * factor, t.FirstSuccessAfter * factor,
		t.Blackout * factor, t.BlackoutMin * factor,
		t.FailbackBlackout * factor, t.FailbackBlackoutMin * factor,
	}
}

// outage finds the blackout and the failback's. A gap belongs to the blackout when it touches the
// time of the fault, and to the failback when it begins after the heal. The probe that
// saw the longest counts. The loads stand in where there are no probes; they see less sharply.
func (r *Run) outage(f *Entry, seen map[string]Bracket) Times {
	t := Times{FirstSuccessAfter: unknown}
	watchers := r.watchers()
	for _, s := range watchers {
		all := s.probes()
		var struck, healed []analysis.Outage
		for _, o := range analysis.Outages(all) {
			switch {
			case o.FirstLost >= f.Until || o.LastLost < f.Inject.At:
			case o.FirstLost < f.HealedAt():
				struck = append(struck, o)
			default:
				healed = append(healed, o)
			}
		}
		blackout := analysis.Longest(struck)
		lower, upper := bracket(blackout)
		seen[s.Name] = Bracket{lower, upper}
		if lower > t.BlackoutMin || upper > t.Blackout {
			t.BlackoutMin, t.Blackout = lower, upper
		}
		lower, upper = bracket(analysis.Longest(healed))
		if lower > t.FailbackBlackoutMin || upper > t.FailbackBlackout {
			t.FailbackBlackoutMin, t.FailbackBlackout = lower, upper
		}
		first := firstSuccess(all, f.Inject.At, struck)
		if !t.FirstSuccessAfter.Known() || first > t.FirstSuccessAfter {
			t.FirstSuccessAfter = first
		}
	}
	if len(watchers) == 0 {
		t.Blackout, t.BlackoutMin = unknown, unknown
	}
	if len(watchers) == 0 || f.Heal == nil {
		t.FailbackBlackout, t.FailbackBlackoutMin = unknown, unknown
	}
	return t
}

func (r *Run) watchers() []*Sender {
	var probes, loads []*Sender
	for _, s := range r.Senders {
		if s.Kind == results.Probe {
			probes = append(probes, s)
		} else {
			loads = append(loads, s)
		}
	}
	if len(probes) > 0 {
		return probes
	}
	return loads
}

// firstSuccess is how long after the injection service came back: with the first answer after the
// first gap, or with the first of all where there was none. A fault that only takes a part away
// leaves small gaps, and the first answer comes soon.
func firstSuccess(all []analysis.Probe, injected int64, gaps []analysis.Outage) Millis {
	from := injected
	if len(gaps) > 0 {
		from = max(from, gaps[0].LastLost)
	}
	for _, p := range all {
		if p.OK && p.Sent >= from {
			return between(injected, p.Sent)
		}
	}
	return Millis(math.Inf(1))
}

// recovered says whether at the end of the fault's figures as many requests succeeded as before: in
// their last second, or where the heal (or the injection, of what is not healed) was less than two
// seconds before, in the second half of the time since.
func (r *Run) recovered(f *Entry) bool {
	const (
		last   = int64(1e9)
		within = 0.99
	)
	over := f.Inject.At
	if f.Heal != nil {
		over = f.Heal.At
	}
	window := Window{max(f.Until-last, over+(f.Until-over)/2), f.Until}
	for _, s := range r.Senders {
		before := successes(s.Samples, func(sample *loadgen.Sample) bool { return r.part(sample) == r.Before })
		end := successes(s.Samples, func(sample *loadgen.Sample) bool {
			return window.Holds(sample.Intended)
		})
		// Not "<": a sender without a request in one of the two has shown nothing.
		if !(end.Value() >= within*before.Value()) {
			return false
		}
	}
	return len(r.Senders) > 0
}

func successes(samples []loadgen.Sample, belongs func(*loadgen.Sample) bool) analysis.Ratio {
	var ratio analysis.Ratio
	for i := range samples {
		s := &samples[i]
		if s.Phase == loadgen.PhaseOpen || !belongs(s) {
			continue
		}
		ratio.Trials++
		if s.OK() {
			ratio.Successes++
		}
	}
	return ratio
}

// struck reports whether a request was under way at some time between injection and the end of
// the fault's figures.
func (f *Entry) struck(s *loadgen.Sample) bool {
	return s.Intended < f.Until && max(s.Done, s.Intended) >= f.Inject.At
}

func (s *Sender) failedIn(f *Entry) uint64 {
	var n uint64
	for i := range s.Samples {
		sample := &s.Samples[i]
		if f.struck(sample) && !sample.OK() && sample.Phase != loadgen.PhaseOpen {
			n++
		}
	}
	return n
}

// Effect names what a verb of the timeline took away, or says what else it did.
func Effect(e event.Effect) string {
	if e.Does != "" {
		return e.Does
	}
	if len(e.Hosts) > 0 {
		return strings.Join(e.Hosts, " ")
	}
	var links []string
	for _, link := range e.Links {
		links = append(links, link[0]+"–"+link[1])
	}
	return strings.Join(links, " ")
}
