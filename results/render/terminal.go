package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Terminal prints the summary for people, in at most width columns where the content
// allows it; 0 is for a file.
func Terminal(w io.Writer, s *Summary, width int, color bool) error {
	p := page{Summary: s, palette: palette{color}, width: columns(width)}
	p.head()
	p.checks()
	for _, name := range sortedNames(s.Load) {
		p.stream("load", name, s.Load[name])
	}
	for _, name := range sortedNames(s.Probes) {
		p.stream("probe", name, s.Probes[name])
	}
	for _, name := range s.faultNames() {
		p.fault(name, s.Faults[name])
	}
	p.expectations()
	p.foot()
	_, err := io.WriteString(w, p.out.String())
	if err != nil {
		return fmt.Errorf("print summary: %w", err)
	}
	return nil
}

// A page is a summary on its way to the terminal.
type page struct {
	*Summary
	palette
	width int
	out   strings.Builder
}

func (p *page) line(parts ...string) {
	p.out.WriteString(strings.TrimRight(strings.Join(parts, ""), " ") + "\n")
}

func (p *page) lines(lines []string) {
	for _, line := range lines {
		p.line(line)
	}
}

func (p *page) badgeOf(v Verdict) string {
	switch v {
	case Pass:
		return p.badge("PASS", ansi.Green)
	case Fail:
		return p.badge("FAIL", ansi.Red)
	}
	return p.badge("INVALID", ansi.Yellow)
}

func (p *page) head() {
	p.line()
	p.line(p.badgeOf(p.Verdict), " ", p.bold(p.Scenario))
	if p.Description != "" {
		for _, line := range wrap(strings.Join(strings.Fields(p.Description), " "), p.width, "") {
			p.line(p.dim(line))
		}
	}
	p.line()
	for _, path := range p.Topology {
		p.lines(wrap(path, p.width, "  "))
	}
	facts := []string{
		fmt.Sprintf("%d namespaces and %d links built in %s", p.Setup.Namespaces, p.Setup.Links, Millis(p.Setup.BuildMS)),
		fmt.Sprintf("removed in %s", Millis(p.Setup.TeardownMS)),
		fmt.Sprintf("seed %d", p.Seed),
	}
	if p.TimeScale != 1 {
		facts = append(facts, fmt.Sprintf("control plane %g times faster than documented", p.TimeScale))
	}
	for _, line := range wrap(strings.Join(facts, " · "), p.width, "  ") {
		p.line(p.dim(line))
	}
}

func (p *page) title(parts ...string) {
	p.line()
	p.line(strings.Join(parts, p.dim(" · ")))
}

// mostChecks is how many proofs are spelt out when all came out as they should.
const mostChecks = 8

func (p *page) checks() {
	if len(p.Checks) == 0 {
		return
	}
	p.title(p.bold("proved before the load"))
	var hidden, widest int
	for _, c := range p.Checks {
		widest = max(widest, ansi.StringWidth(c.Why))
	}
	t := table{indent: "  "}
	for i, c := range p.Checks {
		asWanted := c.pass()
		if i >= mostChecks && asWanted {
			hidden++
			continue
		}
		result := c.Result
		if !asWanted {
			result = p.bad(c.Result + ", should be " + c.Wanted)
		}
		path := shorten(c.Path, max(24, p.width-widest-ansi.StringWidth(result)-8))
		// The last column is prose: to the left.
		t.add(p.tick(asWanted)+" "+path, result, p.dim(c.Why)+strings.Repeat(" ", widest-ansi.StringWidth(c.Why)))
	}
	p.lines(t.lines())
	if hidden > 0 {
		p.line("  ", p.dim(fmt.Sprintf("… and %d more, all as they should", hidden)))
	}
}

func (p *page) stream(kind, name string, s *Stream) {
	rate := s.Arrivals
	if s.Asked > 0 {
		rate = strings.TrimSpace(fmt.Sprintf("%s %g/s", s.Arrivals, s.Asked))
	}
	p.title(p.bold(kind+" "+name), s.From+" → "+s.Target, rate)
	t := table{indent: "  "}
	t.add("", p.dim("requests"), p.dim("success"), p.dim("p50"), p.dim("p90"), p.dim("p99"), p.dim("p99.9"), p.dim("max"))
	row := func(label string, f *Figures) {
		if f == nil {
			return
		}
		success := f.SuccessRatio.String()
		switch {
		case f.SuccessRatio == 1:
			success = p.good(success)
		case f.SuccessRatio < 1:
			success = p.bad(success)
		}
		t.add(label, thousands(f.Requests), success, p.latency(f.P50), p.latency(f.P90), p.latency(f.P99), p.latency(f.P999), p.latency(f.Max))
	}
	if s.During == nil {
		row("measured", &s.Figures)
	} else {
		row("before", s.Before)
		row("during", s.During)
		row("after", s.After)
	}
	p.lines(t.lines())
	if len(s.Share) > 0 {
		var shares []string
		for _, instance := range sortedNames(s.Share) {
			shares = append(shares, fmt.Sprintf("%s %.1f %%", instance, 100*float64(s.Share[instance])))
		}
		p.line("  ", p.dim("answered by "), strings.Join(shares, p.dim(" · ")))
	}
	if len(s.Errors) > 0 {
		var errors []string
		for _, class := range sortedNames(s.Errors) {
			errors = append(errors, fmt.Sprintf("%s %s", class, thousands(s.Errors[class])))
		}
		p.line("  ", p.dim("failed by "), strings.Join(errors, p.dim(" · ")))
	}
	if s.Open > 0 {
		p.line("  ", p.warn(fmt.Sprintf("%s still unanswered when the run ended", thousands(s.Open))))
	}
}

// latency shows a percentile that was never reached for what it is.
func (p *page) latency(m Millis) string {
	if math.IsInf(float64(m), 1) {
		return p.bad("∞")
	}
	return m.String()
}

func (p *page) fault(name string, f *Fault) {
	times := fmt.Sprintf("at %.3f s", f.InjectedAt)
	if f.HealedAt != nil {
		times += fmt.Sprintf(", for %s", *f.HealedAt)
	}
	p.title(p.bold("fault "+name), f.What, times)
	t := table{indent: "  "}
	add := func(label, value string, documented func(*Documented) string) {
		row := []string{p.dim(label), value}
		if f.Documented != nil && value != "–" && value != "none" && value != "not measured" {
			row = append(row, p.dim(documented(f.Documented)))
		}
		t.rows = append(t.rows, row)
	}
	if f.Documented != nil {
		t.add("", p.dim("measured"), p.dim("at documented speed"))
	}
	add("detected after", f.DetectedAfter.String(), func(d *Documented) string { return d.DetectedAfter.String() })
	add("rerouted after", f.ReroutedAfter.String(), func(d *Documented) string { return d.ReroutedAfter.String() })
	add("first success after", f.FirstSuccessAfter.String(), func(d *Documented) string { return d.FirstSuccessAfter.String() })
	add("blackout", p.bold(bounds(f.BlackoutMin, f.Blackout)), func(d *Documented) string { return bounds(d.BlackoutMin, d.Blackout) })
	add("failback blackout", bounds(f.FailbackBlackoutMin, f.FailbackBlackout), func(d *Documented) string { return bounds(d.FailbackBlackoutMin, d.FailbackBlackout) })
	p.lines(t.lines())
	recovered := p.good("recovered")
	if !f.Recovered {
		recovered = p.bad("not recovered")
	}
	p.line("  ", recovered, p.dim(" · "), fmt.Sprintf("%s requests failed", thousands(f.FailedRequests)), p.dim(" · "),
		fmt.Sprintf("connections: %s reset, %s survived", thousands(f.ResetConnections), thousands(f.SurvivedConnections)))
	if len(f.Probes) > 1 {
		for _, probe := range sortedNames(f.Probes) {
			p.line("  ", p.dim(probe+" saw "), bounds(f.Probes[probe].Min, f.Probes[probe].Max))
		}
	}
	if f.Why != "" {
		for _, line := range wrap(f.Why, p.width, "  ") {
			p.line(p.warn(line))
		}
	}
}

func (p *page) expectations() {
	if len(p.Expectations) == 0 {
		return
	}
	p.title(p.bold("expected"))
	widest := 0
	for _, e := range p.Expectations {
		widest = max(widest, ansi.StringWidth(e.Expr))
	}
	for _, e := range p.Expectations {
		actual := e.Actual
		if !e.Pass {
			actual = p.bad(actual)
		}
		gap := strings.Repeat(" ", widest-ansi.StringWidth(e.Expr))
		p.line("  ", p.tick(e.Pass), " ", e.Expr, gap, "  ", p.dim("is "), actual)
	}
}

func (p *page) foot() {
	p.line()
	if p.Validity.Valid {
		p.line(p.good("valid"), p.dim(" · "), strings.Join(p.validityFacts(), p.dim(" · ")))
	} else {
		p.line(p.warn("not valid"), p.dim(": the figures above cannot be trusted"))
		for _, problem := range p.Validity.Problems {
			p.lines(wrap(problem, p.width, "  "))
		}
	}
	for _, note := range slices.Concat(p.Validity.Notes, p.Warnings) {
		for _, line := range wrap("note: "+note, p.width, "") {
			p.line(p.warn(line))
		}
	}
	if p.Dir != "" {
		p.line(p.dim("bundle "), p.Dir)
	}
}

func (p *page) validityFacts() []string {
	var latest Millis
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

func sortedNames[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

// faultNames are the faults in the order in which they struck.
func (s *Summary) faultNames() []string {
	out := sortedNames(s.Faults)
	slices.SortStableFunc(out, func(a, b string) int {
		switch at, bt := s.Faults[a].InjectedAt, s.Faults[b].InjectedAt; {
		case at < bt:
			return -1
		case at > bt:
			return 1
		}
		return 0
	})
	return out
}

// columns is the width to print in: that of the terminal, or a page's where there is none.
func columns(width int) int {
	if width == 0 {
		return 100
	}
	return max(60, width)
}
