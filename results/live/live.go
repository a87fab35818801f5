package live

import (
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"netlab/results/figures"
	"netlab/results/words"
	"netlab/scenarios"
	"netlab/scenarios/visible"
	"netlab/sim/event"
)

// A View shows a run while it lasts. Event is an event.Sink; Close ends the view and leaves the
// terminal as it was.
type View interface {
	Event(event.Event)
	Close()
}

// New shows the run on a file: as a picture that is painted over on a terminal, which is
// width columns wide at first, and as lines anywhere else, where width is 0.
func New(f *os.File, s *scenarios.Scenario, width int) View {
	if width == 0 || os.Getenv("TERM") == "dumb" {
		return NewLines(f)
	}
	size := func() (int, int) {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil {
			return w, h // it may have been resized
		}
		return width, 24
	}
	return NewScreen(f, size, s, os.Getenv("NO_COLOR") == "")
}

// Lines tells a run in plain lines, one per event of interest, and the figures of every load and
// probe every few seconds.
type Lines struct {
	mu     sync.Mutex
	w      io.Writer
	zero   int64 // the first event
	totals map[string]*total
}

// linesEvery is how often the figures of a load are told.
const linesEvery = 5 * time.Second

// NewLines tells the run on w.
func NewLines(w io.Writer) *Lines { return &Lines{w: w, totals: make(map[string]*total)} }

// Event tells one event.
func (l *Lines) Event(e event.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.zero == 0 {
		l.zero = e.At
	}
	if tick, ok := e.What.(event.Tick); ok {
		l.tick(e.At, tick)
		return
	}
	if text := words.Narrate(e); text != "" {
		l.say(e.At, text)
	}
}

// Close ends the view; lines need no tidying up.
func (l *Lines) Close() {}

func (l *Lines) say(at int64, text string) {
	fmt.Fprintf(l.w, "%9.3f s  %s\n", time.Duration(at-l.zero).Seconds(), visible.Text(text))
}

// A total adds up the ticks since it was last told.
type total struct {
	since      time.Duration
	ok, failed uint64
	last       event.Tick
}

func (l *Lines) tick(at int64, tick event.Tick) {
	t := l.totals[tick.Stream]
	if t == nil {
		t = new(total)
		l.totals[tick.Stream] = t
	}
	t.since += tick.Interval
	t.ok += tick.OK
	t.failed += tick.Failed
	t.last = tick
	if t.since < linesEvery {
		return
	}
	l.say(at, fmt.Sprintf("%s %.0f/s answered, %s failed, p50 %s, p99 %s", tick.Stream,
		float64(t.ok)/t.since.Seconds(), words.Thousands(t.failed),
		tickLatency(t.last, t.last.P50), tickLatency(t.last, t.last.P99)))
	*t = total{}
}

// tickLatency is a percentile of the last interval; there is none where nothing was answered.
func tickLatency(t event.Tick, value time.Duration) figures.Millis {
	if t.OK == 0 {
		return figures.Millis(math.NaN())
	}
	return figures.Millis(float64(value) / 1e6)
}
