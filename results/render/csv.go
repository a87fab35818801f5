package render

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"netlab/results/figures"
)

var _ = register(Format{
	Name: "csv", Help: "every load and probe by steps of 100 ms", Order: 7, File: "series.csv",
	Write: writeSeries,
})

// seriesStep is the resolution of series.csv.
const seriesStep = 100 * time.Millisecond

// seriesErrors are the columns of series.csv for failed requests; "other" holds the rest.
var seriesErrors = []string{"refused", "reset", "timeout", "unreachable", "closed", "protocol", "status", "shed", "open"}

// writeSeries writes every sender's figures per step. A percentile that only unanswered requests reach
// is Infinity; one of a step without requests is empty.
func writeSeries(out io.Writer, report *Report) error {
	r := report.Run
	w := csv.NewWriter(out)
	w.Write(slices.Concat([]string{"stream", "t_s", "part", "offered", "answered"}, seriesErrors,
		[]string{"other", "p50_ms", "p90_ms", "p99_ms", "max_ms"}))
	for _, s := range r.Senders {
		for _, b := range r.Bins(s, seriesStep) {
			record := []string{s.Name, strconv.FormatFloat(b.Offset.Seconds(), 'f', 1, 64), b.Part,
				strconv.FormatUint(b.Offered, 10), strconv.FormatUint(b.Answered, 10)}
			other := b.Failures()
			for _, class := range seriesErrors {
				record = append(record, strconv.FormatUint(b.Failed[class], 10))
				other -= b.Failed[class]
			}
			record = append(record, strconv.FormatUint(other, 10))
			for _, q := range []float64{.5, .9, .99, 1} {
				record = append(record, csvMillis(b.Quantile(q)))
			}
			w.Write(record)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("write series: %w", err)
	}
	return nil
}

func csvMillis(m figures.Millis) string {
	switch v := float64(m); {
	case math.IsNaN(v):
		return ""
	case math.IsInf(v, 1):
		return "Infinity"
	default:
		return strconv.FormatFloat(figures.Round(v, 3), 'f', -1, 64)
	}
}
