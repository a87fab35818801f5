package figures

import (
	"cmp"
	"math"
	"slices"

	"netlab/analysis"
	"netlab/loadgen"
	"netlab/results"
	"netlab/scenarios/metric"
)

// Traffic is what one load or probe measured: over the whole measured time, and before, during
// and after the faults.
type Traffic struct {
	From     string  `json:"from"`
	Target   string  `json:"target"`
	Protocol string  `json:"protocol"`
	Arrivals string  `json:"arrivals,omitempty"`
	Asked    float64 `json:"asked_rate,omitempty"` // per second; 0: closed loop

	Answers
	// Part of the answers that each instance gave.
	Share map[string]Share `json:"share,omitempty"`

	// Probes only: the longest time without a success.
	Blackout    *Millis `json:"blackout_ms,omitempty"`     // upper bound
	BlackoutMin *Millis `json:"blackout_min_ms,omitempty"` // lower bound

	Before *Answers `json:"before,omitempty"`
	During *Answers `json:"during,omitempty"`
	After  *Answers `json:"after,omitempty"`
}

// Answers are the figures of the requests that were due in one window. Latencies count from the intended
// send time to the whole answer; a request that was not answered counts as "Infinity". Percentiles
// are nearest ranks among all requests, so each is a latency that a request really had.
type Answers struct {
	Requests uint64 `json:"requests"` // offered
	Answered uint64 `json:"answered"`
	Failed   uint64 `json:"failed"`         // by errors and by shedding
	Open     uint64 `json:"open,omitempty"` // unanswered when the run was ended
	// Answered of those whose fate is known.
	SuccessRatio Share   `json:"success_ratio"`
	Rate         float64 `json:"rate"`           // answers per second, of those that came within the window
	Achieved     Share   `json:"achieved_ratio"` // sent, of the requests that were due

	Mean  Millis `json:"mean_ms"`
	P50   Millis `json:"p50_ms"`
	P75   Millis `json:"p75_ms"`
	P90   Millis `json:"p90_ms"`
	P95   Millis `json:"p95_ms"`
	P99   Millis `json:"p99_ms"`
	P999  Millis `json:"p999_ms"`
	P9999 Millis `json:"p9999_ms"`
	Max   Millis `json:"max_ms"`

	Errors map[string]uint64 `json:"errors"` // by class
}

func (r *Run) traffic(s *Sender) *Traffic {
	out := &Traffic{
		From: s.From, Target: s.Target, Protocol: s.Protocol, Arrivals: s.Arrivals, Asked: s.Rate,
		Answers: answers(s.Samples, r.Span, everything),
		Share:   s.shares(),
	}
	if s.Kind == results.Probe {
		lower, upper := bracket(analysis.Longest(analysis.Outages(s.probes())))
		out.Blackout, out.BlackoutMin = &upper, &lower
	}
	if !r.During.Empty() {
		out.Before = r.answersIn(s, r.Before)
		out.During = r.answersIn(s, r.During)
		out.After = r.answersIn(s, r.After)
	}
	return out
}

func (r *Run) answersIn(s *Sender, w Window) *Answers {
	if w.Empty() {
		return nil
	}
	f := answers(s.Samples, w, func(sample *loadgen.Sample) bool { return r.part(sample) == w })
	return &f
}

func everything(*loadgen.Sample) bool { return true }

func answers(samples []loadgen.Sample, w Window, belongs func(*loadgen.Sample) bool) Answers {
	f := Answers{Errors: make(map[string]uint64)}
	var sent, inTime uint64
	for i := range samples {
		s := &samples[i]
		if !belongs(s) {
			continue
		}
		f.Requests++
		if s.Sent != 0 {
			sent++
		}
		switch {
		case s.OK():
			f.Answered++
			if s.Done < w.End {
				inTime++
			}
		case s.Phase == loadgen.PhaseOpen:
			f.Open++
		default:
			f.Failed++
			f.Errors[classOf(s)]++
		}
	}
	f.SuccessRatio = Share(analysis.Ratio{Successes: f.Answered, Trials: f.Answered + f.Failed}.Value())
	f.Achieved = Share(analysis.Ratio{Successes: sent, Trials: f.Requests}.Value())
	if !w.Empty() { // as in a run that was cut at that very moment
		f.Rate = Round(float64(inTime)/(float64(w.End-w.Begin)/1e9), 3)
	}
	f.describe(Latencies(samples, belongs))
	return f
}

// Latencies are the response times of all requests that belong, sorted, in nanoseconds; +Inf for
// each that was not answered.
func Latencies(samples []loadgen.Sample, belongs func(*loadgen.Sample) bool) []float64 {
	var out []float64
	for i := range samples {
		switch s := &samples[i]; {
		case !belongs(s):
		case s.OK():
			out = append(out, float64(s.Done-s.Intended))
		default:
			out = append(out, math.Inf(1))
		}
	}
	slices.Sort(out)
	return out
}

// describe fills in the percentiles of sorted latencies.
func (f *Answers) describe(values []float64) {
	f.Mean = unknown
	if len(values) > 0 {
		f.Mean = millis(analysis.Mean(values))
	}
	for _, p := range f.Percentiles() {
		*p.Value = millis(analysis.NearestRank(values, p.Quantile))
	}
}

// A Percentile is one of the figures with the place where its value stands.
type Percentile struct {
	metric.Figure
	Value *Millis
}

// Percentiles are those of the response times that the registry has, from the lowest.
func (f *Answers) Percentiles() []Percentile {
	var out []Percentile
	for _, figure := range metric.PartFigures() {
		if figure.Quantile > 0 {
			out = append(out, Percentile{figure, place(f, figure.Key).(*Millis)})
		}
	}
	return out
}

// classOf is the class of a sample's failure.
func classOf(s *loadgen.Sample) string {
	return results.Class(loadgen.Failure{Phase: s.Phase, Errno: s.Errno})
}

func (s *Sender) shares() map[string]Share {
	counts := make(map[string]uint64)
	var named uint64
	for i := range s.Samples {
		if sample := &s.Samples[i]; sample.OK() && sample.Server != 0 {
			counts[s.Servers[sample.Server]]++
			named++
		}
	}
	if named == 0 {
		return nil
	}
	out := make(map[string]Share, len(counts))
	for name, n := range counts {
		out[name] = Share(float64(n) / float64(named))
	}
	return out
}

// synRetransmit is when the kernel sends an unanswered SYN again (TCP_TIMEOUT_INIT, 1 s), less
// what a coarse timer may be early.
const synRetransmit = int64(990e6)

// probes are the sender's requests as evidence on whether the path worked when each was sent. A
// connection that took a second stands by its second SYN: the first, the probe's, was lost.
func (s *Sender) probes() []analysis.Probe {
	out := make([]analysis.Probe, 0, len(s.Samples))
	for i := range s.Samples {
		sample := &s.Samples[i]
		if sample.Sent == 0 || sample.Phase == loadgen.PhaseOpen {
			continue // it asked nothing, or nobody waited for the answer
		}
		late := loadgen.Protocol(s.Protocol) == loadgen.TCPConnect && sample.Done-sample.Sent >= synRetransmit
		out = append(out, analysis.Probe{Sent: sample.Sent, OK: sample.OK() && !late})
	}
	slices.SortStableFunc(out, func(a, b analysis.Probe) int { return cmp.Compare(a.Sent, b.Sent) })
	return out
}

// bracket is how long an outage lasted, at least and at most; 0 and 0 for none.
func bracket(o *analysis.Outage) (lower, upper Millis) {
	if o == nil {
		return 0, 0
	}
	lower = millis(float64(o.Lower()))
	longest, bounded := o.Upper()
	if !bounded {
		return lower, Millis(math.Inf(1))
	}
	return lower, millis(float64(longest))
}
