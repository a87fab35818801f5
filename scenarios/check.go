package scenarios

import (
	"errors"
	"fmt"

	"netlab/scenarios/expect"
)

// check applies the rules that join several keys of one file and need no knowledge of the cloud.
func (s *Scenario) check() Diagnostics {
	var ds Diagnostics
	loads, probes, faults := map[string]string{}, map[string]string{}, map[string]string{}
	for i, l := range s.Load {
		path := fmt.Sprintf("load[%d]", i)
		ds = append(ds, s.once(loads, l.Name, path)...)
		ds = append(ds, s.checkRate(l, path)...)
	}
	for i, p := range s.Probes {
		path := fmt.Sprintf("probes[%d]", i)
		ds = append(ds, s.once(probes, p.Name, path)...)
		if p.Target.Scheme != "" && p.Target.Scheme != "tcp" {
			ds = append(ds, s.Source.Errorf(path+".target", "a probe opens TCP connections, not %s", p.Target.Scheme).Advise("write tcp://%s:%d", p.Target.Host, p.Target.Port))
		}
	}
	for i, e := range s.Timeline {
		path := fmt.Sprintf("timeline[%d]", i)
		ds = append(ds, s.once(faults, e.Name, path)...)
		switch end := s.Run.Duration; {
		case end == 0: // missing, and reported so
		case e.At >= end:
			ds = append(ds, s.Source.Errorf(path+".at", "%s is not before the end of the run", e.At).Advise("run.duration is %s", end))
		case e.At+e.For > end:
			ds = append(ds, s.Source.Warningf(path+".for", "healed after the end of the run").Advise("end it before %s, or lengthen run.duration", end))
		}
	}
	return append(ds, s.checkExpectations()...)
}

// once reports a name that was used before by the same kind of thing.
func (s *Scenario) once(seen map[string]string, name, path string) Diagnostics {
	first, dup := seen[name]
	if name == "" {
		return nil
	}
	if dup {
		line, _ := s.Source.At(first + ".name")
		return Diagnostics{s.Source.Errorf(path+".name", "duplicate name %s, first used in line %d", name, line).Instead(next(name, seen))}
	}
	seen[name] = path
	return nil
}

// next is a name like this one that is still free.
func next(name string, seen map[string]string) string {
	for i := 2; ; i++ {
		candidate := fmt.Sprintf("%s_%d", name, i)
		if _, used := seen[candidate]; !used {
			return candidate
		}
	}
}

func (s *Scenario) checkRate(l Load, path string) Diagnostics {
	switch {
	case l.Arrivals == "closed" && l.Rate != 0:
		return Diagnostics{s.Source.Errorf(path+".rate", "a closed loop has no rate: it sends when the last answer is there").Advise("leave rate out, or choose arrivals: poisson")}
	case l.Arrivals != "closed" && l.Rate == 0 && !s.Source.has(path+".rate"):
		return Diagnostics{s.Source.Errorf(path, "missing key rate").Advise("add rate: 1000/s, or choose arrivals: closed")}
	case l.Arrivals != "closed" && l.Rate == 0:
		return Diagnostics{s.Source.Errorf(path+".rate", "nothing would be sent").Advise("write a rate above 0/s")}
	}
	return nil
}

func (s *Scenario) checkExpectations() Diagnostics {
	scope := expect.Scope{Closest: Closest}
	for _, l := range s.Load {
		scope.Loads = append(scope.Loads, l.Name)
	}
	for _, p := range s.Probes {
		scope.Probes = append(scope.Probes, p.Name)
	}
	for _, e := range s.Timeline {
		scope.Faults = append(scope.Faults, e.Name)
	}
	for _, i := range s.Cloud.Instances {
		scope.Instances = append(scope.Instances, i.Name)
	}
	var ds Diagnostics
	for i, src := range s.Expect {
		path := fmt.Sprintf("expect[%d]", i)
		if src == "" {
			continue // reported when it was read
		}
		e, err := expect.Parse(src)
		if err == nil {
			err = e.Check(scope.Unit)
		}
		if bad := (*expect.SyntaxError)(nil); errors.As(err, &bad) {
			ds = append(ds, s.inExpression(path, src, bad))
		}
	}
	return ds
}

// inExpression points into the expression where it stands on one line of the file.
func (s *Scenario) inExpression(path, src string, bad *expect.SyntaxError) Diagnostic {
	d := s.Source.Errorf(path, "%s", bad.Message)
	if d.written == src {
		d.Column += bad.Column - 1
	}
	d.Suggestion, d.Replaces = bad.Suggestion, bad.Replaces
	return d
}
