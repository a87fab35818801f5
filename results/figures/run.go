package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"netlab/loadgen"
	"netlab/results"
	"netlab/scenarios"
	"netlab/sim/event"
)

// A run is a bundle with its samples and faults laid on one time axis.
type run struct {
	dir      string
	manifest *results.Manifest
	scenario *scenarios.Scenario
	events   []event.Event
	damage   []string

	span    window // the measured part: warm-up left out
	before  window // until the first fault was really injected
	during  window // until the last heal; empty without a fault
	after   window
	streams []*stream
	faults  []fault
}

// A window is [begin, end) on CLOCK_MONOTONIC.
type window struct{ begin, end int64 }

func (w window) holds(at int64) bool { return w.begin <= at && at < w.end }

func (w window) empty() bool { return w.end <= w.begin }

// A stream is a load or probe with the samples that were due in the measured part, in order of
// their intended times.
type stream struct {
	results.Stream
	samples  []loadgen.Sample
	servers  []string
	recorded int // samples in all, warm-up included
}

// A fault is an entry of the timeline with what became of it.
type fault struct {
	scenarios.Entry
	planned window       // end 0: never healed
	inject  *event.Event // nil: it never happened
	heal    *event.Event
	until   int64 // the fault's figures end here: at the next fault after its heal
}

func (f *fault) injected() bool { return f.inject != nil }

// healedAt is when the fault ended, or the end of its figures when it was not healed.
func (f *fault) healedAt() int64 {
	if f.heal != nil {
		return f.heal.At
	}
	return f.until
}

func readRun(b *results.Bundle) (*run, error) {
	scenario, err := decodeScenario(b)
	if err != nil {
		return nil, err
	}
	r := &run{dir: b.Dir, manifest: b.Manifest, scenario: scenario, events: b.Events}
	r.events = slices.Clone(b.Events)
	slices.SortStableFunc(r.events, func(a, b event.Event) int { return cmp.Compare(a.At, b.At) })
	r.findSpan()
	r.findFaults()
	r.findWindows()
	for _, s := range b.Manifest.Streams {
		samples, err := b.Samples(s.Name)
		if err != nil {
			return nil, err
		}
		r.streams = append(r.streams, r.measuredPart(s, samples))
	}
	r.damage = b.Damage
	return r, nil
}

// findSpan takes the measured part from the phases that the run told.
func (r *run) findSpan() {
	r.span = window{math.MaxInt64, math.MaxInt64}
	for _, e := range r.events {
		if e.Kind != event.Phase {
			continue
		}
		switch e.Subject {
		case "measure":
			r.span.begin = e.At
			if e.Intended != 0 {
				r.span.begin = e.Intended // the schedule's own; whoever tells may have woken late
			}
			r.span.end = r.span.begin + int64(r.scenario.Run.Duration)
		case "done":
			r.span.end = min(r.span.end, e.At) // earlier than intended when the run was stopped
		}
	}
	if r.span.begin == math.MaxInt64 { // it never came so far
		r.span = window{}
		return
	}
	if last := r.events[len(r.events)-1].At; r.span.end > last {
		r.span.end = max(r.span.begin, last) // the run was cut
	}
}

func (r *run) findFaults() {
	for _, entry := range r.scenario.Timeline {
		f := fault{Entry: entry, until: r.span.end}
		f.planned.begin = r.span.begin + int64(entry.At)
		if entry.For > 0 {
			f.planned.end = f.planned.begin + int64(entry.For)
		}
		for i := range r.events {
			e := &r.events[i]
			if e.Subject != entry.Name {
				continue
			}
			if e.Kind == event.Inject && f.inject == nil {
				f.inject = e
			}
			if e.Kind == event.Heal && f.heal == nil {
				f.heal = e
			}
		}
		r.faults = append(r.faults, f)
	}
	for i := range r.faults {
		f := &r.faults[i]
		if !f.injected() || f.heal == nil {
			continue
		}
		for _, next := range r.faults {
			if next.injected() && next.inject.At >= f.heal.At {
				f.until = min(f.until, next.inject.At)
			}
		}
	}
}

// findWindows cuts the measured part at the first injection and the last heal, as they happened.
// A fault that stays makes the rest of the run "during".
func (r *run) findWindows() {
	first, last := int64(math.MaxInt64), int64(0)
	for i := range r.faults {
		f := &r.faults[i]
		if !f.injected() {
			continue
		}
		first = min(first, f.inject.At)
		if f.heal == nil {
			last = r.span.end
		} else {
			last = max(last, f.heal.At)
		}
	}
	if first == math.MaxInt64 {
		r.before = r.span
		r.during = window{r.span.end, r.span.end}
		r.after = r.during
		return
	}
	last = min(last, r.span.end)
	r.before = window{r.span.begin, first}
	r.during = window{first, last}
	r.after = window{last, r.span.end}
}

// measuredPart keeps what was due in the measured part, sorted by intended time.
func (r *run) measuredPart(s results.Stream, all *results.Samples) *stream {
	out := &stream{Stream: s, servers: all.Servers, recorded: len(all.Rows)}
	for _, sample := range all.Rows {
		if r.span.holds(sample.Intended) {
			out.samples = append(out.samples, sample)
		}
	}
	slices.SortStableFunc(out.samples, func(a, b loadgen.Sample) int { return cmp.Compare(a.Intended, b.Intended) })
	return out
}

// part says into which window a request falls: by its intended time, but one that was still
// under way when the first fault struck belongs to the fault, whether it was answered or not.
func (r *run) part(s *loadgen.Sample) window {
	switch {
	case s.Intended >= r.during.end && !r.after.empty():
		return r.after
	case s.Intended >= r.during.begin || (!r.during.empty() && s.Done >= r.during.begin):
		return r.during
	}
	return r.before
}

// A Check is a proof that two ends reach each other or do not, made by the run itself.
type Check struct {
	Path   string `json:"path"`   // from → to
	Result string `json:"result"` // reached | blocked
	Wanted string `json:"wanted,omitempty"`
	Why    string `json:"why,omitempty"`
}

func (c Check) pass() bool { return c.Wanted == "" || c.Wanted == c.Result }

func (r *run) checks() []Check {
	var out []Check
	for _, e := range r.events {
		if e.Kind == event.Check {
			out = append(out, Check{Path: e.Subject, Result: e.To, Wanted: e.From, Why: e.Text})
		}
	}
	return out
}

func (r *run) warnings() []string {
	var out []string
	for _, e := range r.events {
		if e.Kind == event.Warning {
			out = append(out, e.Text)
		}
	}
	return out
}

// at says an instant as the reader knows it: seconds after the warm-up.
func (r *run) at(instant int64) string {
	return fmt.Sprintf("%.1f s", time.Duration(instant-r.span.begin).Seconds())
}
