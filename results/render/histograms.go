package report

import (
	"bytes"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"netlab/loadgen"
)

const (
	// histogramStep is the length of one interval of a histogram log.
	histogramStep = time.Second
	// unanswered stands for the latency of a request without an answer: the greatest value
	// that the histograms hold, so that percentiles come out as high as they should.
	unanswered = int64(time.Hour)
)

// histogramLogs are the latencies of each stream and part of the run as HdrHistogram logs
// (version 1.3, encoding V2), by file name. Values are nanoseconds, with three digits.
func (r *run) histogramLogs() (map[string][]byte, error) {
	out := make(map[string][]byte)
	for _, s := range r.streams {
		for _, part := range r.parts() {
			log, err := r.histogramLog(s, part)
			if err != nil {
				return nil, fmt.Errorf("write histogram of %s, %s: %w", s.Name, part.name, err)
			}
			out[fmt.Sprintf("hist/%s-%s.hlog", s.Name, part.name)] = log
		}
	}
	return out, nil
}

// A namedWindow is a part of the run by its name in file names and tables.
type namedWindow struct {
	name string
	window
}

// parts are the windows that the run has: "measured" alone when there was no fault.
func (r *run) parts() []namedWindow {
	if r.during.empty() {
		return []namedWindow{{"measured", r.span}}
	}
	var out []namedWindow
	for _, part := range []namedWindow{{"before", r.before}, {"during", r.during}, {"after", r.after}} {
		if !part.empty() {
			out = append(out, part)
		}
	}
	return out
}

// belongs says which requests are counted in a part.
func (r *run) belongs(part namedWindow) func(*loadgen.Sample) bool {
	if part.window == r.span {
		return everything
	}
	return func(s *loadgen.Sample) bool { return r.part(s) == part.window }
}

func (r *run) histogramLog(s *stream, part namedWindow) ([]byte, error) {
	var out bytes.Buffer
	w := hdrhistogram.NewHistogramLogWriter(&out)
	start := r.manifest.Clock.Time(part.begin)
	comments := []string{
		fmt.Sprintf("[netlab: %s, %s, response times from the intended send time, in ns]", s.Name, part.name),
		fmt.Sprintf("[requests without an answer are counted as %d]", unanswered),
		fmt.Sprintf("[Histogram log format version %s]", hdrhistogram.HISTOGRAM_LOG_FORMAT_VERSION),
		// Not OutputStartTime: it cuts the fraction of the second off, and Java reads it.
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
	i, belongs := 0, r.belongs(part)
	for begin := part.begin; begin < part.end; begin += int64(histogramStep) {
		end := min(begin+int64(histogramStep), part.end)
		histogram.Reset()
		for ; i < len(s.samples) && s.samples[i].Intended < end; i++ {
			sample := &s.samples[i]
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
		histogram.SetStartTimeMs(start.UnixMilli() + (begin-part.begin)/1e6)
		histogram.SetEndTimeMs(start.UnixMilli() + (end-part.begin)/1e6)
		if err := w.OutputIntervalHistogram(histogram); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
