package figures

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"netlab/scenarios"
	"netlab/scenarios/expect"
)

// An Expectation is one line of the scenario's expect section and what was measured: in words,
// and as numbers in base units (seconds, fractions, per second, 0 or 1) by the figure's name.
type Expectation struct {
	Expr     string            `json:"expr"`
	Actual   string            `json:"actual"`
	Pass     bool              `json:"pass"`
	Measured map[string]Number `json:"measured,omitempty"`
}

// A Number is a figure in an expectation's base unit.
type Number float64

// MarshalJSON writes the figure to the nanosecond.
func (f Number) MarshalJSON() ([]byte, error) { return marshalNumber(float64(f), 9) }

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Number) UnmarshalJSON(data []byte) error { return unmarshalNumber(data, (*float64)(f)) }

func evaluate(scenario *scenarios.Scenario, s *Summary) []Expectation {
	out := make([]Expectation, 0, len(scenario.Expect))
	scope := scopeOf(scenario)
	for _, source := range scenario.Expect {
		out = append(out, s.expectation(source, scope))
	}
	return out
}

func scopeOf(scenario *scenarios.Scenario) expect.Scope {
	var scope expect.Scope
	for _, l := range scenario.Load {
		scope.Loads = append(scope.Loads, l.Name)
	}
	for _, p := range scenario.Probes {
		scope.Probes = append(scope.Probes, p.Name)
	}
	for _, e := range scenario.Timeline {
		scope.Faults = append(scope.Faults, e.Name)
	}
	for _, i := range scenario.Cloud.Instances {
		scope.Instances = append(scope.Instances, i.Name)
	}
	return scope
}

// expectation evaluates one line. What cannot be evaluated has not been met.
func (s *Summary) expectation(source string, scope expect.Scope) Expectation {
	out := Expectation{Expr: source, Measured: make(map[string]Number)}
	expression, err := expect.Parse(source)
	if err != nil {
		out.Actual = err.Error()
		return out
	}
	for _, name := range expression.Names() {
		out.Measured[name] = Number(math.NaN())
		if value, err := s.Value(name); err == nil {
			out.Measured[name] = Number(value)
		}
	}
	out.Actual = inWords(expression.Names(), out.Measured, scope)
	outcome, err := expression.Eval(s.Value)
	out.Pass = err == nil && outcome.Pass
	return out
}

// inWords puts the measured figures into words, each with its name when there are several.
func inWords(names []string, measured map[string]Number, scope expect.Scope) string {
	words := make([]string, 0, len(names))
	for _, name := range names {
		unit, _ := scope.Unit(name) // an unknown name was not measured either
		text := "not measured"
		if value := float64(measured[name]); !math.IsNaN(value) {
			text = Quantity(value, unit)
		}
		if len(names) > 1 {
			text = name + " = " + text
		}
		words = append(words, text)
	}
	return strings.Join(words, ", ")
}

// Quantity is a value in base units as people write it.
func Quantity(v float64, unit expect.Unit) string {
	switch unit {
	case expect.Seconds:
		if math.IsInf(v, 0) {
			return "endless"
		}
		d := time.Duration(math.Round(v * 1e9))
		return d.Round(max(time.Microsecond, time.Duration(math.Pow10(len(strconv.FormatInt(int64(d), 10))-5)))).String()
	case expect.Fraction:
		return Percent(v)
	case expect.PerSecond:
		return strconv.FormatFloat(Round(v, 1), 'f', -1, 64) + "/s"
	case expect.Truth:
		return strconv.FormatBool(v != 0)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

var errUnknownFigure = errors.New("the run has no such figure")

// Value is a figure by its name in expectations, in base units: seconds, a fraction, per second,
// 0 or 1. NaN is a figure that was not measured.
func (s *Summary) Value(name string) (float64, error) {
	kind, rest, _ := strings.Cut(name, ".")
	subject, metric, _ := strings.Cut(rest, ".")
	var value float64
	var known bool
	switch kind {
	case "load":
		if stream := s.Load[subject]; stream != nil {
			value, known = stream.value(metric)
		}
	case "probe":
		if stream := s.Probes[subject]; stream != nil {
			value, known = stream.value(metric)
		}
	case "fault":
		if fault := s.Faults[subject]; fault != nil {
			value, known = fault.value(metric)
		}
	}
	if !known {
		return 0, fmt.Errorf("%s: %w", name, errUnknownFigure)
	}
	return value, nil
}

func (st *Traffic) value(metric string) (float64, bool) {
	part, inner, _ := strings.Cut(metric, ".")
	switch part {
	case "before":
		return st.Before.value(inner)
	case "during":
		return st.During.value(inner)
	case "after":
		return st.After.value(inner)
	case "share":
		return float64(st.Share[inner]), true // nobody else's share is 0, an instance that never answered
	case "blackout":
		return st.Blackout.seconds()
	case "blackout_min":
		return st.BlackoutMin.seconds()
	}
	return st.Answers.value(metric)
}

func (f *Answers) value(metric string) (float64, bool) {
	if f == nil {
		return math.NaN(), true // the run has no such time: no fault, or it ended before
	}
	if class, ok := strings.CutPrefix(metric, "errors."); ok {
		return float64(f.Errors[class]), true
	}
	switch metric {
	case "requests":
		return float64(f.Requests), true
	case "rate":
		return f.Rate, true
	case "success_ratio":
		return float64(f.SuccessRatio), true
	case "achieved_ratio":
		return float64(f.Achieved), true
	case "mean":
		return f.Mean.seconds()
	}
	for _, p := range f.Percentiles() {
		if p.Name == metric {
			return p.Value.seconds()
		}
	}
	return 0, false
}

func (f *Fault) value(metric string) (float64, bool) {
	switch metric {
	case "detected_after":
		return f.DetectedAfter.seconds()
	case "rerouted_after":
		return f.ReroutedAfter.seconds()
	case "first_success_after":
		return f.FirstSuccessAfter.seconds()
	case "blackout":
		return f.Blackout.seconds()
	case "blackout_min":
		return f.BlackoutMin.seconds()
	case "failback_blackout":
		return f.FailbackBlackout.seconds()
	case "failed_requests":
		return float64(f.FailedRequests), true
	case "reset_connections":
		return float64(f.ResetConnections), true
	case "survived_connections":
		return float64(f.SurvivedConnections), true
	case "recovered":
		if f.Recovered {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// seconds is the time in an expectation's unit.
func (m *Millis) seconds() (float64, bool) {
	if m == nil {
		return 0, false
	}
	return float64(*m) / 1e3, true
}
