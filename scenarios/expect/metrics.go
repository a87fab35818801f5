package expect

import (
	"fmt"
	"slices"
	"strings"
)

// Metrics are the figures of one kind of thing with their units.
type Metrics map[string]Unit

// LoadMetrics are the figures of a load, as a whole and before, during and after the faults.
func LoadMetrics() Metrics {
	m := Metrics{
		"requests": Count, "rate": PerSecond, "success_ratio": Fraction, "achieved_ratio": Fraction,
		"mean": Seconds, "max": Seconds,
	}
	for _, p := range []string{"p50", "p75", "p90", "p95", "p99", "p999", "p9999"} {
		m[p] = Seconds
	}
	for _, e := range []string{"refused", "reset", "timeout", "unreachable", "closed", "protocol"} {
		m["errors."+e] = Count
	}
	return m
}

// ProbeMetrics are the figures of a probe: those of a load and its outages.
func ProbeMetrics() Metrics {
	m := LoadMetrics()
	m["blackout"], m["blackout_min"] = Seconds, Seconds
	return m
}

// FaultMetrics are the figures of a fault of the timeline.
func FaultMetrics() Metrics {
	return Metrics{
		"blackout": Seconds, "blackout_min": Seconds, "failback_blackout": Seconds,
		"detected_after": Seconds, "rerouted_after": Seconds, "first_success_after": Seconds,
		"failed_requests": Count, "reset_connections": Count, "survived_connections": Count,
		"recovered": Truth,
	}
}

// A Scope is the things of a scenario that have figures.
type Scope struct {
	Loads, Probes, Faults, Instances []string
	// Closest picks what was probably meant by a mistyped word, or "".
	Closest func(word string, candidates []string) string
}

// Unit is the unit of a figure, or a *SyntaxError that says what its name should be.
func (s Scope) Unit(full string) (Unit, error) {
	kind, rest, _ := strings.Cut(full, ".")
	subject, metric, _ := strings.Cut(rest, ".")
	var subjects []string
	var metrics Metrics
	switch kind {
	case "load":
		subjects, metrics = s.Loads, LoadMetrics()
	case "probe":
		subjects, metrics = s.Probes, ProbeMetrics()
	case "fault":
		subjects, metrics = s.Faults, FaultMetrics()
	default:
		return "", s.unknown(full, kind, "", "kind of figure", []string{"load", "probe", "fault"})
	}
	if !slices.Contains(subjects, subject) {
		return "", s.unknown(full, subject, kind+".", kind, subjects)
	}
	prefix := kind + "." + subject + "."
	if phase, inner, ok := strings.Cut(metric, "."); ok && kind != "fault" && slices.Contains([]string{"before", "during", "after"}, phase) {
		prefix, metric, metrics = prefix+phase+".", inner, LoadMetrics()
	} else if instance, ok := strings.CutPrefix(metric, "share."); ok && kind == "load" {
		if !slices.Contains(s.Instances, instance) {
			return "", s.unknown(full, instance, prefix+"share.", "instance", s.Instances)
		}
		return Fraction, nil
	}
	if unit, ok := metrics[metric]; ok {
		return unit, nil
	}
	names := make([]string, 0, len(metrics))
	for n := range metrics {
		names = append(names, n)
	}
	slices.Sort(names)
	return "", s.unknown(full, metric, prefix, "figure of a "+kind, names)
}

// unknown says that the part of a name after prefix is not one of the candidates.
func (s Scope) unknown(full, part, prefix, what string, candidates []string) error {
	e := &SyntaxError{Message: fmt.Sprintf("%q names nothing: no %s %q", full, what, part),
		Suggestion: "one of " + strings.Join(candidates, ", ")}
	if len(candidates) == 0 {
		e.Suggestion = fmt.Sprintf("the scenario has no %s at all", what)
	}
	if s.Closest != nil {
		if near := s.Closest(part, candidates); near != "" {
			e.Suggestion = prefix + near + strings.TrimPrefix(full, prefix+part)
			e.Replaces = full
		}
	}
	return e
}
