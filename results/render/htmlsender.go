package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"time"

	"netlab/sim/event"
)

// A streamView is one load or probe in words.
type streamView struct {
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

func (r *run) viewStream(s *stream, summary *Summary) streamView {
	figures := summary.Load[s.Name]
	if figures == nil {
		figures = summary.Probes[s.Name]
	}
	v := streamView{Kind: kindName(s.Kind), Name: s.Name, From: s.From, Target: s.Target, Offered: s.Arrivals}
	if s.Rate > 0 {
		v.Offered += fmt.Sprintf(" %g/s", s.Rate)
	}
	row := func(part string, f *Figures) {
		if f == nil {
			return
		}
		mood := "good"
		if f.SuccessRatio < 1 {
			mood = "bad"
		}
		v.Rows = append(v.Rows, figureRow{
			Part: part, Requests: thousands(f.Requests), Success: f.SuccessRatio.String(), Mood: mood,
			Rate: strconv.FormatFloat(f.Rate, 'f', 0, 64),
			P50:  f.P50.String(), P90: f.P90.String(), P99: f.P99.String(), P999: f.P999.String(), Max: f.Max.String(),
		})
	}
	row("before", figures.Before)
	row("during", figures.During)
	row("after", figures.After)
	row("all", &figures.Figures)
	for _, name := range sortedNames(figures.Share) {
		share := float64(figures.Share[name])
		v.Shares = append(v.Shares, shareView{name, fmt.Sprintf("%.1f %%", 100*share), int(math.Round(120 * share))})
	}
	for _, class := range sortedNames(figures.Errors) {
		v.Errors = append(v.Errors, class+" "+thousands(figures.Errors[class]))
	}
	v.Spectrum = r.spectrum(s)
	v.Static = r.staticRate(s)
	return v
}

// chartData is what the page's script draws.
type chartData struct {
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

func (r *run) chartData() chartData {
	span := time.Duration(r.span.end - r.span.begin)
	step := chartStep(span)
	d := chartData{To: span.Seconds(), Step: step.Seconds(), Faults: []chartWindow{}, Marks: []chartMark{}, Streams: []chartStream{}}
	second := func(at int64) float64 { return round(time.Duration(at-r.span.begin).Seconds(), 4) }
	for i := range r.faults {
		if f := &r.faults[i]; f.injected() {
			d.Faults = append(d.Faults, chartWindow{f.Name, second(f.inject.At), second(f.healedAt())})
		}
	}
	for i := range r.events {
		e := &r.events[i]
		if !r.span.holds(e.At) {
			continue
		}
		mark := chartMark{At: second(e.At)}
		switch e.Kind {
		case event.Inject:
			mark.Text, mark.Mood = e.Subject, "bad"
		case event.Heal:
			mark.Text, mark.Mood = "healed", "good"
		case event.Route:
			mark.Text, mark.Mood = "to "+short(e.To), "warn"
		case event.Node:
			mark.Text, mark.Mood = "node "+short(e.Zone)+" "+e.To, "warn"
		default:
			continue
		}
		d.Marks = append(d.Marks, mark)
	}
	for _, s := range r.streams {
		c := chartStream{Name: s.Name}
		for _, b := range r.bins(s, step) {
			c.P50 = append(c.P50, float64(b.quantile(.5)))
			c.P99 = append(c.P99, float64(b.quantile(.99)))
			c.Max = append(c.Max, float64(b.quantile(1)))
			length := min(step, span-b.offset).Seconds() // the last step may be shorter
			c.OK = append(c.OK, float64(b.answered)/length)
			c.Failed = append(c.Failed, float64(b.failures())/length)
		}
		d.Streams = append(d.Streams, c)
	}
	return d
}
