package render

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"netlab/results/figures"
	"netlab/results/words"
)

var _ = register(Format{
	Name: "markdown", Help: "a pull request's comment or a CI step's summary", Order: 4,
	Write: writeMarkdown,
})

// writeMarkdown writes the summary for a pull request's comment or a CI step summary.
func writeMarkdown(w io.Writer, report *Report) error {
	s := report.Summary
	var b bytes.Buffer
	mark := map[figures.Verdict]string{figures.Pass: "✅", figures.Fail: "❌", figures.Invalid: "⚠️"}[s.Verdict]
	fmt.Fprintf(&b, "## %s netlab: %s — %s\n\n", mark, escapeMarkdown(s.Scenario), s.Verdict)
	for _, reason := range s.Reasons {
		fmt.Fprintf(&b, "- %s\n", escapeMarkdown(reason))
	}
	if len(s.Reasons) > 0 {
		b.WriteByte('\n')
	}
	for _, name := range s.FaultNames() {
		f := s.Faults[name]
		fmt.Fprintf(&b, "**fault %s** (%s, at %.3f s): blackout **%s**, detected after %s, rerouted after %s, "+
			"failback blackout %s, %s requests failed, %s\n\n",
			escapeMarkdown(name), escapeMarkdown(f.What), f.InjectedAt,
			words.Bounds(f.BlackoutMin, f.Blackout), f.DetectedAfter, f.ReroutedAfter,
			words.Bounds(f.FailbackBlackoutMin, f.FailbackBlackout), words.Thousands(f.FailedRequests), recoveredWord(f.Recovered))
		if d := f.Documented; d != nil {
			fmt.Fprintf(&b, "At documented speed (× %g): blackout %s, detected after %s, rerouted after %s.\n\n",
				d.TimeScale, words.Bounds(d.BlackoutMin, d.Blackout), d.DetectedAfter, d.ReroutedAfter)
		}
		if f.Why != "" {
			fmt.Fprintf(&b, "> %s\n\n", escapeMarkdown(f.Why))
		}
	}
	if len(s.Expectations) > 0 {
		b.WriteString("| | expected | measured |\n|---|---|---|\n")
		for _, e := range s.Expectations {
			mark := "✅"
			if !e.Pass {
				mark = "❌"
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", mark, codeSpan(e.Expr), escapeMarkdown(e.Actual))
		}
		b.WriteByte('\n')
	}
	b.WriteString("| stream | part | requests | success | p50 | p90 | p99 | p99.9 | max |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, senders := range []map[string]*figures.Traffic{s.Load, s.Probes} {
		for _, name := range slices.Sorted(maps.Keys(senders)) {
			markdownRows(&b, name, senders[name])
		}
	}
	fmt.Fprintf(&b, "\n%s · seed %d · %s\n", s.Started.Format("2006-01-02 15:04:05 UTC"), s.Seed, trustWord(s.Validity.Valid))
	_, err := w.Write(b.Bytes())
	return err
}

func markdownRows(b *bytes.Buffer, name string, s *figures.Traffic) {
	row := func(part string, f *figures.Answers) {
		if f != nil {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", escapeMarkdown(name), part,
				words.Thousands(f.Requests), f.SuccessRatio, f.P50, f.P90, f.P99, f.P999, f.Max)
		}
	}
	if s.During == nil {
		row("measured", &s.Answers)
		return
	}
	row("before", s.Before)
	row("during", s.During)
	row("after", s.After)
}

func recoveredWord(recovered bool) string {
	if recovered {
		return "recovered"
	}
	return "**not recovered**"
}

func trustWord(valid bool) string {
	if valid {
		return "measurement valid"
	}
	return "measurement **not valid**"
}

// codeSpan is a text for between backticks in a table.
func codeSpan(text string) string { return strings.NewReplacer("`", "'", "|", `\|`).Replace(text) }

// escapeMarkdown keeps names such as clb_b_down from being read as emphasis or as a cell's end.
func escapeMarkdown(text string) string {
	return strings.NewReplacer(`\`, `\\`, `_`, `\_`, `*`, `\*`, `|`, `\|`, "`", "\\`", "&", "&amp;", "<", "&lt;",
		"[", `\[`, "]", `\]`, "@", "&#64;", "\n", " ").Replace(text)
}
