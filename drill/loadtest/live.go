package loadtest

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"netlab/loadgen/record"
	"netlab/results/figures"
)

// A Live shows the figures of a run while it lasts: on a terminal in one line that is written anew every
// second, elsewhere in a line every five seconds.
type Live struct {
	w        io.Writer
	terminal bool
	begun    time.Time
	mu       sync.Mutex
	since    record.Figures
	seconds  map[int64]bool // begins of the seconds in since
	rates    []float64      // answers of each second
	done     chan struct{}
	ended    chan struct{}
}

// NewLive begins to show a run.
func NewLive(w io.Writer, terminal bool) *Live {
	l := &Live{w: w, terminal: terminal, begun: time.Now(), since: record.NewFigures(), seconds: map[int64]bool{}, done: make(chan struct{}),
		ended: make(chan struct{})}
	go l.run()
	return l
}

// Watch takes the figures of a second.
func (l *Live) Watch(i *record.Interval) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since.Merge(&i.Figures)
	l.seconds[i.Begin] = true
}

// Close ends the view.
func (l *Live) Close() {
	close(l.done)
	<-l.ended
}

func (l *Live) run() {
	defer close(l.ended)
	every := 5 * time.Second
	if l.terminal {
		every = time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.show()
		case <-l.done:
			if l.terminal {
				fmt.Fprint(l.w, "\r\x1b[K")
			}
			return
		}
	}
}

// show prints the seconds that ended since it last did; while answers are only awaited there are none.
func (l *Live) show() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.seconds) == 0 {
		return
	}
	f := &l.since
	rate := float64(f.Answered) / float64(len(l.seconds))
	l.rates = append(l.rates, rate)
	line := fmt.Sprintf("%4.0f s %9.0f/s  p50 %s  p99 %s  max %s  failed %d", time.Since(l.begun).Seconds(), rate,
		figures.Millis(f.Quantile(f.Response, .5)/1e6), figures.Millis(f.Quantile(f.Response, .99)/1e6),
		figures.Millis(f.Quantile(f.Response, 1)/1e6), f.Unanswered())
	if l.terminal {
		fmt.Fprint(l.w, "\r\x1b[K"+spark(l.rates, 30)+line)
	} else {
		fmt.Fprintln(l.w, line)
	}
	l.since = record.NewFigures()
	clear(l.seconds)
}

// spark draws the last n values as bars.
func spark(values []float64, n int) string {
	values = values[max(0, len(values)-n):]
	var most float64
	for _, v := range values {
		most = max(most, v)
	}
	bars := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, v := range values {
		i := 0
		if most > 0 {
			i = int(v / most * float64(len(bars)-1))
		}
		b.WriteRune(bars[i])
	}
	return b.String()
}
