package expect

import (
	"fmt"
	"slices"
	"strings"

	"netlab/scenarios/metric"
)

// A Scope is the things of a scenario that have figures.
type Scope struct {
	Loads, Probes, Faults, Instances []string
	// Closest picks what was probably meant by a mistyped word, or "".
	Closest func(word string, candidates []string) string
}

// Unit is the unit of a figure, or a *SyntaxError that says what its name should be.
func (s Scope) Unit(full string) (metric.Unit, error) {
	name := metric.Split(full)
	var subjects []string
	switch name.Kind {
	case metric.Load:
		subjects = s.Loads
	case metric.Probe:
		subjects = s.Probes
	case metric.Fault:
		subjects = s.Faults
	default:
		var kinds []string
		for _, kind := range metric.Subjects() {
			kinds = append(kinds, string(kind))
		}
		return "", s.unknown(full, string(name.Kind), "", "kind of figure", kinds)
	}
	prefix := string(name.Kind) + "."
	if !slices.Contains(subjects, name.Subject) {
		return "", s.unknown(full, name.Subject, prefix, string(name.Kind), subjects)
	}
	prefix += name.Subject + "."
	figures := name.Kind.Figures()
	if name.Part != "" {
		prefix, figures = prefix+name.Part+".", metric.PartFigures()
	}
	figure, known := name.Figure()
	if known && figure.Each == metric.EachPartner && !slices.Contains(s.Instances, name.Each) {
		return "", s.unknown(full, name.Each, prefix+name.Name+".", "instance", s.Instances)
	}
	if !known {
		names := metric.Names(figures)
		slices.Sort(names)
		return "", s.unknown(full, strings.TrimPrefix(full, prefix), prefix, "figure of a "+string(name.Kind), names)
	}
	return figure.Unit, nil
}

// unknown says that the part of a name after prefix is not one of the candidates.
func (s Scope) unknown(full, part, prefix, what string, candidates []string) error {
	e := &SyntaxError{
		Message:    fmt.Sprintf("%q names nothing: no %s %q", full, what, part),
		Suggestion: "one of " + strings.Join(candidates, ", "),
	}
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
