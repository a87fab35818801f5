package cloud

import (
	"fmt"
	"slices"
	"strings"

	"netlab/scenarios"
)

// drill checks what the scenario says about the cloud in its procedure and its traffic.
func (b *builder) drill() {
	b.procedure()
	for i, l := range b.s.Load {
		b.traffic(fmt.Sprintf("load[%d]", i), l.From, l.Target)
	}
	for i, p := range b.s.Probes {
		b.traffic(fmt.Sprintf("probes[%d]", i), p.From, p.Target)
	}
}

// traffic checks who sends and that the target can be reached from there at all.
func (b *builder) traffic(path, from string, t scenarios.Target) {
	e := find[Instance](b, path+".from", from, anInstance)
	if t.Host == "" {
		return
	}
	path += ".target"
	d, err := b.cloud.Destination(t)
	if err != nil {
		g := b.errorf(path, "%s", err.Error())
		known := slices.Concat(b.kinds[anEndpoint], b.kinds[aLoadBalancer], b.kinds[anInstance])
		near := ""
		if b.guesses += len(known); b.guesses <= maxGuesses {
			near = scenarios.Closest(t.Host, known)
		}
		ep := b.cloud.Endpoint(t.Host)
		switch {
		case ep != nil && ep.AnyZone() != "":
			t.Zone = string(ep.AnyZone())
			g = g.Instead(t.String())
		case b.named[t.Host].what != nil && t.Zone != "" && slices.Contains(known, t.Host):
			t.Zone, t.ENI = "", false
			g = g.Instead(t.String())
		case near != "":
			t.Host = near
			g = g.Instead(t.String())
		case len(known) > 0 && len(known) <= 10:
			g = g.Advise("one of %s", strings.Join(known, ", "))
		default:
			g = g.Advise("define it first")
		}
		b.report(g)
		return
	}
	if d.VPC == nil && t.Addr.IsValid() {
		b.report(b.errorf(path, "%s lies in no VPC of this scenario", t.Addr).Advise("netlab sends nothing outside: name a resource"))
		return
	}
	if e != nil && d.VPC != nil && e.vpc() != nil && e.vpc() != d.VPC {
		b.report(b.warn(path, "%s is in %s, %s in %s: nothing will pass", e.Name, e.vpc().Name, t.Host, d.VPC.Name).
			Advise("an endpoint in %s is the way across", e.vpc().Name))
	}
	b.listened(path, t)
	b.hairpin(path, e, t)
}

// hairpin warns of a backend that calls its own load balancer: it can't be client and server at once, whichever
// backend is chosen (documented: FAQ about SLB, "connection fails").
func (b *builder) hairpin(path string, e *Instance, t scenarios.Target) {
	lb := b.cloud.LoadBalancer(t.Host)
	if lb == nil || e == nil {
		return
	}
	for _, l := range lb.Listeners {
		if l.FrontendPort != t.Port {
			continue
		}
		if slices.ContainsFunc(lb.Backends(l), func(s GroupServer) bool { return s.Instance == e }) {
			b.report(b.warn(path, "%s is a backend of %s: a backend can't call its own load balancer, its connections fail, as in the cloud",
				e.Name, lb.Name).Advise("send from an instance that is no backend"))
			return
		}
	}
}

// listened warns of a target port that no listener of the load balancer behind it has.
func (b *builder) listened(path string, t scenarios.Target) {
	lbs := []*LoadBalancer{}
	if e := b.cloud.Endpoint(t.Host); e != nil && e.Service != nil {
		for _, r := range e.Service.Resources {
			lbs = append(lbs, r.LoadBalancer)
		}
	} else if lb := b.cloud.LoadBalancer(t.Host); lb != nil {
		lbs = append(lbs, lb)
	}
	var ports []string
	for _, lb := range lbs {
		if lb == nil {
			return
		}
		for _, l := range lb.Listeners {
			if l.FrontendPort == t.Port || l.FrontendPort == 0 {
				return
			}
			if port := fmt.Sprint(l.FrontendPort); !slices.Contains(ports, port) {
				ports = append(ports, port)
			}
		}
	}
	if len(ports) > 0 {
		b.report(b.warn(path, "nothing listens on port %d of %s", t.Port, t.Host).Advise("listeners: %s", strings.Join(ports, ", ")))
	}
}
