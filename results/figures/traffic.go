package report

import (
	"math"
	"slices"
	"syscall"

	"netlab/analysis"
	"netlab/loadgen"
	"netlab/results"
)

// A Stream is what one load or probe measured: over the whole measured time, and before, during
// and after the faults.
type Stream struct {
	From     string  `json:"from"`
	Target   string  `json:"target"`
	Protocol string  `json:"protocol"`
	Arrivals string  `json:"arrivals,omitempty"`
	Asked    float64 `json:"asked_rate,omitempty"` // per second; 0: closed loop

	Figures
	// Part of the answers that each instance gave.
	Share map[string]Share `json:"share,omitempty"`

	// Probes only: the longest time without a success.
	Blackout    *Millis `json:"blackout_ms,omitempty"`     // upper bound
	BlackoutMin *Millis `json:"blackout_min_ms,omitempty"` // lower bound

	Before *Figures `json:"before,omitempty"`
	During *Figures `json:"during,omitempty"`
	After  *Figures `json:"after,omitempty"`
}

// Figures describe the requests that were due in one window. Latencies count from the intended
// send time to the whole answer; a request that was not answered counts as "Infinity". Percentiles
// are nearest ranks among all requests, so each is a latency that a request really had.
type Figures struct {
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

	Errors map[string]uint64 `json:"errors"` // refused, reset, timeout, unreachable, closed, protocol, …
}

func (r *run) streamFigures(s *stream) *Stream {
	out := &Stream{
		From: s.From, Target: s.Target, Protocol: s.Protocol, Arrivals: s.Arrivals, Asked: s.Rate,
		Figures: figures(s.samples, r.span, everything),
		Share:   s.shares(),
	}
	if s.Kind == results.Probe {
		lower, upper := bracket(analysis.Longest(analysis.Outages(s.probes())))
		out.Blackout, out.BlackoutMin = &upper, &lower
	}
	if !r.during.empty() {
		out.Before = r.windowFigures(s, r.before)
		out.During = r.windowFigures(s, r.during)
		out.After = r.windowFigures(s, r.after)
	}
	return out
}

func (r *run) windowFigures(s *stream, w window) *Figures {
	if w.empty() {
		return nil
	}
	f := figures(s.samples, w, func(sample *loadgen.Sample) bool { return r.part(sample) == w })
	return &f
}

func everything(*loadgen.Sample) bool { return true }

func figures(samples []loadgen.Sample, w window, belongs func(*loadgen.Sample) bool) Figures {
	f := Figures{Errors: make(map[string]uint64)}
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
			if s.Done < w.end {
				inTime++
			}
		case s.Phase == loadgen.PhaseOpen:
			f.Open++
		default:
			f.Failed++
			f.Errors[failureClass(s)]++
		}
	}
	f.SuccessRatio = Share(analysis.Ratio{Successes: f.Answered, Trials: f.Answered + f.Failed}.Value())
	f.Achieved = Share(analysis.Ratio{Successes: sent, Trials: f.Requests}.Value())
	if !w.empty() { // as in a run that was cut at that very moment
		f.Rate = round(float64(inTime)/(float64(w.end-w.begin)/1e9), 3)
	}
	f.describe(latencies(samples, belongs))
	return f
}

// latencies are the response times of all requests that belong, sorted, in nanoseconds; +Inf for
// each that was not answered.
func latencies(samples []loadgen.Sample, belongs func(*loadgen.Sample) bool) []float64 {
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
func (f *Figures) describe(values []float64) {
	f.Mean = unknown
	if len(values) > 0 {
		f.Mean = millis(analysis.Mean(values))
	}
	for _, p := range f.percentiles() {
		*p.value = millis(analysis.NearestRank(values, p.q))
	}
}

// A percentile is one of the figures by its name in expectations.
type percentile struct {
	name  string
	q     float64
	value *Millis
}

func (f *Figures) percentiles() []percentile {
	return []percentile{
		{"p50", .5, &f.P50}, {"p75", .75, &f.P75}, {"p90", .9, &f.P90}, {"p95", .95, &f.P95},
		{"p99", .99, &f.P99}, {"p999", .999, &f.P999}, {"p9999", .9999, &f.P9999}, {"max", 1, &f.Max},
	}
}

// failureClass is the name of a failure in expectations and columns.
func failureClass(s *loadgen.Sample) string {
	switch s.Phase {
	case loadgen.PhaseShed:
		return "shed"
	case loadgen.PhaseOpen:
		return "open"
	}
	switch s.Errno {
	case syscall.ECONNREFUSED:
		return "refused"
	case syscall.ECONNRESET:
		return "reset"
	case loadgen.ErrTimeout:
		return "timeout"
	case syscall.EHOSTUNREACH, syscall.ENETUNREACH:
		return "unreachable"
	case loadgen.ErrClosed:
		return "closed"
	case loadgen.ErrProtocol:
		return "protocol"
	case loadgen.ErrStatus:
		return "status"
	}
	return results.ErrnoName(s.Errno)
}

func (s *stream) shares() map[string]Share {
	counts := make(map[string]uint64)
	var named uint64
	for i := range s.samples {
		if sample := &s.samples[i]; sample.OK() && sample.Server != 0 {
			counts[s.servers[sample.Server]]++
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

// probes are the stream's requests as evidence on whether the path worked when each was sent. A
// connection that took a second stands by its second SYN: the first, the probe's, was lost.
func (s *stream) probes() []analysis.Probe {
	out := make([]analysis.Probe, 0, len(s.samples))
	for i := range s.samples {
		sample := &s.samples[i]
		if sample.Sent == 0 || sample.Phase == loadgen.PhaseOpen {
			continue // it asked nothing, or nobody waited for the answer
		}
		late := loadgen.Protocol(s.Protocol) == loadgen.TCPConnect && sample.Done-sample.Sent >= synRetransmit
		out = append(out, analysis.Probe{Sent: sample.Sent, OK: sample.OK() && !late})
	}
	slices.SortStableFunc(out, func(a, b analysis.Probe) int {
		switch {
		case a.Sent < b.Sent:
			return -1
		case a.Sent > b.Sent:
			return 1
		}
		return 0
	})
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
