package render

import (
	"bytes"
	"encoding/xml"
	"regexp"
	"strings"
	"testing"

	"netlab/results/figures"
	"netlab/results/resultstest"
)

func export(t *testing.T, r *Report, format string) []byte {
	t.Helper()
	f, err := Named(format)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGoldenExports(t *testing.T) {
	r := report(t, resultstest.Frankfurt().Record(t))
	for format, file := range map[string]string{"markdown": "summary.md", "junit": "junit.xml", "openmetrics": "openmetrics.txt"} {
		resultstest.Golden(t, file, export(t, r, format))
	}
	if _, err := Named("pdf"); err == nil || !strings.Contains(err.Error(), `no format "pdf": one of terminal, html, json`) {
		t.Errorf("a format that there is not: %v", err)
	}
}

func TestJUnitTellsFailuresFromErrors(t *testing.T) {
	s := &figures.Summary{
		Scenario:     "x",
		Expectations: []figures.Expectation{{Expr: "load.web.p99 < 1ms", Actual: "2ms"}, {Expr: "fault.f.recovered", Actual: "true", Pass: true}},
		Checks:       []figures.Check{{Path: "a → b", Result: "reached", Wanted: "blocked", Why: "no route"}},
		Validity:     figures.Validity{Problems: []string{"the load was late"}},
	}
	var got junitSuites
	if err := xml.Unmarshal(export(t, &Report{Summary: s}, "junit"), &got); err != nil {
		t.Fatal(err)
	}
	suite := got.Suites[0]
	if suite.Tests != 4 || suite.Failures != 2 || suite.Errors != 1 {
		t.Errorf("%d tests, %d failures, %d errors; want 4, 2, 1", suite.Tests, suite.Failures, suite.Errors)
	}
	if m := suite.Cases[0].Failure.Message; m != "measured 2ms" {
		t.Errorf("failure says %q", m)
	}
	if m := suite.Cases[3].Error.Message; m != "the load was late" {
		t.Errorf("error says %q", m)
	}
}

// The rules of OpenMetrics 1.0 that readers stumble over.
func TestOpenMetricsIsWellFormed(t *testing.T) {
	text := string(export(t, report(t, resultstest.Frankfurt().Record(t)), "openmetrics"))
	if !strings.HasSuffix(text, "# EOF\n") {
		t.Error("does not end with # EOF")
	}
	sample := regexp.MustCompile(`^([a-z_]+)\{([a-z_]+="(?:[^"\\\n]|\\.)*",?)+\} (-?[0-9.]+|\+Inf)$`)
	seen := make(map[string]bool)
	family := ""
	for _, line := range strings.Split(strings.TrimSuffix(text, "# EOF\n"), "\n") {
		switch {
		case line == "":
		case strings.HasPrefix(line, "# TYPE "):
			family = strings.Fields(line)[2]
			if seen[family] {
				t.Errorf("family %s stands in two places", family)
			}
			seen[family] = true
		case strings.HasPrefix(line, "# "):
			if strings.Fields(line)[2] != family {
				t.Errorf("%q stands in family %s", line, family)
			}
		default:
			m := sample.FindStringSubmatch(line)
			if m == nil || m[1] != family {
				t.Errorf("no sample of family %s: %q", family, line)
			}
		}
	}
	for _, want := range []string{
		`netlab_fault_blackout_seconds{scenario="frankfurt",fault="clb_b_down"} 3.013`,
		`netlab_response_time_seconds{scenario="frankfurt",kind="load",stream="web",part="during",quantile="0.99"} +Inf`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("does not hold %s", want)
		}
	}
}

func TestMarkdownEscapesNames(t *testing.T) {
	if got, want := escapeMarkdown("a_b|c*`<d>"), "a\\_b\\|c\\*\\`&lt;d>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
