package scenarios

import (
	"errors"
	"fmt"
	"strings"

	"netlab/scenarios/expect"
)

// check applies the rules that join several keys of one file and need no knowledge of the cloud.
func (s *Scenario) check() Diagnostics {
	var ds Diagnostics
	traffic, faults := map[string]string{}, map[string]string{} // a run keeps the samples of loads and probes by their names
	for i, l := range s.Load {
		path := fmt.Sprintf("load[%d]", i)
		ds = append(ds, s.once(traffic, l.Name, path)...)
		ds = append(ds, s.checkRate(l, path)...)
		ds = append(ds, s.checkEngine(l, path)...)
	}
	for i, p := range s.Probes {
		path := fmt.Sprintf("probes[%d]", i)
		ds = append(ds, s.once(traffic, p.Name, path)...)
		if scheme := p.Target.Scheme; scheme != "" && !p.Target.Protocol().Probe {
			ds = append(ds, s.Source.Errorf(path+".target", "a probe opens a connection and nothing more, it has no %s", scheme).
				Advise("write tcp://%s:%d", p.Target.Host, p.Target.Port))
		}
	}
	for i, e := range s.Timeline {
		path := fmt.Sprintf("timeline[%d]", i)
		ds = append(ds, s.once(faults, e.Name, path)...)
		ds = append(ds, s.checkEntry(e, path)...)
	}
	ds = append(ds, s.checkUsers()...)
	if !s.Source.Has("links.inter_zone.symmetric") {
		s.Links.InterZone.Symmetric = true
	}
	ds = append(ds, s.checkImpairment(s.Links.InterZone, "links.inter_zone")...)
	return append(ds, s.checkExpectations()...)
}

// checkEntry checks a line of the timeline against the run and the loads.
func (s *Scenario) checkEntry(e Entry, path string) Diagnostics {
	var ds Diagnostics
	switch end := s.Run.Duration; {
	case end == 0: // missing, and reported so
	case e.At >= end:
		ds = append(ds, s.Source.Errorf(path+".at", "%s is not before the end of the run", e.At).Advise("run.duration is %s", end))
	case e.At+e.For > end:
		ds = append(ds, s.Source.Warningf(path+".for", "healed after the end of the run").
			Advise("end it before %s, or lengthen run.duration", end))
	}
	if e.Degrade != nil {
		if e.Degrade.InterZone != nil {
			ds = append(ds, s.checkImpairment(*e.Degrade.InterZone, path+".degrade.inter_zone")...)
		}
		ds = append(ds, s.checkImpairment(e.Degrade.Impairment, path+".degrade")...)
	}
	if e.Load != nil && e.Load.Name != "" {
		ds = append(ds, s.checkLoadChange(e.Load, path+".load")...)
	}
	return ds
}

func (s *Scenario) checkLoadChange(c *LoadChange, path string) Diagnostics {
	var names []string
	for _, l := range s.Load {
		switch {
		case l.Name != c.Name:
			names = append(names, l.Name)
			continue
		case l.Arrivals == "closed":
			return Diagnostics{s.Source.Errorf(path+".rate", "load %s is a closed loop: it has no rate", c.Name).
				Advise("choose arrivals: poisson for it")}
		case l.Engine.OwnSchedule():
			return Diagnostics{s.Source.Errorf(path+".name", "engine %s of load %s keeps one rate", l.Engine, c.Name).
				Advise("choose another engine for it")}
		case l.Rate == c.Rate:
			return Diagnostics{s.Source.Errorf(path+".rate", "load %s has that rate: nothing would change", c.Name).Advise("write another rate")}
		}
		return nil
	}
	d := s.Source.Errorf(path+".name", "there is no load named %s", c.Name)
	if near := Closest(c.Name, names); near != "" {
		return Diagnostics{d.Instead(near)}
	}
	return Diagnostics{d.Advise("one of: %s", strings.Join(names, ", "))}
}

// checkImpairment finds what has no effect without something else.
func (s *Scenario) checkImpairment(i Impairment, path string) Diagnostics {
	var ds Diagnostics
	alone := func(is bool, key, needs string) {
		if is {
			ds = append(ds, s.Source.Errorf(path+"."+key, "%s has no effect without %s", key, needs).Advise("add %s: …", needs))
		}
	}
	alone(i.Distribution != "" && i.Jitter == 0, "distribution", "jitter")
	alone(i.Correlation != 0 && i.Jitter == 0, "correlation", "jitter")
	alone(i.Reorder != 0 && i.Delay == 0, "reorder", "delay")
	alone(i.Queue != 0 && i.Rate == 0, "queue", "rate")
	if i.Loss != 0 && i.BurstLoss != nil {
		ds = append(ds, s.Source.Errorf(path+".loss", "loss and burst_loss exclude each other").Advise("write burst_loss: {…, good_loss: …}"))
	}
	return ds
}

// once reports a name that was used before by the same kind of thing.
func (s *Scenario) once(seen map[string]string, name, path string) Diagnostics {
	first, dup := seen[name]
	if name == "" {
		return nil
	}
	if dup {
		line, _ := s.Source.At(first + ".name")
		return Diagnostics{s.Source.Errorf(path+".name", "duplicate name %s, first used in line %d", name, line).Instead(another(name, seen))}
	}
	seen[name] = path
	return nil
}

// another is a name like this one that is still free.
func another(name string, seen map[string]string) string {
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
		return Diagnostics{s.Source.Errorf(path+".rate", "a closed loop has no rate: it sends when the last answer is there").
			Advise("leave rate out, or choose arrivals: poisson")}
	case l.Arrivals != "closed" && l.Rate == 0 && !s.Source.Has(path+".rate"):
		return Diagnostics{s.Source.Errorf(path, "missing key rate").Advise("add rate: 1000/s, or choose arrivals: closed")}
	case l.Arrivals != "closed" && l.Rate == 0 && !s.Source.Failed(path+".rate"):
		return Diagnostics{s.Source.Errorf(path+".rate", "nothing would be sent").Advise("write a rate above 0/s")}
	}
	return nil
}

// checkUsers: all programs of an instance share its namespaces, which one user owns.
func (s *Scenario) checkUsers() Diagnostics {
	var ds Diagnostics
	services := map[string]*ExecService{}
	for _, service := range s.Services {
		services[service.Name] = service.Exec
	}
	for i, in := range s.Cloud.Instances {
		var first string
		for j, name := range in.Run {
			switch e := services[name]; {
			case e == nil:
			case first == "":
				first = name
			case e.Root() != services[first].Root():
				ds = append(ds, s.Source.Errorf(fmt.Sprintf("cloud.instances[%d].run[%d]", i, j),
					"of %s and %s one runs as root: the programs of an instance have one user", first, name).Advise("run them on two instances"))
			}
		}
	}
	return ds
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
