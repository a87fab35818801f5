package figures

import "netlab/loadgen"

// A Part is a window of the run by its name in file names and tables.
type Part struct {
	Name string
	Window
}

// Parts are the windows that the run has: "measured" alone when there was no fault.
func (r *Run) Parts() []Part {
	if r.During.Empty() {
		return []Part{{"measured", r.Span}}
	}
	var out []Part
	for _, part := range []Part{{"before", r.Before}, {"during", r.During}, {"after", r.After}} {
		if !part.Empty() {
			out = append(out, part)
		}
	}
	return out
}

// Belongs says which requests are counted in a part.
func (r *Run) Belongs(part Part) func(*loadgen.Sample) bool {
	if part.Window == r.Span {
		return everything
	}
	return func(s *loadgen.Sample) bool { return r.part(s) == part.Window }
}
