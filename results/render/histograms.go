package render

import (
	"bytes"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"netlab/results/figures"
	"netlab/scenarios/visible"
)

const (
	// histogramStep is the length of one interval of a histogram log.
	histogramStep = time.Second
	// unanswered stands for the latency of a request without an answer: the greatest value
	// that the histograms hold, so that percentiles come out as high as they should.
	unanswered = int64(time.Hour)
)

// histogramLogs are the latencies of each sender and part of the run as HdrHistogram logs
// (version 1.3, encoding V2), by file name. Values are nanoseconds, with three digits.
func histogramLogs(r *figures.Run) (map[string][]byte, error) {
	out := make(map[string][]byte)
	for _, s := range r.Senders {
		for _, part := range r.Parts() {
			log, err := histogramLog(r, s, part)
			if err != nil {
				return nil, fmt.Errorf("write histogram of %s, %s: %w", s.Name, part.Name, err)
			}
			out[fmt.Sprintf("hist/%s-%s.hlog", s.Name, part.Name)] = log
		}
	}
	return out, nil
}

func histogramLog(r *figures.Run, s *figures.Sender, part figures.Part) ([]byte, error) {
	var out bytes.Buffer
	w := hdrhistogram.NewHistogramLogWriter(&out)
	start := r.Manifest.Clock.Time(part.Begin)
	comments := []string{
		fmt.Sprintf("[netlab: %s, %s, response times from the intended send time, in ns]", visible.Text(s.Name), part.Name),
		fmt.Sprintf("[requests without an answer are counted as %d]", unanswered),
		fmt.Sprintf("[Histogram log format version %s]", hdrhistogram.HISTOGRAM_LOG_FORMAT_VERSION),
		// OutputStartTime would cut the fraction of the second off, and Java reads it.
		fmt.Sprintf("[StartTime: %.3f (seconds since epoch), %s]", float64(start.UnixMilli())/1e3, start.Format(time.RFC3339)),
		fmt.Sprintf("[BaseTime: %.3f (seconds since epoch)]", float64(start.UnixMilli())/1e3),
	}
	for _, comment := range comments {
		if err := w.OutputComment(comment); err != nil {
			return nil, err
		}
	}
	if err := w.OutputLegend(); err != nil {
		return nil, err
	}
	w.SetBaseTime(start.UnixMilli())
	histogram := hdrhistogram.New(1, unanswered, 3)
	i, belongs := 0, r.Belongs(part)
	for begin := part.Begin; begin < part.End; begin += int64(histogramStep) {
		end := min(begin+int64(histogramStep), part.End)
		histogram.Reset()
		for ; i < len(s.Samples) && s.Samples[i].Intended < end; i++ {
			sample := &s.Samples[i]
			if !belongs(sample) {
				continue
			}
			value := unanswered
			if sample.OK() {
				value = max(1, min(sample.Done-sample.Intended, unanswered))
			}
			if err := histogram.RecordValue(value); err != nil {
				return nil, err
			}
		}
		histogram.SetStartTimeMs(start.UnixMilli() + (begin-part.Begin)/1e6)
		histogram.SetEndTimeMs(start.UnixMilli() + (end-part.Begin)/1e6)
		if err := w.OutputIntervalHistogram(histogram); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
