package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"netlab/analysis"
)

// seriesStep is the resolution of series.csv.
const seriesStep = 100 * time.Millisecond

// A bin is what became of the requests that a stream was due to send in one step of time.
type bin struct {
	offset            time.Duration // from the end of the warm-up
	part              string        // before | during | after
	offered, answered uint64
	failed            map[string]uint64 // by class of error
	latencies         []float64         // sorted; +Inf for a request without an answer
}

func (b *bin) quantile(q float64) Millis { return millis(analysis.NearestRank(b.latencies, q)) }

func (b *bin) failures() uint64 {
	var n uint64
	for _, count := range b.failed {
		n += count
	}
	return n
}

// bins cuts the measured part into steps; the last one may be shorter.
func (r *run) bins(s *stream, step time.Duration) []bin {
	n := (r.span.end - r.span.begin + int64(step) - 1) / int64(step)
	out := make([]bin, max(0, n))
	for i := range out {
		b := &out[i]
		b.offset = time.Duration(i) * step
		b.part = r.partName(r.span.begin + int64(b.offset))
	}
	for i := range s.samples {
		sample := &s.samples[i]
		b := &out[(sample.Intended-r.span.begin)/int64(step)]
		b.offered++
		if sample.OK() {
			b.answered++
			b.latencies = append(b.latencies, float64(sample.Done-sample.Intended))
			continue
		}
		if b.failed == nil {
			b.failed = make(map[string]uint64)
		}
		b.failed[failureClass(sample)]++
		b.latencies = append(b.latencies, math.Inf(1))
	}
	for i := range out {
		slices.Sort(out[i].latencies)
	}
	return out
}

// partName is the window that an instant lies in.
func (r *run) partName(at int64) string {
	switch {
	case at < r.during.begin || r.during.empty() && r.after.empty():
		return "before"
	case at < r.during.end:
		return "during"
	}
	return "after"
}

// seriesErrors are the columns of series.csv for failed requests; "other" holds the rest.
var seriesErrors = []string{"refused", "reset", "timeout", "unreachable", "closed", "protocol", "status", "shed", "open"}

// seriesCSV is every stream's figures per step. A percentile that only unanswered requests reach
// is Infinity; one of a step without requests is empty.
func (r *run) seriesCSV() ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Write(slices.Concat([]string{"stream", "t_s", "part", "offered", "answered"}, seriesErrors,
		[]string{"other", "p50_ms", "p90_ms", "p99_ms", "max_ms"}))
	for _, s := range r.streams {
		for _, b := range r.bins(s, seriesStep) {
			record := []string{s.Name, strconv.FormatFloat(b.offset.Seconds(), 'f', 1, 64), b.part,
				strconv.FormatUint(b.offered, 10), strconv.FormatUint(b.answered, 10)}
			other := b.failures()
			for _, class := range seriesErrors {
				record = append(record, strconv.FormatUint(b.failed[class], 10))
				other -= b.failed[class]
			}
			record = append(record, strconv.FormatUint(other, 10))
			for _, q := range []float64{.5, .9, .99, 1} {
				record = append(record, csvMillis(b.quantile(q)))
			}
			w.Write(record)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, fmt.Errorf("write series: %w", err)
	}
	return out.Bytes(), nil
}

func csvMillis(m Millis) string {
	switch v := float64(m); {
	case math.IsNaN(v):
		return ""
	case math.IsInf(v, 1):
		return "Infinity"
	default:
		return strconv.FormatFloat(round(v, 3), 'f', -1, 64)
	}
}
