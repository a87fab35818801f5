package live

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"netlab/results/resultstest"
	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/event"
)

func decode(t *testing.T, path string) *scenarios.Scenario {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, found := scenarios.Decode(path, src)
	if errors := found.Errors(); len(errors) > 0 {
		t.Fatal(errors[0])
	}
	return s
}

// told is the Frankfurt drill as a live view hears it, ticks included, until an instant.
func told(until time.Duration) []event.Event {
	d := resultstest.Frankfurt()
	var out []event.Event
	tick := func(at time.Duration) {
		tick := event.Tick{Interval: 500 * time.Millisecond, OK: 500, P50: 219 * time.Microsecond, P99: 276 * time.Microsecond}
		if at > d.Cut && at < d.Back {
			tick = event.Tick{Interval: 500 * time.Millisecond, Failed: 500}
		}
		for _, name := range []string{"web", "reach"} {
			tick.Stream = name
			out = append(out, event.Event{At: d.At(at), What: tick})
		}
	}
	next := -2 * time.Second
	for _, e := range append(d.Events(), event.Event{At: d.At(20 * time.Second)}) {
		for ; next < until && d.At(next) < e.At; next += 500 * time.Millisecond {
			tick(next)
		}
		if e.At > d.At(until) {
			break
		}
		out = append(out, e)
		if _, built := e.What.(event.BuildDone); built {
			for _, zone := range []cloud.Zone{"eu-central-1b", "eu-central-1a"} {
				for _, backend := range []string{"ecs2", "ecs3"} {
					health := event.Health{Backend: backend, Zone: zone, From: cloud.Unavailable, To: cloud.Normal}
					out = append(out, event.Event{At: e.At, What: health})
				}
			}
		}
	}
	return out
}

func TestLinesTellTheRun(t *testing.T) {
	var out bytes.Buffer
	l := NewLines(&out)
	for _, e := range told(20 * time.Second) {
		l.Event(e)
	}
	l.Close()
	resultstest.Golden(t, "live.txt", out.Bytes())
}

func TestScreenShowsTheFault(t *testing.T) {
	var out bytes.Buffer
	size := func() (int, int) { return 90, 40 }
	s := NewScreen(&out, size, decode(t, "../resultstest/frankfurt.yaml"), false)
	for _, e := range told(9500 * time.Millisecond) {
		s.Event(e)
	}
	pictures := strings.Split(out.String(), beginFrame)
	resultstest.Golden(t, "screen.txt", []byte(ansi.Strip(pictures[len(pictures)-1])))
}

// A terminal is emulated as far as the view uses one: what is painted over must be gone.
func TestScreenPaintsOverItself(t *testing.T) {
	var out bytes.Buffer
	size := func() (int, int) { return 90, 40 }
	s := NewScreen(&out, size, decode(t, "../resultstest/frankfurt.yaml"), true)
	for _, e := range told(20 * time.Second) {
		s.Event(e)
	}
	rows := emulate(t, out.String(), 90)
	if len(rows) != s.painted || !strings.Contains(rows[0], "tidying up") || strings.Contains(rows[0], "measuring") {
		t.Errorf("the view painted %d rows, on the terminal are:\n%s", s.painted, strings.Join(rows, "\n"))
	}
	s.Close()
	if rows := emulate(t, out.String(), 90); len(rows) != 0 {
		t.Errorf("left on the terminal after Close:\n%s", strings.Join(rows, "\n"))
	}
	if !strings.HasSuffix(out.String(), showCursor) {
		t.Error("the cursor is not given back")
	}
	before := out.Len()
	s.Event(event.Event{What: event.Warning{Text: "late"}})
	s.Close()
	if out.Len() != before {
		t.Error("something was painted after Close")
	}
}

func TestScreenFitsSmallTerminals(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {20, 3}, {1, 1}} {
		var out bytes.Buffer
		s := NewScreen(&out, func() (int, int) { return size[0], size[1] }, decode(t, "../resultstest/frankfurt.yaml"), true)
		for _, e := range told(10 * time.Second) {
			s.Event(e)
		}
		if s.painted > max(1, size[1]-1) {
			t.Errorf("%d×%d: %d lines painted", size[0], size[1], s.painted)
		}
	}
}

// emulate runs the control sequences that the view uses and returns the rows that hold text. It
// fails on a row that would wrap, which would break the count of rows.
func emulate(t *testing.T, output string, width int) []string {
	t.Helper()
	var rows []string
	row, column := 0, 0
	for len(output) > 0 {
		for len(rows) <= row {
			rows = append(rows, "")
		}
		length := 1
		switch {
		case output[0] == '\r':
			column = 0
		case output[0] == '\n':
			row++
		case strings.HasPrefix(output, eraseLine):
			length = len(eraseLine)
			rows[row] = ansi.Truncate(rows[row], column, "")
		case strings.HasPrefix(output, eraseBelow):
			length = len(eraseBelow)
			rows = rows[:row]
		case output[0] == '\x1b':
			length = strings.IndexAny(output, "Ahlm") + 1
			var up int
			if _, err := fmt.Sscanf(output[:length], "\x1b[%dA", &up); err == nil {
				if row -= up; row < 0 {
					t.Fatal("the view went above its first row")
				}
			}
		default:
			if length = strings.IndexAny(output, "\r\n\x1b"); length < 0 {
				length = len(output)
			}
			text := output[:length]
			rows[row] = ansi.Truncate(rows[row], column, "") + text + ansi.TruncateLeft(rows[row], column+ansi.StringWidth(text), "")
			if column += ansi.StringWidth(text); column >= width {
				t.Errorf("row %d is %d columns wide: %q", row, column, rows[row])
			}
		}
		output = output[length:]
	}
	for len(rows) > 0 && rows[len(rows)-1] == "" {
		rows = rows[:len(rows)-1]
	}
	return rows
}

func TestLinesNeedNoTerminal(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, plain := New(f, decode(t, "../resultstest/frankfurt.yaml"), 0).(*Lines); !plain {
		t.Error("a file is painted on as if it were a terminal")
	}
}
