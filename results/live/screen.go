package live

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"netlab/results/terminal"
	"netlab/results/words"
	"netlab/scenarios"
	"netlab/scenarios/visible"
	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A Screen paints a run on a terminal, over and over in the same place. It reads no key and no
// clock: it paints when an event comes, and ticks come several times a second.
type Screen struct {
	terminal.Palette
	w    io.Writer
	size func() (width, height int)

	mu      sync.Mutex
	state   state
	painted int   // lines on the screen that are ours
	last    int64 // when it was last painted
	closed  bool
}

// frame is the least time between two pictures when only figures change.
const frame = 80 * time.Millisecond

// Control sequences (ECMA-48; 2026 is the synchronised output that keeps pictures from tearing
// where the terminal knows it, and is ignored elsewhere).
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	beginFrame = "\x1b[?2026h"
	endFrame   = "\x1b[?2026l"
	eraseLine  = "\x1b[K"
	eraseBelow = "\x1b[J"
)

// NewScreen paints on w, which must be a terminal of the size that the function tells.
func NewScreen(w io.Writer, size func() (width, height int), s *scenarios.Scenario, color bool) *Screen {
	return &Screen{Palette: terminal.Palette{On: color}, w: w, size: size, state: newState(s)}
}

// Event takes what happened into the picture.
func (s *Screen) Event(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.state.take(visible.All(e))
	figuresOnly := false
	switch e.What.(type) {
	case event.Tick, event.BuildHost:
		figuresOnly = true
	}
	if figuresOnly && s.painted > 0 && e.At-s.last < int64(frame) {
		return
	}
	s.last = e.At
	s.paint()
}

// Close takes the picture away and gives the cursor back. The summary takes its place.
func (s *Screen) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	if s.painted > 0 {
		io.WriteString(s.w, s.home()+eraseBelow+showCursor)
	}
}

// home leads back to the first of our lines.
func (s *Screen) home() string {
	if s.painted == 0 {
		return hideCursor
	}
	return fmt.Sprintf("\r\x1b[%dA", s.painted)
}

func (s *Screen) paint() {
	width, height := s.size()
	lines := s.picture(max(width, 20))
	if most := max(height-1, 1); len(lines) > most {
		lines = lines[:most] // what scrolled off could never be painted over
	}
	var b strings.Builder
	b.WriteString(beginFrame + s.home())
	for _, line := range lines {
		// One column less: some terminals wrap when the last one is written.
		b.WriteString(visible.Styled(ansi.Truncate(line, max(width, 20)-1, "…")) + eraseLine + "\r\n")
	}
	b.WriteString(eraseBelow + endFrame)
	s.painted = len(lines)
	// A terminal that is gone does not stop a run: the bundle has it all.
	io.WriteString(s.w, b.String())
}

func (s *Screen) picture(width int) []string {
	st := &s.state
	lines := []string{s.headline()}
	if st.built != "" {
		lines = append(lines, s.Dim("  "+st.built))
	}
	if st.measuring() && st.duration > 0 {
		lines = append(lines, "")
		lines = append(lines, s.timeline(min(width-4, 72))...)
	}
	if rows := s.senders(); len(rows) > 0 {
		lines = append(lines, "")
		lines = append(lines, rows...)
	}
	if rows := s.health(); len(rows) > 0 {
		lines = append(lines, "")
		lines = append(lines, rows...)
	}
	if len(st.recent) > 0 {
		lines = append(lines, "")
		for _, said := range st.recent {
			lines = append(lines, s.Dim(fmt.Sprintf("  %8.3f s  ", time.Duration(said.at-st.origin()).Seconds()))+said.text)
		}
	}
	return lines
}

func (s *Screen) headline() string {
	st := &s.state
	title := s.Bold(st.name) + "  "
	switch {
	case st.failure != "":
		return title + s.Bad("failed")
	case st.phase == event.Measure:
		return title + s.Good("● measuring") + fmt.Sprintf("  %4.1f s", st.elapsed().Seconds()) + s.Dim(" of "+st.duration.String())
	case st.phase == event.WarmUp:
		return title + s.Warn("● warming up")
	case st.phase == event.Done:
		return title + s.Good("● tidying up")
	case st.built != "":
		return title + s.Warn("● replaying the control plane")
	}
	return title + s.Warn("● building") + s.Dim(fmt.Sprintf("  %d namespaces", st.hosts))
}

// timeline is the measured time as a bar: faults shaded, the part that has passed in bold strokes.
func (s *Screen) timeline(width int) []string {
	st := &s.state
	column := func(at time.Duration) int {
		return int(min(max(0, int64(at)*int64(width)/int64(st.duration)), int64(width)))
	}
	now := column(st.elapsed())
	var bar strings.Builder
	for i := range width {
		mark, passed := "─", i < now
		if passed {
			mark = "━"
		}
		faulty := slices.ContainsFunc(st.planned, func(p planned) bool {
			return column(p.from) <= i && i < max(column(p.to), column(p.from)+1)
		})
		switch {
		case i == now:
			bar.WriteString(s.Bold("●"))
		case faulty:
			bar.WriteString(s.Bad(strings.ReplaceAll(strings.ReplaceAll(mark, "─", "░"), "━", "▓")))
		case passed:
			bar.WriteString(s.Good(mark))
		default:
			bar.WriteString(s.Dim(mark))
		}
	}
	labels := []byte(strings.Repeat(" ", width))
	for _, p := range st.planned {
		if at := column(p.from); at+len(p.name) <= width && strings.TrimSpace(string(labels[at:at+len(p.name)])) == "" {
			copy(labels[at:], p.name)
		}
	}
	return []string{"  " + bar.String(), "  " + s.Dim(strings.TrimRight(string(labels), " "))}
}

func (s *Screen) senders() []string {
	t := terminal.Table{Indent: "  "}
	for _, f := range s.state.flows {
		failed := words.Thousands(f.failed)
		if f.failed > 0 {
			failed = s.Bad(failed)
		}
		t.Add(s.Name(f.name), fmt.Sprintf("%.0f/s", f.rate()), s.Dim("p50 ")+tickLatency(f.last, f.last.P50).String(),
			s.Dim("p99 ")+tickLatency(f.last, f.last.P99).String(), s.Dim("failed ")+failed, s.spark(f))
	}
	return t.Lines()
}

// spark draws the last answers' rate, red where requests failed.
func (s *Screen) spark(f *flow) string {
	const levels = "▁▂▃▄▅▆▇█"
	// The scale is twice the median beat: one burst, when what waited is sent at once, would
	// flatten all the others.
	counts := make([]uint64, 0, len(f.history))
	for _, h := range f.history {
		if h.ok > 0 {
			counts = append(counts, h.ok)
		}
	}
	slices.Sort(counts)
	var most uint64
	if len(counts) > 0 {
		most = min(counts[len(counts)-1], 2*counts[len(counts)/2])
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", historyLength-len(f.history)))
	for _, h := range f.history {
		level := 0
		if most > 0 {
			level = int(min(7, h.ok*7/most))
		}
		bar := string([]rune(levels)[level])
		if h.failed > 0 {
			b.WriteString(s.Bad(bar))
		} else {
			b.WriteString(s.Good(bar))
		}
	}
	return b.String()
}

func (s *Screen) health() []string {
	var lines []string
	for _, n := range s.state.nodes {
		parts := []string{}
		for _, zone := range n.zones {
			label := zone.Short() + " " + string(n.status[zone])
			switch {
			case n.status[zone] == cloud.Down:
				label = s.Bad(label)
			case zone == n.serving:
				label = s.Good(label + ", serves")
			}
			parts = append(parts, label)
		}
		lines = append(lines, "  "+s.Name(n.name)+"  "+strings.Join(parts, s.Dim(" · ")))
	}
	var backends []string
	for _, b := range s.state.backends {
		var seen []string
		for _, zone := range slices.Sorted(maps.Keys(b.status)) {
			mark := s.Warn("?")
			switch b.status[zone] {
			case cloud.Normal:
				mark = s.Good("✓")
			case cloud.Abnormal:
				mark = s.Bad("✗")
			}
			seen = append(seen, mark+s.Dim(zone.Short()))
		}
		backends = append(backends, s.Name(b.name)+" "+strings.Join(seen, " "))
	}
	if len(backends) > 0 {
		lines = append(lines, "  "+strings.Join(backends, s.Dim(" · ")))
	}
	return lines
}
