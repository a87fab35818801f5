package figures

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"netlab/scenarios/metric"
)

var errUnknownFigure = errors.New("the run has no such figure")

// Value is a figure by its name in expectations, in base units: seconds, a fraction, per second,
// 0 or 1. NaN is a figure that was not measured.
func (s *Summary) Value(name string) (float64, error) {
	ref := metric.Split(name)
	var subject any
	switch ref.Kind {
	case metric.Load:
		subject = s.Load[ref.Subject].part(ref.Part)
	case metric.Probe:
		subject = s.Probes[ref.Subject].part(ref.Part)
	case metric.Fault:
		if f := s.Faults[ref.Subject]; f != nil {
			subject = f
		}
	}
	figure, known := ref.Figure()
	if !known || subject == nil {
		return 0, fmt.Errorf("%s: %w", name, errUnknownFigure)
	}
	return Value(subject, figure, ref.Each), nil
}

// part is what has the figures of a part, "" for the whole; nil when there is no such sender.
func (t *Traffic) part(name string) any {
	switch {
	case t == nil:
		return nil
	case name == "before":
		return t.Before
	case name == "during":
		return t.During
	case name == "after":
		return t.After
	}
	return t
}

// Value is a figure of a *Traffic, *Answers or *Fault in its base unit, of one class of error or
// instance where the figure has many. NaN is what was not measured: the run has no such part, or
// nothing was there to measure.
func Value(of any, figure metric.Figure, each string) float64 {
	if reflect.ValueOf(of).IsNil() {
		return math.NaN()
	}
	switch v := place(of, figure.Key).(type) {
	case *uint64:
		return float64(*v)
	case *float64:
		return *v
	case *Share:
		return float64(*v)
	case *Millis:
		return v.seconds()
	case **Millis:
		if *v == nil {
			return math.NaN()
		}
		return (*v).seconds()
	case *bool:
		if *v {
			return 1
		}
		return 0
	case *map[string]uint64:
		return float64((*v)[each])
	case *map[string]Share:
		return float64((*v)[each]) // nobody else's share is 0, an instance that never answered
	}
	panic(fmt.Sprintf("figure %s has no value that is a number", figure.Name))
}

// Each are the classes of error, or the instances, of which a figure of one of them has values.
func Each(of any, figure metric.Figure) []string {
	var names []string
	for _, key := range reflect.ValueOf(place(of, figure.Key)).Elem().MapKeys() {
		names = append(names, key.String())
	}
	slices.Sort(names)
	return names
}

// seconds is the time in an expectation's unit.
func (m *Millis) seconds() float64 { return float64(*m) / 1e3 }

// place is the address of the field with that key in summary.json, nil when there is none. The
// key binds a figure's row in the registry to the field that its value is computed into.
func place(of any, key string) any {
	if field := field(reflect.ValueOf(of).Elem(), key); field.IsValid() {
		return field.Addr().Interface()
	}
	return nil
}

func field(in reflect.Value, key string) reflect.Value {
	for i := range in.NumField() {
		described := in.Type().Field(i)
		if described.Anonymous {
			if found := field(in.Field(i), key); found.IsValid() {
				return found
			}
			continue
		}
		if name, _, _ := strings.Cut(described.Tag.Get("json"), ","); name == key {
			return in.Field(i)
		}
	}
	return reflect.Value{}
}
