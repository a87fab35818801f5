package render

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"netlab/results/figures"
	"netlab/scenarios/metric"
)

var _ = register(Format{
	Name: "openmetrics", Help: "gauges for Prometheus and its kin", Order: 6,
	Write: writeOpenMetrics,
})

// writeOpenMetrics writes the summary in the text format that Prometheus and its kin read (OpenMetrics
// 1.0), for a pushgateway or a node exporter's textfile folder. figures.Times are seconds.
func writeOpenMetrics(w io.Writer, report *Report) error {
	s := report.Summary
	m := &metrics{scenario: s.Scenario}
	m.add("netlab_run_pass", "1 when every expectation was met and the measurement is valid", boolean(s.Verdict == figures.Pass))
	m.add("netlab_run_valid", "1 when the measurement can be trusted", boolean(s.Validity.Valid))
	m.add("netlab_run_end_timestamp_seconds", "when the measured part ended", float64(s.MeasuredAt().UnixMilli())/1e3)
	m.add("netlab_build_seconds", "time to build the lab", s.Setup.BuildMS/1e3)
	for _, name := range slices.Sorted(maps.Keys(s.Load)) {
		m.sender(metric.Load, name, s.Load[name])
	}
	for _, name := range slices.Sorted(maps.Keys(s.Probes)) {
		m.sender(metric.Probe, name, s.Probes[name])
	}
	for _, name := range s.FaultNames() {
		for _, f := range metric.Fault.Figures() {
			m.figure(s.Faults[name], f, "fault", name)
		}
	}
	for _, e := range s.Expectations {
		m.add("netlab_expectation_met", "1 when the expectation was met", boolean(e.Pass), "expr", e.Expr)
	}
	_, err := w.Write(m.text())
	return err
}

// metrics gathers samples by family, since a family's samples must stand together.
type metrics struct {
	scenario string
	families map[string]*family
}

type family struct {
	help    string
	samples []string
}

func (m *metrics) add(name, help string, value float64, labels ...string) {
	if math.IsNaN(value) {
		return // not measured
	}
	if m.families == nil {
		m.families = make(map[string]*family)
	}
	f := m.families[name]
	if f == nil {
		f = &family{help: help}
		m.families[name] = f
	}
	pairs := []string{fmt.Sprintf("scenario=%s", quoteLabel(m.scenario))}
	for i := 0; i+1 < len(labels); i += 2 {
		if labels[i+1] != "" {
			pairs = append(pairs, labels[i]+"="+quoteLabel(labels[i+1]))
		}
	}
	f.samples = append(f.samples, fmt.Sprintf("%s{%s} %s\n", name, strings.Join(pairs, ","), number(value)))
}

func (m *metrics) sender(kind metric.Subject, name string, t *figures.Traffic) {
	part := func(part string, of any, all []metric.Figure) {
		for _, f := range all {
			m.figure(of, f, "kind", string(kind), "stream", name, "part", part)
		}
	}
	part("all", &t.Answers, metric.PartFigures())
	for _, p := range []struct {
		name string
		of   *figures.Answers
	}{{"before", t.Before}, {"during", t.During}, {"after", t.After}} {
		if p.of != nil {
			part(p.name, p.of, metric.PartFigures())
		}
	}
	for _, f := range kind.Figures() {
		if !f.Parts {
			m.figure(t, f, "stream", name)
		}
	}
}

// figure adds a figure of a subject, once for each class of error or instance that it has.
func (m *metrics) figure(of any, f metric.Figure, labels ...string) {
	if f.Family == "" {
		return
	}
	if f.Quantile > 0 {
		labels = append(labels, "quantile", strconv.FormatFloat(f.Quantile, 'f', -1, 64))
	}
	switch f.Each {
	case metric.One:
		m.add(f.Family, f.Help, figures.Value(of, f, ""), labels...)
	case metric.EachClass:
		for _, class := range figures.Each(of, f) {
			m.add(f.Family, f.Help, figures.Value(of, f, class), append(labels, "error", class)...)
		}
	case metric.EachPartner:
		for _, instance := range figures.Each(of, f) {
			m.add(f.Family, f.Help, figures.Value(of, f, instance), append(labels, "instance", instance)...)
		}
	}
}

func (m *metrics) text() []byte {
	names := slices.Sorted(maps.Keys(m.families))
	var b bytes.Buffer
	for _, name := range names {
		fmt.Fprintf(&b, "# TYPE %s gauge\n", name)
		if strings.HasSuffix(name, "_seconds") {
			fmt.Fprintf(&b, "# UNIT %s seconds\n", name)
		}
		fmt.Fprintf(&b, "# HELP %s %s\n", name, m.families[name].help)
		for _, sample := range m.families[name].samples {
			b.WriteString(sample)
		}
	}
	b.WriteString("# EOF\n")
	return b.Bytes()
}

func quoteLabel(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value) + `"`
}

func number(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(figures.Round(v, 9), 'f', -1, 64)
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
