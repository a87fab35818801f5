package figures

import (
	"math"
	"slices"
	"time"

	"netlab/analysis"
)

// A Bin is what became of the requests that were due in one step of time.
type Bin struct {
	Offset            time.Duration // from the end of the warm-up
	Part              string        // before | during | after
	Offered, Answered uint64
	Failed            map[string]uint64 // by class of error

	latencies []float64 // sorted; +Inf for a request without an answer
}

// Quantile is a percentile of the response times: +Inf where it falls on a request without an
// answer, NaN in a step without requests.
func (b *Bin) Quantile(q float64) Millis { return millis(analysis.NearestRank(b.latencies, q)) }

// Failures counts the requests that failed, by any class of error.
func (b *Bin) Failures() uint64 {
	var n uint64
	for _, count := range b.Failed {
		n += count
	}
	return n
}

// Bins cuts the measured part into steps; the last one may be shorter.
func (r *Run) Bins(s *Sender, step time.Duration) []Bin {
	n := (r.Span.End - r.Span.Begin + int64(step) - 1) / int64(step)
	out := make([]Bin, max(0, n))
	for i := range out {
		b := &out[i]
		b.Offset = time.Duration(i) * step
		b.Part = r.partName(r.Span.Begin + int64(b.Offset))
	}
	for i := range s.Samples {
		sample := &s.Samples[i]
		b := &out[(sample.Intended-r.Span.Begin)/int64(step)]
		b.Offered++
		if sample.OK() {
			b.Answered++
			b.latencies = append(b.latencies, float64(sample.Done-sample.Intended))
			continue
		}
		if b.Failed == nil {
			b.Failed = make(map[string]uint64)
		}
		b.Failed[classOf(sample)]++
		b.latencies = append(b.latencies, math.Inf(1))
	}
	for i := range out {
		slices.Sort(out[i].latencies)
	}
	return out
}

// partName is the window that an instant lies in.
func (r *Run) partName(at int64) string {
	switch {
	case at < r.During.Begin || r.During.Empty() && r.After.Empty():
		return "before"
	case at < r.During.End:
		return "during"
	}
	return "after"
}
