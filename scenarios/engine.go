package scenarios

import (
	"slices"

	"netlab/scenarios/protocol"
)

// checkEngine checks that a load's engine can do what the load asks of it.
func (s *Scenario) checkEngine(l Load, path string) Diagnostics {
	p, known := protocol.Of(protocol.Name(l.Target.Scheme))
	if !known {
		return nil // reported as what it is
	}
	var ds Diagnostics
	refuse := func(key, advice, format string, args ...any) {
		ds = append(ds, s.Source.Errorf(path+"."+key, format, args...).Advise("%s", advice))
	}
	if l.Insecure && !p.TLS {
		refuse("insecure", "leave insecure out", "a target of scheme %s shows no certificate", p.Name)
	}
	if l.Engine == "" {
		return ds
	}
	if p.TLS && l.Engine.AnyCertificate() && !l.Insecure {
		refuse("engine", "add insecure: true", "engine %s takes any certificate", l.Engine)
	}
	switch {
	case !slices.Contains(p.Engines, l.Engine):
		refuse("engine", "write "+protocol.List(p.Engines), "engine %s does not speak %s", l.Engine, p.Name)
	case !l.Engine.OwnSchedule():
	case l.Arrivals == "poisson":
		refuse("engine", "choose arrivals: constant or closed", "engine %s can't send at random", l.Engine)
	case l.ThinkTime != 0:
		refuse("think_time", "leave think_time out, or choose another engine", "engine %s never pauses", l.Engine)
	}
	return ds
}
