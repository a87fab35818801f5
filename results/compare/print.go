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
	p.Line(p.Dim(fmt.Sprintf("%s; differences below %s do not matter", how, c.Margin)))
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
		t.Add(f.Name, quantityOrNone(float64(f.A), unit), quantityOrNone(float64(f.B), unit), signed(f.Change),
			interval(f.Lo, f.Hi), quantityOrNone(float64(f.P), metric.Count), verdict)
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
	const (
		fewestPairs = 6 // 2 of 2⁶ arrangements of signs are less than 5 %
		fewestRuns  = 4 // 2 of the 70 ways to choose 4 of 8
	)
	switch {
	case c.Paired && len(c.A) < fewestPairs:
		return fmt.Sprintf("%d pairs of runs can show nothing at this confidence: at least %d are needed", len(c.A), fewestPairs)
	case !c.Paired && min(len(c.A), len(c.B)) < fewestRuns:
		return fmt.Sprintf("%d and %d runs can show nothing at this confidence: at least %d of each are needed, "+
			"better in turns (A B B A …)",
			len(c.A), len(c.B), fewestRuns)
	}
	var open float64
	for _, f := range c.Figures {
		if f.Gated && f.Verdict == Inconclusive {
			open = math.Max(open, math.Max(math.Abs(float64(f.Lo)), math.Abs(float64(f.Hi))))
		}
	}
	return fmt.Sprintf("a difference of up to %s could hide in the noise: more runs narrow it, best in turns (A B B A …)",
		figures.Share(open))
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

func signed(s figures.Share) string {
	if math.IsNaN(float64(s)) {
		return "–"
	}
	return fmt.Sprintf("%+.1f %%", 100*float64(s))
}

func interval(lo, hi figures.Share) string {
	if math.IsInf(float64(hi), 1) {
		return "unknown"
	}
	return signed(lo) + " … " + signed(hi)
}
