package figures

import (
	"math"
	"strconv"
	"strings"
	"time"

	"netlab/scenarios"
	"netlab/scenarios/expect"
	"netlab/scenarios/metric"
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
func Quantity(v float64, unit metric.Unit) string {
	switch unit {
	case metric.Seconds:
		if math.IsInf(v, 0) {
			return "endless"
		}
		d := time.Duration(math.Round(v * 1e9))
		return d.Round(max(time.Microsecond, time.Duration(math.Pow10(len(strconv.FormatInt(int64(d), 10))-5)))).String()
	case metric.Fraction:
		return Percent(v)
	case metric.PerSecond:
		return strconv.FormatFloat(Round(v, 1), 'f', -1, 64) + "/s"
	case metric.Truth:
		return strconv.FormatBool(v != 0)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
