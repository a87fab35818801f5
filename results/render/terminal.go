package render

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"netlab/results/figures"
	"netlab/results/terminal"
	"netlab/results/words"
)

var _ = register(Format{
	Name: "terminal", Help: "for people, in colours on a terminal", Order: 1, styled: true,
	Write: func(w io.Writer, r *Report) error { return Terminal(w, r.Summary, r.Width, r.Colour) },
})

// Terminal prints the summary for people, in at most width columns where the content
// allows it; 0 is for a file.
func Terminal(w io.Writer, s *figures.Summary, width int, colour bool) error {
	s = shown(s)
	p := sheet{Summary: s, Text: terminal.NewText(width, colour)}
	p.head()
	p.checks()
	for _, name := range slices.Sorted(maps.Keys(s.Load)) {
		p.sender("load", name, s.Load[name])
	}
	for _, name := range slices.Sorted(maps.Keys(s.Probes)) {
		p.sender("probe", name, s.Probes[name])
	}
	for _, name := range s.FaultNames() {
		p.fault(name, s.Faults[name])
	}
	p.expectations()
	p.foot()
	if _, err := p.WriteTo(w); err != nil {
		return fmt.Errorf("print summary: %w", err)
	}
	return nil
}

// A sheet is a summary on its way to the terminal.
type sheet struct {
	*figures.Summary
	*terminal.Text
}

func (p *sheet) badgeOf(v figures.Verdict) string {
	switch v {
	case figures.Pass:
		return p.Badge("PASS", ansi.Green)
	case figures.Fail:
		return p.Badge("FAIL", ansi.Red)
	}
	return p.Badge("INVALID", ansi.Yellow)
}

func (p *sheet) head() {
	p.Line()
	p.Line(p.badgeOf(p.Verdict), " ", p.Bold(p.Scenario))
	if p.Description != "" {
		for _, line := range terminal.Wrap(p.Description, p.Width, "") {
			p.Line(p.Dim(line))
		}
	}
	p.Line()
	for _, path := range p.Topology {
		p.Lines(terminal.Wrap(path, p.Width, "  "))
	}
	facts := []string{
		fmt.Sprintf("%d namespaces and %d links built in %s", p.Setup.Namespaces, p.Setup.Links, figures.Millis(p.Setup.BuildMS)),
		fmt.Sprintf("removed in %s", figures.Millis(p.Setup.TeardownMS)),
		fmt.Sprintf("seed %d", p.Seed),
	}
	if p.TimeScale != 1 {
		facts = append(facts, fmt.Sprintf("control plane %g times faster than documented", p.TimeScale))
	}
	for _, line := range terminal.Wrap(strings.Join(facts, " · "), p.Width, "  ") {
		p.Line(p.Dim(line))
	}
}

// mostChecks is how many proofs are spelt out when all came out as they should.
const mostChecks = 8

func (p *sheet) checks() {
	if len(p.Checks) == 0 {
		return
	}
	p.Title(p.Bold("proved before the load"))
	var hidden, widest int
	for _, c := range p.Checks {
		widest = max(widest, ansi.StringWidth(c.Why))
	}
	t := terminal.Table{Indent: "  "}
	for i, c := range p.Checks {
		asWanted := c.Pass()
		if i >= mostChecks && asWanted {
			hidden++
			continue
		}
		result := c.Result
		if !asWanted {
			result = p.Bad(c.Result + ", should be " + c.Wanted)
		}
		path := terminal.Shorten(c.Path, max(24, p.Width-widest-ansi.StringWidth(result)-8))
		// The last column is prose: to the left.
		t.Add(p.Tick(asWanted)+" "+path, result, p.Dim(c.Why)+strings.Repeat(" ", widest-ansi.StringWidth(c.Why)))
	}
	p.Lines(t.Lines())
	if hidden > 0 {
		p.Line("  ", p.Dim(fmt.Sprintf("… and %d more, all as they should", hidden)))
	}
}

func (p *sheet) sender(kind, name string, s *figures.Traffic) {
	rate := s.Arrivals
	if s.Asked > 0 {
		rate = strings.TrimSpace(fmt.Sprintf("%s %g/s", s.Arrivals, s.Asked))
	}
	p.Title(p.Bold(kind+" "+name), s.From+" → "+s.Target, rate)
	t := terminal.Table{Indent: "  "}
	t.Add("", p.Dim("requests"), p.Dim("success"), p.Dim("p50"), p.Dim("p90"), p.Dim("p99"), p.Dim("p99.9"), p.Dim("max"))
	row := func(label string, f *figures.Answers) {
		if f == nil {
			return
		}
		success := f.SuccessRatio.String()
		switch {
		case f.SuccessRatio == 1:
			success = p.Good(success)
		case f.SuccessRatio < 1:
			success = p.Bad(success)
		}
		t.Add(label, words.Thousands(f.Requests), success,
			p.latency(f.P50), p.latency(f.P90), p.latency(f.P99), p.latency(f.P999), p.latency(f.Max))
	}
	if s.During == nil {
		row("measured", &s.Answers)
	} else {
		row("before", s.Before)
		row("during", s.During)
		row("after", s.After)
	}
	p.Lines(t.Lines())
	if len(s.Share) > 0 {
		var shares []string
		for _, instance := range slices.Sorted(maps.Keys(s.Share)) {
			shares = append(shares, fmt.Sprintf("%s %.1f %%", instance, 100*float64(s.Share[instance])))
		}
		p.Line("  ", p.Dim("answered by "), strings.Join(shares, p.Dim(" · ")))
	}
	if len(s.Errors) > 0 {
		var errors []string
		for _, class := range slices.Sorted(maps.Keys(s.Errors)) {
			errors = append(errors, fmt.Sprintf("%s %s", class, words.Thousands(s.Errors[class])))
		}
		p.Line("  ", p.Dim("failed by "), strings.Join(errors, p.Dim(" · ")))
	}
	if s.Open > 0 {
		p.Line("  ", p.Warn(fmt.Sprintf("%s still unanswered when the run ended", words.Thousands(s.Open))))
	}
}

// latency shows a percentile that was never reached for what it is.
func (p *sheet) latency(m figures.Millis) string {
	if math.IsInf(float64(m), 1) {
		return p.Bad("∞")
	}
	return m.String()
}

func (p *sheet) fault(name string, f *figures.Fault) {
	times := fmt.Sprintf("at %.3f s", f.InjectedAt)
	if f.HealedAt != nil {
		times += fmt.Sprintf(", for %s", *f.HealedAt)
	}
	p.Title(p.Bold("fault "+name), f.What, times)
	t := terminal.Table{Indent: "  "}
	add := func(label, value string, documented func(*figures.Documented) string) {
		row := []string{p.Dim(label), value}
		if f.Documented != nil && value != "–" && value != "none" && value != "not measured" {
			row = append(row, p.Dim(documented(f.Documented)))
		}
		t.Add(row...)
	}
	if f.Documented != nil {
		t.Add("", p.Dim("measured"), p.Dim("at documented speed"))
	}
	add("detected after", f.DetectedAfter.String(), func(d *figures.Documented) string { return d.DetectedAfter.String() })
	add("rerouted after", f.ReroutedAfter.String(), func(d *figures.Documented) string { return d.ReroutedAfter.String() })
	add("first success after", f.FirstSuccessAfter.String(), func(d *figures.Documented) string { return d.FirstSuccessAfter.String() })
	add("blackout", p.Bold(words.Bounds(f.BlackoutMin, f.Blackout)), func(d *figures.Documented) string {
		return words.Bounds(d.BlackoutMin, d.Blackout)
	})
	add("failback blackout", words.Bounds(f.FailbackBlackoutMin, f.FailbackBlackout), func(d *figures.Documented) string {
		return words.Bounds(d.FailbackBlackoutMin, d.FailbackBlackout)
	})
	p.Lines(t.Lines())
	recovered := p.Good("recovered")
	if !f.Recovered {
		recovered = p.Bad("not recovered")
	}
	p.Line("  ", recovered, p.Dim(" · "), fmt.Sprintf("%s requests failed", words.Thousands(f.FailedRequests)), p.Dim(" · "),
		fmt.Sprintf("connections: %s reset, %s survived", words.Thousands(f.ResetConnections), words.Thousands(f.SurvivedConnections)))
	if len(f.Probes) > 1 {
		for _, probe := range slices.Sorted(maps.Keys(f.Probes)) {
			p.Line("  ", p.Dim(probe+" saw "), words.Bounds(f.Probes[probe].Min, f.Probes[probe].Max))
		}
	}
	if f.Why != "" {
		for _, line := range terminal.Wrap(f.Why, p.Width, "  ") {
			p.Line(p.Warn(line))
		}
	}
}

func (p *sheet) expectations() {
	if len(p.Expectations) == 0 {
		return
	}
	p.Title(p.Bold("expected"))
	widest := 0
	for _, e := range p.Expectations {
		widest = max(widest, ansi.StringWidth(e.Expr))
	}
	for _, e := range p.Expectations {
		actual := e.Actual
		if !e.Pass {
			actual = p.Bad(actual)
		}
		gap := strings.Repeat(" ", widest-ansi.StringWidth(e.Expr))
		p.Line("  ", p.Tick(e.Pass), " ", e.Expr, gap, "  ", p.Dim("is "), actual)
	}
}

func (p *sheet) foot() {
	p.Line()
	if p.Validity.Valid {
		p.Line(p.Good("valid"), p.Dim(" · "), strings.Join(p.validityFacts(), p.Dim(" · ")))
	} else {
		p.Line(p.Warn("not valid"), p.Dim(": the figures above cannot be trusted"))
		for _, problem := range p.Validity.Problems {
			p.Lines(terminal.Wrap(problem, p.Width, "  "))
		}
	}
	for _, note := range slices.Concat(p.Validity.Notes, p.Warnings) {
		for _, line := range terminal.Wrap("note: "+note, p.Width, "") {
			p.Line(p.Warn(line))
		}
	}
	if p.Dir != "" {
		p.Line(p.Dim("bundle "), p.Dir)
	}
}

func (p *sheet) validityFacts() []string {
	var latest figures.Millis
	for _, late := range p.Validity.LatenessP99 {
		if late > latest {
			latest = late
		}
	}
	return []string{
		fmt.Sprintf("sent at most %s late at p99", latest),
		fmt.Sprintf("steal %s", p.Validity.Steal),
		fmt.Sprintf("CPU pressure %s", p.Validity.CPUPressure),
	}
}
