package record

import (
	"fmt"
	"io"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Log writes intervals as an HdrHistogram log (version 1.3, encoding V2), which the Java tools read.
// Each interval has two lines, tagged with the phase and what the times are:
// "measured.response" and "measured.service". Values are nanoseconds.
type Log struct {
	w    *hdrhistogram.HistogramLogWriter
	zero int64 // CLOCK_MONOTONIC instant that the wall clock is known for
	wall time.Time
}

// NewLog begins a log. A CLOCK_MONOTONIC instant and the wall clock at that instant give its times.
func NewLog(w io.Writer, monotonic int64, wall time.Time) (*Log, error) {
	l := &Log{w: hdrhistogram.NewHistogramLogWriter(w), zero: monotonic, wall: wall}
	start := float64(wall.UnixMilli()) / 1e3
	for _, comment := range []string{
		"[netlab: response times from the intended send, service times from the actual send, in ns]",
		fmt.Sprintf("[requests without an answer are counted as %d]", highest),
		fmt.Sprintf("[Histogram log format version %s]", hdrhistogram.HISTOGRAM_LOG_FORMAT_VERSION),
		// Not OutputStartTime: it cuts the fraction of the second off, and Java reads it.
		fmt.Sprintf("[StartTime: %.3f (seconds since epoch), %s]", start, wall.Format(time.RFC3339)),
		fmt.Sprintf("[BaseTime: %.3f (seconds since epoch)]", start),
	} {
		if err := l.w.OutputComment(comment); err != nil {
			return nil, fmt.Errorf("write histogram log: %w", err)
		}
	}
	if err := l.w.OutputLegend(); err != nil {
		return nil, fmt.Errorf("write histogram log: %w", err)
	}
	l.w.SetBaseTime(wall.UnixMilli())
	return l, nil
}

// Write adds an interval.
func (l *Log) Write(i *Interval) error {
	for _, part := range []struct {
		tag string
		h   *Histogram
	}{{".response", i.Response}, {".service", i.Service}} {
		h := part.h.HDR(i.Unanswered())
		h.SetTag(i.Phase + part.tag)
		h.SetStartTimeMs(l.wall.UnixMilli() + (i.Begin-l.zero)/1e6)
		h.SetEndTimeMs(l.wall.UnixMilli() + (i.End-l.zero)/1e6)
		if err := l.w.OutputIntervalHistogram(h); err != nil {
			return fmt.Errorf("write histogram log: %w", err)
		}
	}
	return nil
}
