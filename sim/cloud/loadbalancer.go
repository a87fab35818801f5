package cloud

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"netlab/scenarios"
)

// Documented quotas of one load balancer ("CLB limits").
const (
	maxListeners = 50
	maxServers   = 200
)

func (b *builder) loadBalancers() {
	for i, in := range b.s.Cloud.LoadBalancers {
		path := fmt.Sprintf("cloud.load_balancers[%d]", i)
		lb := b.cloud.LoadBalancers[i]
		lb.Title, lb.VSwitch = in.LoadBalancerName, find[VSwitch](b, path+".vswitch", in.VSwitch, aVSwitch)
		b.loadBalancerName(path+".load_balancer_name", lb)
		lb.Spec = b.spec(path+".load_balancer_spec", in.Spec)
		if in.AddressType == "internet" {
			b.report(b.errorf(path+".address_type", "an Internet-facing load balancer is not emulated yet").Instead("intranet"))
		}
		b.address(path+".address", in.Name, in.Address, lb.VSwitch, func(a netip.Addr) { lb.Address = a })
		b.lbZones(path, in, lb)
		b.listeners(path, in, lb)
		b.servers(path+".servers", in, lb)
	}
}

var (
	consoleName = regexp.MustCompile(`^[A-Za-z0-9/._-]*$`)
	firstLetter = regexp.MustCompile(`^[A-Za-z]`)
)

// loadBalancerName follows the rule of the console and warns of what the API refuses: a slash,
// and a first character that is no letter.
func (b *builder) loadBalancerName(path string, lb *LoadBalancer) {
	switch {
	case lb.Title == "":
		lb.Title = lb.Name
	case !consoleName.MatchString(lb.Title):
		b.report(b.errorf(path, "%q is no load balancer name", lb.Title).Advise("use letters, digits and - / . _"))
	case strings.Contains(lb.Title, "/"):
		b.report(b.warn(path, "the console takes a slash in a load balancer's name, the API does not").Instead(strings.ReplaceAll(lb.Title, "/", "-")))
	case !firstLetter.MatchString(lb.Title):
		b.report(b.warn(path, "the API wants a load balancer's name to start with a letter").Instead("clb-" + lb.Title))
	}
}

func (b *builder) spec(path, name string) Spec {
	var names []string
	for _, s := range Specs() {
		if s.Name == name {
			return s
		}
		names = append(names, s.Name)
	}
	if name == "slb.s4.large" || name == "slb.lcu.elastic" {
		b.report(b.errorf(path, "the limits of %s are not documented", name).Advise("one of %s", strings.Join(names, ", ")))
		return Spec{}
	}
	if name != "" {
		b.report(choose(b.errorf(path, "unknown specification %s", name), name, names))
	}
	return Spec{}
}

func (b *builder) lbZones(path string, in scenarios.LoadBalancer, lb *LoadBalancer) {
	lb.MasterZone = b.zone(path+".master_zone", in.MasterZone)
	lb.SlaveZone = b.zone(path+".slave_zone", in.SlaveZone)
	if lb.MasterZone == "" && lb.VSwitch != nil {
		lb.MasterZone = lb.VSwitch.Zone
	}
	if lb.SlaveZone != "" && lb.SlaveZone == lb.MasterZone {
		b.report(b.errorf(path+".slave_zone", "the backup zone is the primary zone %s", lb.MasterZone).
			Advise("name another zone, or leave slave_zone out for a single-zone load balancer"))
	}
}

func (b *builder) listeners(path string, in scenarios.LoadBalancer, lb *LoadBalancer) {
	if n := len(in.Listeners); n > maxListeners {
		b.report(b.errorf(path+".listeners", "%d listeners are too many", n).Advise("at most %d", maxListeners))
	}
	if len(in.Listeners) == 0 && !b.s.Source.Failed(path+".listeners") {
		b.report(b.warn(path, "load balancer %s has no listener: nothing can reach it", in.Name).Advise("add one under listeners"))
	}
	used := map[uint16]string{}
	for i, l := range in.Listeners {
		at := fmt.Sprintf("%s.listeners[%d]", path, i)
		if first := used[l.FrontendPort]; first != "" && l.FrontendPort != 0 {
			line, _ := b.s.Source.At(first)
			b.report(b.errorf(at+".frontend_port", "port %d has a listener already, in line %d", l.FrontendPort, line).Advise("choose another port"))
		}
		used[l.FrontendPort] = at
		lb.Listeners = append(lb.Listeners, listener(l))
	}
}

func listener(l scenarios.Listener) Listener {
	out := Listener{Protocol: l.Protocol, FrontendPort: l.FrontendPort, BackendPort: l.BackendPort, Scheduler: l.Scheduler,
		HealthCheck: HealthCheck{Type: l.HealthCheckType, Port: l.HealthCheckPort, Interval: l.HealthInterval, Timeout: l.HealthTimeout,
			HealthyThreshold: l.HealthyThreshold, UnhealthyThreshold: l.UnhealthyThreshold}}
	if out.HealthCheck.Port == 0 {
		out.HealthCheck.Port = l.BackendPort
	}
	return out
}

func (b *builder) servers(path string, in scenarios.LoadBalancer, lb *LoadBalancer) {
	if n := len(in.Servers); n > maxServers {
		b.report(b.errorf(path, "%d backends are too many", n).Advise("at most %d", maxServers))
	}
	if len(in.Servers) == 0 && len(in.Listeners) > 0 && !b.s.Source.Failed(path) {
		b.report(b.warn(strings.TrimSuffix(path, ".servers"), "load balancer %s has no backend", in.Name).Advise("add some under servers"))
	}
	seen := map[*Instance]bool{}
	for i, s := range in.Servers {
		at := fmt.Sprintf("%s[%d].instance", path, i)
		e := find[Instance](b, at, s.Instance, anInstance)
		switch {
		case e == nil:
			continue
		case seen[e]:
			b.report(b.errorf(at, "%s is a backend already", e.Name).Advise("keep one, or raise its weight"))
			continue
		}
		seen[e] = true
		if v := e.vpc(); v != nil && lb.VSwitch != nil && v != lb.VSwitch.VPC {
			d := b.errorf(at, "backend %s is in %s, the load balancer in %s: a CLB takes backends of its own VPC only", e.Name, v.Name, lb.VSwitch.VPC.Name)
			if other := b.otherBackend(in, lb); other != "" {
				d = d.Instead(other)
			} else {
				d = d.Advise("choose an instance of %s", lb.VSwitch.VPC.Name)
			}
			b.report(d)
			continue
		}
		b.listens(at, e, lb)
		lb.Servers = append(lb.Servers, Server{Instance: e, Weight: s.Weight})
	}
}

// otherBackend is an instance of the load balancer's VPC that is not among its servers yet. An
// instance whose name is a duplicate counts under the name that is suggested for it.
func (b *builder) otherBackend(in scenarios.LoadBalancer, lb *LoadBalancer) string {
	asked := map[*Instance]bool{}
	for _, s := range in.Servers {
		e, _ := b.named[s.Instance].what.(*Instance)
		asked[e] = true
	}
	for _, name := range b.names {
		if e, ok := b.named[name].what.(*Instance); ok && !asked[e] && e.vpc() == lb.VSwitch.VPC {
			return name
		}
	}
	return ""
}

// listens warns of a backend that answers on none of the listeners' backend ports.
func (b *builder) listens(path string, e *Instance, lb *LoadBalancer) {
	if b.s.Source.Failed("services") || b.s.Source.Failed(b.named[e.Name].path+".run") {
		return
	}
	if len(e.Run) == 0 {
		b.report(b.warn(path, "backend %s runs no service: its health check will fail", e.Name).Advise("add run: […] to the instance"))
		return
	}
	for _, name := range e.Run {
		for _, s := range b.s.Services {
			if s.Name != name {
				continue
			}
			if s.HTTP == nil {
				return // any program: nobody can tell its ports
			}
			for _, l := range lb.Listeners {
				if l.BackendPort == s.HTTP.Port || l.BackendPort == 0 {
					return
				}
			}
		}
	}
	if len(lb.Listeners) > 0 {
		b.report(b.warn(path, "backend %s runs nothing on port %d: its health check will fail", e.Name, lb.Listeners[0].BackendPort).
			Advise("match the service's port and the listener's backend_port"))
	}
}
