// Package expect reads the expectations of a scenario: comparisons on measured figures, joined
// by and, or, not and parentheses.
//
//	load.web.before.success_ratio == 100%
//	fault.clb_b_down.blackout <= 3.5s and fault.clb_b_down.recovered
//
// Numbers carry units: 250ms, 3.5s, 2m (durations), 100% (a fraction), 1000/s (a rate),
// 100Mbit/s (bits a second). Every value is in the base unit: seconds, a fraction, per second;
// truths are 0 and 1. Figures are named
//
//	load.L.M   load.L.before.M   load.L.during.M   load.L.after.M   load.L.share.I
//	probe.P.M  (before, during and after likewise)
//	fault.F.M
//
// for a load L, probe P, fault F and instance I of the scenario; the figures M are those of package
// metric. A probe has two more than a load: probe.P.blackout is the longest time without a
// success in that probe's measured time, upper bound, and probe.P.blackout_min the lower bound,
// where fault.F.blackout takes all probes together around one fault.
//
// The package evaluates: it measures nothing and knows no scenario.
package expect

import "fmt"

// An Expression is a parsed expectation.
type Expression struct {
	Source string
	root   term
}

const maxLength = 4096

// Parse reads an expectation. The error is a *SyntaxError.
func Parse(src string) (*Expression, error) {
	if len(src) > maxLength {
		return nil, &SyntaxError{
			Column:     1,
			Message:    fmt.Sprintf("the expectation has %d characters", len(src)),
			Suggestion: "write several expectations",
		}
	}
	tokens, err := scan(src)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	root, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != end {
		return nil, &SyntaxError{Column: t.column, Message: fmt.Sprintf("unexpected %s", t), Suggestion: "join comparisons with and, or"}
	}
	return &Expression{Source: src, root: root}, nil
}

// Names are the figures that the expression uses, each once, in the order of the text.
func (e *Expression) Names() []string {
	var names []string
	seen := map[string]bool{}
	e.root.walk(func(n *name) {
		if !seen[n.text] {
			seen[n.text] = true
			names = append(names, n.text)
		}
	})
	return names
}

// An Outcome is what an expectation came to.
type Outcome struct {
	Pass   bool
	Actual []Actual // every figure of the expression, in the order of Names
}

// An Actual is the measured value of a figure, in base units.
type Actual struct {
	Name  string
	Value float64
}

// Eval compares the measured figures. A figure that was not measured is an error of value, never
// a quiet pass.
func (e *Expression) Eval(value func(name string) (float64, error)) (Outcome, error) {
	var out Outcome
	values := map[string]float64{}
	for _, name := range e.Names() {
		v, err := value(name)
		if err != nil {
			return Outcome{}, fmt.Errorf("evaluate %s: %w", name, err)
		}
		if v != v {
			return Outcome{}, fmt.Errorf("evaluate %s: it has no value", name)
		}
		values[name] = v
		out.Actual = append(out.Actual, Actual{name, v})
	}
	out.Pass = e.root.eval(values) != 0
	return out, nil
}

// A SyntaxError says what is wrong with an expression and where, as a column from 1.
type SyntaxError struct {
	Column     int
	Message    string
	Suggestion string
	Replaces   string // the text at Column for which Suggestion is the exact replacement
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("column %d: %s", e.Column, e.Message)
}
