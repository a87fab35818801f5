package render

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"netlab/results/figures"
	"slices"
	"strconv"
	"strings"
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
	for _, kind := range []struct {
		name    string
		streams map[string]*figures.Traffic
	}{{"load", s.Load}, {"probe", s.Probes}} {
		for _, name := range slices.Sorted(maps.Keys(kind.streams)) {
			m.sender(kind.name, name, kind.streams[name])
		}
	}
	for _, name := range s.FaultNames() {
		m.fault(name, s.Faults[name])
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

func (m *metrics) sender(kind, name string, s *figures.Traffic) {
	part := func(part string, f *figures.Answers) {
		if f == nil {
			return
		}
		labels := []string{"kind", kind, "stream", name, "part", part}
		m.add("netlab_requests", "requests offered", float64(f.Requests), labels...)
		m.add("netlab_success_ratio", "answered, of the requests whose fate is known", float64(f.SuccessRatio), labels...)
		m.add("netlab_answer_rate", "answers per second", f.Rate, labels...)
		for _, p := range f.Percentiles() {
			m.add("netlab_response_time_seconds", "response time from the intended send time; +Inf where not answered",
				float64(*p.Value)/1e3, append(labels, "quantile", strconv.FormatFloat(p.Q, 'f', -1, 64))...)
		}
		for _, class := range slices.Sorted(maps.Keys(f.Errors)) {
			m.add("netlab_failed_requests", "requests that failed, by the error", float64(f.Errors[class]), append(labels, "error", class)...)
		}
	}
	part("all", &s.Answers)
	part("before", s.Before)
	part("during", s.During)
	part("after", s.After)
	for _, instance := range slices.Sorted(maps.Keys(s.Share)) {
		m.add("netlab_share_ratio", "part of the answers that an instance gave", float64(s.Share[instance]), "stream", name, "instance", instance)
	}
}

func (m *metrics) fault(name string, f *figures.Fault) {
	for _, t := range []struct {
		name, help string
		value      figures.Millis
	}{
		{"netlab_fault_blackout_seconds", "longest time without a success, upper bound", f.Blackout},
		{"netlab_fault_blackout_min_seconds", "longest time without a success, lower bound", f.BlackoutMin},
		{"netlab_fault_failback_blackout_seconds", "the second dip, upper bound", f.FailbackBlackout},
		{"netlab_fault_detected_after_seconds", "from the injection until the control plane noticed", f.DetectedAfter},
		{"netlab_fault_rerouted_after_seconds", "from the injection until new connections were led elsewhere", f.ReroutedAfter},
		{"netlab_fault_first_success_after_seconds", "from the injection until service was back", f.FirstSuccessAfter},
	} {
		m.add(t.name, t.help, float64(t.value)/1e3, "fault", name)
	}
	m.add("netlab_fault_failed_requests", "requests of the load that the fault cost", float64(f.FailedRequests), "fault", name)
	m.add("netlab_fault_recovered", "1 when service was back within 1 % of before", boolean(f.Recovered), "fault", name)
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
