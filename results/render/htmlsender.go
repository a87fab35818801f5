package render

import (
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"netlab/results/figures"
	"netlab/results/words"
	"netlab/sim/event"
)

// A senderView is one load or probe in words.
type senderView struct {
	Kind, Name, From, Target, Offered string
	Rows                              []figureRow
	Shares                            []shareView
	Errors                            []string
	Spectrum, Static                  template.HTML
}

type figureRow struct {
	Part, Requests, Success, Mood, Rate string
	P50, P90, P99, P999, Max            string
}

type shareView struct {
	Name, Share string
	Width       int // of its bar, in pixels
}

func viewSender(r *figures.Run, s *figures.Sender, summary *figures.Summary) senderView {
	shown := summary.Load[s.Name]
	if shown == nil {
		shown = summary.Probes[s.Name]
	}
	v := senderView{Kind: kindName(s.Kind), Name: s.Name, From: s.From, Target: s.Target, Offered: s.Arrivals}
	if s.Rate > 0 {
		v.Offered += fmt.Sprintf(" %g/s", s.Rate)
	}
	row := func(part string, f *figures.Answers) {
		if f == nil {
			return
		}
		mood := "good"
		if f.SuccessRatio < 1 {
			mood = "bad"
		}
		v.Rows = append(v.Rows, figureRow{
			Part: part, Requests: words.Thousands(f.Requests), Success: f.SuccessRatio.String(), Mood: mood,
			Rate: strconv.FormatFloat(f.Rate, 'f', 0, 64),
			P50:  f.P50.String(), P90: f.P90.String(), P99: f.P99.String(), P999: f.P999.String(), Max: f.Max.String(),
		})
	}
	row("before", shown.Before)
	row("during", shown.During)
	row("after", shown.After)
	row("all", &shown.Answers)
	for _, name := range slices.Sorted(maps.Keys(shown.Share)) {
		share := float64(shown.Share[name])
		v.Shares = append(v.Shares, shareView{name, fmt.Sprintf("%.1f %%", 100*share), int(math.Round(120 * share))})
	}
	for _, class := range slices.Sorted(maps.Keys(shown.Errors)) {
		v.Errors = append(v.Errors, class+" "+words.Thousands(shown.Errors[class]))
	}
	v.Spectrum = spectrum(r, s)
	v.Static = staticRate(r, s)
	return v
}

// chartLines is what the page's script draws.
type chartLines struct {
	From    float64       `json:"from"`
	To      float64       `json:"to"`
	Step    float64       `json:"step"`
	Faults  []chartWindow `json:"faults"`
	Marks   []chartMark   `json:"marks"`
	Streams []chartStream `json:"streams"`
}

type chartWindow struct {
	Name string  `json:"name"`
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

type chartMark struct {
	At   float64 `json:"at"`
	Text string  `json:"text"`
	Mood string  `json:"mood"` // a colour of the page
}

type chartStream struct {
	Name   string `json:"name"`
	P50    points `json:"p50"`
	P99    points `json:"p99"`
	Max    points `json:"max"`
	OK     points `json:"ok"`
	Failed points `json:"failed"`
}

// points are the values of a line; what is no number makes a gap.
type points []float64

// MarshalJSON writes few digits: the page's size is made of these.
func (p points) MarshalJSON() ([]byte, error) {
	out := []byte{'['}
	for i, v := range p {
		if i > 0 {
			out = append(out, ',')
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out = append(out, "null"...)
			continue
		}
		out = strconv.AppendFloat(out, v, 'g', 4, 64)
	}
	return append(out, ']'), nil
}

const mostSteps = 3600

// chartStep keeps a page under half a megabyte for runs of an hour.
func chartStep(span time.Duration) time.Duration {
	for _, step := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, time.Second, 2 * time.Second, 10 * time.Second} {
		if span/step <= mostSteps {
			return step
		}
	}
	return (span / mostSteps).Round(time.Second)
}

func chartData(r *figures.Run) chartLines {
	span := time.Duration(r.Span.End - r.Span.Begin)
	step := chartStep(span)
	d := chartLines{To: span.Seconds(), Step: step.Seconds(), Faults: []chartWindow{}, Marks: []chartMark{}, Streams: []chartStream{}}
	second := func(at int64) float64 { return figures.Round(time.Duration(at-r.Span.Begin).Seconds(), 4) }
	for i := range r.Faults {
		if f := &r.Faults[i]; f.Injected() {
			d.Faults = append(d.Faults, chartWindow{f.Name, second(f.Inject.At), second(f.HealedAt())})
		}
	}
	for _, e := range r.Events {
		if !r.Span.Holds(e.At) {
			continue
		}
		mark := chartMark{At: second(e.At)}
		switch what := e.What.(type) {
		case event.Inject:
			mark.Text, mark.Mood = what.Fault, "bad"
		case event.Heal:
			mark.Text, mark.Mood = "healed", "good"
		case event.Route:
			mark.Text, mark.Mood = "to "+what.To.Short(), "warn"
		case event.Node:
			mark.Text, mark.Mood = fmt.Sprintf("node %s %s", what.Zone.Short(), what.To), "warn"
		default:
			continue
		}
		d.Marks = append(d.Marks, mark)
	}
	for _, s := range r.Senders {
		c := chartStream{Name: s.Name}
		for _, b := range r.Bins(s, step) {
			c.P50 = append(c.P50, float64(b.Quantile(.5)))
			c.P99 = append(c.P99, float64(b.Quantile(.99)))
			c.Max = append(c.Max, float64(b.Quantile(1)))
			length := min(step, span-b.Offset).Seconds() // the last step may be shorter
			c.OK = append(c.OK, float64(b.Answered)/length)
			c.Failed = append(c.Failed, float64(b.Failures())/length)
		}
		d.Streams = append(d.Streams, c)
	}
	return d
}
