package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"netlab/results/figures"
	"netlab/results/terminal"
	"netlab/scenarios/metric"
	"netlab/scenarios/visible"
)

// JSON is the comparison as one document.
func (c *Comparison) JSON() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(c); err != nil {
		return nil, fmt.Errorf("encode comparison: %w", err)
	}
	return out.Bytes(), nil
}

// Print shows the comparison to people.
func (c *Comparison) Print(w io.Writer, width int, colour bool) error {
	c = visible.All(c)
	p := terminal.NewText(width, colour)
	badge := p.Badge(strings.ToUpper(string(c.Verdict)), ansi.Yellow)
	switch c.Verdict {
	case Better, Same:
		badge = p.Badge(strings.ToUpper(string(c.Verdict)), ansi.Green)
	case Worse:
		badge = p.Badge("WORSE", ansi.Red)
	}
	p.Line()
	p.Line(badge, " ", p.Bold(c.Scenario), p.Dim(fmt.Sprintf(" · %d runs A, %d runs B", len(c.A), len(c.B))))
	how := "compared as two groups (Mann–Whitney, Hodges–Lehmann)"
	if c.Paired {
		how = "compared in pairs of neighbours (signed rank, Hodges–Lehmann)"
	}
	p.Line(p.Dim(fmt.Sprintf("%s; changes below %s do not matter, nor outages below %s or failures below %s", how, c.Margin,
		quantityOrNone(outageThatMatter, metric.Seconds), figures.Percent(pointsThatMatter))))
	p.Line()
	t := terminal.Table{Indent: "  "}
	t.Add("", p.Dim("A"), p.Dim("B"), p.Dim("change"), p.Dim(fmt.Sprintf("%s interval", c.Confidence)), p.Dim("p"), "")
	for _, f := range c.Figures {
		verdict := string(f.Verdict)
		switch {
		case !f.Gated:
			verdict = p.Dim(verdict + ", not judged")
		case f.Verdict == Worse:
			verdict = p.Bad(verdict)
		case f.Verdict == Inconclusive:
			verdict = p.Warn(verdict)
		default:
			verdict = p.Good(verdict)
		}
		figure, _ := metric.Split(f.Name).Figure()
		unit := figure.Unit
		t.Add(f.Name, quantityOrNone(float64(f.A), unit), quantityOrNone(float64(f.B), unit), f.change(f.Change, unit),
			f.interval(unit), quantityOrNone(float64(f.P), metric.Count), verdict)
	}
	p.Lines(t.Lines())
	if c.Verdict == Inconclusive {
		p.Line()
		p.Lines(terminal.Wrap(c.advice(), p.Width, "  "))
	}
	for _, note := range c.Notes {
		for _, line := range terminal.Wrap("note: "+note, p.Width, "") {
			p.Line(p.Warn(line))
		}
	}
	if _, err := p.WriteTo(w); err != nil {
		return fmt.Errorf("print comparison: %w", err)
	}
	return nil
}

// advice says what would make an open comparison come to an end.
func (c *Comparison) advice() string {
	fewest := fewestPairs(float64(c.Confidence), c.tested)
	switch {
	case !c.Paired || len(c.A) < fewest:
		return fmt.Sprintf("%d and %d runs can show nothing of response times at this confidence: with %d figures to tell apart, "+
			"at least %d pairs are needed, in turns that change places (A B B A …)", len(c.A), len(c.B), c.tested, fewest)
	case !c.judged:
		return "runs in turns that change places (A B B A …) would tell"
	}
	var open []string
	for _, f := range c.Figures {
		if f.Gated && f.Verdict == Inconclusive {
			figure, _ := metric.Split(f.Name).Figure()
			hidden := figures.Number(math.Max(math.Abs(float64(f.Lo)), math.Abs(float64(f.Hi))))
			open = append(open, fmt.Sprintf("%s of up to %s", f.Name, f.change(hidden, figure.Unit)))
		}
	}
	return "a change could hide in the noise, in " + strings.Join(open, ", ") + ": more runs narrow it"
}

// fewestPairs is the least number of pairs of which the signed-rank test can show anything: two of the
// 2ⁿ arrangements of signs are as extreme as the most extreme one, and Holm's correction takes the
// number of figures into account.
func fewestPairs(confidence float64, gated int) int {
	n := 1
	for math.Exp2(1-float64(n))*float64(max(1, gated)) > 1-confidence {
		n++
	}
	return n
}

func quantityOrNone(v float64, unit metric.Unit) string {
	if math.IsNaN(v) {
		return "–"
	}
	if unit == metric.Count {
		v = figures.Round(v, 4)
	}
	return figures.Quantity(v, unit)
}

// change is a change of the figure in its scale: +5.0 %, +3 s, −10 points.
func (f *Compared) change(v figures.Number, unit metric.Unit) string {
	value := float64(v)
	switch {
	case math.IsNaN(value):
		return "–"
	case f.Scale == "ratio":
		return fmt.Sprintf("%+.1f %%", 100*value)
	case math.Abs(value) > endless/2:
		return "endless"
	case unit == metric.Fraction:
		return fmt.Sprintf("%+.2f points", 100*value)
	}
	sign := "+"
	if value < 0 {
		sign = "−"
	}
	return sign + quantityOrNone(math.Abs(value), unit)
}

func (f *Compared) interval(unit metric.Unit) string {
	if math.IsInf(float64(f.Hi), 1) {
		return "unknown"
	}
	return f.change(f.Lo, unit) + " … " + f.change(f.Hi, unit)
}
