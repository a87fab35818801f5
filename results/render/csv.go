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
	"netlab/scenarios/metric"
)

var _ = register(Format{
	Name: "csv", Help: "every load and probe by steps of 100 ms", Order: 7, File: "series.csv",
	Write: writeSeries,
})

// seriesStep is the resolution of series.csv.
const seriesStep = 100 * time.Millisecond

// seriesErrors are the columns of series.csv for failed requests; "other" holds the rest.
func seriesErrors() []string {
	var names []string
	for _, c := range metric.Classes() {
		if c.Column {
			names = append(names, c.Name)
		}
	}
	return names
}

// writeSeries writes every sender's figures per step. A percentile that only unanswered requests reach
// is Infinity; one of a step without requests is empty.
func writeSeries(out io.Writer, report *Report) error {
	r, w := report.Run, csv.NewWriter(out)
	classes := seriesErrors()
	percentiles := slices.DeleteFunc(metric.PartFigures(), func(f metric.Figure) bool { return !f.Series })
	head := slices.Concat([]string{"stream", "t_s", "part", "offered", "answered"}, classes, []string{"other"})
	for _, p := range percentiles {
		head = append(head, p.Key)
	}
	w.Write(head)
	for _, s := range r.Senders {
		for _, b := range r.Bins(s, seriesStep) {
			record := []string{
				s.Name, strconv.FormatFloat(b.Offset.Seconds(), 'f', 1, 64), b.Part,
				strconv.FormatUint(b.Offered, 10), strconv.FormatUint(b.Answered, 10),
			}
			other := b.Failures()
			for _, class := range classes {
				record = append(record, strconv.FormatUint(b.Failed[class], 10))
				other -= b.Failed[class]
			}
			record = append(record, strconv.FormatUint(other, 10))
			for _, p := range percentiles {
				record = append(record, csvMillis(b.Quantile(p.Quantile)))
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
