package figures

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"netlab/loadgen"
	"netlab/results"
	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A Run is a bundle with its samples and its timeline laid on one time axis.
type Run struct {
	Dir      string
	Manifest *results.Manifest
	Scenario *scenarios.Scenario
	Cloud    *cloud.Cloud  // as the scenario describes it, resolved
	Events   []event.Event // in the order of their instants
	Damage   []string      // what is missing of a run that was cut short

	Span    Window // the measured part: warm-up left out
	Before  Window // until the first fault was really injected
	During  Window // until the last heal; empty without a fault
	After   Window
	Senders []*Sender
	Faults  []Entry // the timeline
}

// A Window is [Begin, End) on CLOCK_MONOTONIC.
type Window struct{ Begin, End int64 }

// Holds reports whether the instant lies in the window.
func (w Window) Holds(at int64) bool { return w.Begin <= at && at < w.End }

// Empty reports whether no instant lies in the window.
func (w Window) Empty() bool { return w.End <= w.Begin }

// A Sender is a load or probe with the samples that were due in the measured part, in order of
// their intended times.
type Sender struct {
	results.Sender
	Samples  []loadgen.Sample
	Carried  []loadgen.Sample // due before the measured part, and still under way in it
	Servers  []string         // names that a sample's Server points into
	Recorded int              // samples in all, warm-up included
}

// An Entry is an entry of the timeline with what became of it.
type Entry struct {
	scenarios.Entry
	Planned Window     // End 0: never healed
	Inject  *Injection // nil: it never happened
	Heal    *Healing   // nil: it lasts
	Until   int64      // the fault's figures end here: at the next fault after its heal
}

// An Injection is a fault's beginning as it was told.
type Injection struct {
	At int64
	event.Inject
}

// A Healing is a fault's end as it was told.
type Healing struct {
	At int64
	event.Heal
}

// Injected reports whether the entry really happened.
func (f *Entry) Injected() bool { return f.Inject != nil }

// HealedAt is when the fault ended, or the end of its figures when it was not healed.
func (f *Entry) HealedAt() int64 {
	if f.Heal != nil {
		return f.Heal.At
	}
	return f.Until
}

// Read lays a bundle on one time axis.
func Read(b *results.Bundle) (*Run, error) {
	scenario, err := decodeScenario(b)
	if err != nil {
		return nil, err
	}
	r := &Run{Dir: b.Dir, Manifest: b.Manifest, Scenario: scenario}
	built, wrong := cloud.Build(scenario)
	if r.Cloud = built; len(wrong.Errors()) > 0 { // it was valid when the run began; somebody has changed it
		r.Cloud = &cloud.Cloud{}
	}
	r.Events = slices.Clone(b.Events)
	slices.SortStableFunc(r.Events, func(a, b event.Event) int { return cmp.Compare(a.At, b.At) })
	r.findSpan()
	r.findFaults()
	r.findWindows()
	for _, s := range b.Manifest.Senders {
		samples, err := b.Samples(s.Name)
		if err != nil {
			return nil, err
		}
		r.Senders = append(r.Senders, r.measuredPart(s, samples))
	}
	r.Damage = b.Damage
	return r, nil
}

// findSpan takes the measured part from the phases that the run told.
func (r *Run) findSpan() {
	r.Span = Window{math.MaxInt64, math.MaxInt64}
	for _, e := range r.Events {
		phase, ok := e.What.(event.Phase)
		if !ok {
			continue
		}
		switch phase.Phase {
		case event.Measure:
			r.Span.Begin = e.At
			if phase.Intended != 0 {
				r.Span.Begin = phase.Intended // the schedule's own; whoever tells may have woken late
			}
			r.Span.End = r.Span.Begin + int64(r.Scenario.Run.Duration)
		case event.Done:
			r.Span.End = min(r.Span.End, e.At) // earlier than intended when the run was stopped
		}
	}
	if r.Span.Begin == math.MaxInt64 { // it never came so far
		r.Span = Window{}
		return
	}
	if last := r.Events[len(r.Events)-1].At; r.Span.End > last {
		r.Span.End = max(r.Span.Begin, last) // the run was cut
	}
}

func (r *Run) findFaults() {
	for _, entry := range r.Scenario.Timeline {
		f := Entry{Entry: entry, Until: r.Span.End}
		f.Planned.Begin = r.Span.Begin + int64(entry.At)
		if entry.For > 0 {
			f.Planned.End = f.Planned.Begin + int64(entry.For)
		}
		for _, e := range r.Events {
			switch what := e.What.(type) {
			case event.Inject:
				if what.Fault == entry.Name && f.Inject == nil {
					f.Inject = &Injection{e.At, what}
				}
			case event.Heal:
				if what.Fault == entry.Name && f.Heal == nil {
					f.Heal = &Healing{e.At, what}
				}
			}
		}
		r.Faults = append(r.Faults, f)
	}
	for i := range r.Faults {
		f := &r.Faults[i]
		if !f.Injected() || f.Heal == nil {
			continue
		}
		for _, next := range r.Faults {
			if next.Injected() && next.Inject.At >= f.Heal.At {
				f.Until = min(f.Until, next.Inject.At)
			}
		}
	}
}

// findWindows cuts the measured part at the first injection and the last heal, as they happened.
// A fault that stays makes the rest of the run "during".
func (r *Run) findWindows() {
	first, last := int64(math.MaxInt64), int64(0)
	for i := range r.Faults {
		f := &r.Faults[i]
		if !f.Injected() {
			continue
		}
		first = min(first, f.Inject.At)
		if f.Heal == nil {
			last = r.Span.End
		} else {
			last = max(last, f.Heal.At)
		}
	}
	if first == math.MaxInt64 {
		r.Before = r.Span
		r.During = Window{r.Span.End, r.Span.End}
		r.After = r.During
		return
	}
	last = min(last, r.Span.End)
	r.Before = Window{r.Span.Begin, first}
	r.During = Window{first, last}
	r.After = Window{last, r.Span.End}
}

// measuredPart keeps what was due in the measured part, sorted by intended time.
func (r *Run) measuredPart(s results.Sender, all *results.Samples) *Sender {
	out := &Sender{Sender: s, Servers: all.Servers, Recorded: len(all.Rows)}
	for _, sample := range all.Rows {
		if r.Span.Holds(sample.Intended) {
			out.Samples = append(out.Samples, sample)
		} else if sample.Intended < r.Span.Begin && (sample.Phase == loadgen.PhaseOpen || sample.Done+int64(pause) > r.Span.Begin) {
			out.Carried = append(out.Carried, sample)
		}
	}
	slices.SortStableFunc(out.Samples, func(a, b loadgen.Sample) int { return cmp.Compare(a.Intended, b.Intended) })
	return out
}

// part says into which window a request falls: by its intended time, but one that was still
// under way when the first fault struck belongs to the fault, whether it was answered or not.
func (r *Run) part(s *loadgen.Sample) Window {
	switch {
	case s.Intended >= r.During.End && !r.After.Empty():
		return r.After
	case s.Intended >= r.During.Begin || (!r.During.Empty() && s.Done >= r.During.Begin):
		return r.During
	}
	return r.Before
}

// A Check is a proof that two ends reach each other or do not, or that the cloud refuses a call,
// made by the run itself.
type Check struct {
	Path   string `json:"path"`   // from → to, or the call
	Result string `json:"result"` // reached | blocked, or the code of the refusal
	Wanted string `json:"wanted,omitempty"`
	Why    string `json:"why,omitempty"`
}

// Pass reports whether the proof came out as it should.
func (c Check) Pass() bool { return c.Wanted == "" || c.Wanted == c.Result }

func (r *Run) checks() []Check {
	var out []Check
	for _, e := range r.Events {
		switch what := e.What.(type) {
		case event.Check:
			out = append(out, Check{
				Path: what.From + " → " + what.To, Result: string(what.Got), Wanted: string(what.Want), Why: what.Why,
			})
		case event.Refusal:
			out = append(out, Check{Path: what.Call + " " + what.Resource, Result: what.Got, Wanted: what.Want, Why: what.Why})
		}
	}
	return out
}

func (r *Run) warnings() []string {
	var out []string
	for _, e := range r.Events {
		if warning, ok := e.What.(event.Warning); ok {
			out = append(out, warning.Text)
		}
	}
	return out
}

// at says an instant as the reader knows it: seconds after the warm-up.
func (r *Run) at(instant int64) string {
	return fmt.Sprintf("%.1f s", time.Duration(instant-r.Span.Begin).Seconds())
}
