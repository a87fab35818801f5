package cloud

import (
	"fmt"
	"strings"

	"netlab/scenarios"
)

// servers resolves the default server group.
func (b *builder) servers(path string, in scenarios.LoadBalancer, lb *LoadBalancer) {
	if n := len(in.Servers); n > maxServers {
		b.report(b.errorf(path, "%d backends are too many", n).Advise("at most %d", maxServers))
	}
	uses := false // some listener uses this group
	for _, l := range in.Listeners {
		uses = uses || l.ServerGroup == "" && l.MasterSlaveServerGroup == ""
	}
	if len(in.Servers) == 0 && uses && !b.s.Source.Failed(path) {
		b.report(b.warn(strings.TrimSuffix(path, ".servers"), "load balancer %s has no backend", in.Name).Advise("add some under servers"))
	}
	seen := map[*Instance]bool{}
	for i, s := range in.Servers {
		at := fmt.Sprintf("%s[%d].instance", path, i)
		e := find[Instance](b, at, s.Instance, anInstance)
		if e == nil {
			continue
		}
		if seen[e] {
			b.report(b.errorf(at, "%s is a backend already", e.Name).Advise("keep one, or raise its weight"))
			continue
		}
		seen[e] = true
		if b.ownVPC(at, e, in, lb) {
			for _, l := range lb.Listeners {
				if l.Group == nil {
					b.listens(at, e, l.Protocol, l.BackendPort)
				}
			}
			lb.Servers = append(lb.Servers, Server{Instance: e, Weight: s.Weight})
		}
	}
}

// serverGroups resolves the vServer and the primary/secondary groups.
func (b *builder) serverGroups(path string, in scenarios.LoadBalancer, lb *LoadBalancer) {
	for i, g := range in.ServerGroups {
		at, out := fmt.Sprintf("%s.server_groups[%d].servers", path, i), lb.Groups[i]
		if n := len(g.Servers); n > maxServers {
			b.report(b.errorf(at, "%d backends are too many", n).Advise("at most %d", maxServers))
		}
		for j, s := range g.Servers {
			b.groupServer(fmt.Sprintf("%s[%d]", at, j), out, s, in, lb)
		}
	}
	for i, g := range in.MasterSlaveServerGroups {
		at, out := fmt.Sprintf("%s.master_slave_server_groups[%d].servers", path, i), lb.Groups[len(in.ServerGroups)+i]
		types := map[string]bool{}
		for j, s := range g.Servers {
			types[s.ServerType] = true
			b.groupServer(fmt.Sprintf("%s[%d]", at, j), out, scenarios.GroupServer{Instance: s.Instance, Port: s.Port, Weight: s.Weight}, in, lb)
		}
		if len(g.Servers) == 2 && len(types) == 1 && !types[""] {
			b.report(b.errorf(at+"[1].server_type", "group %s needs one Master and one Slave", g.Name).
				Advise("Master is the primary, Slave the secondary"))
		}
		if len(g.Servers) == 2 && g.Servers[0].ServerType == "Slave" && len(out.Servers) == 2 {
			out.Servers[0], out.Servers[1] = out.Servers[1], out.Servers[0]
		}
	}
}

func (b *builder) groupServer(path string, g *ServerGroup, s scenarios.GroupServer, in scenarios.LoadBalancer, lb *LoadBalancer) {
	e := find[Instance](b, path+".instance", s.Instance, anInstance)
	if e == nil || !b.ownVPC(path+".instance", e, in, lb) {
		return
	}
	for _, other := range g.Servers {
		if other.Instance == e && (other.Port == s.Port || g.PrimarySecondary) {
			b.report(b.errorf(path+".instance", "%s is in group %s already", e.Name, g.Name).
				Advise("choose another instance, or in a vServer group another port"))
			return
		}
	}
	for _, l := range lb.Listeners {
		if l.Group == g {
			b.listens(path+".port", e, l.Protocol, s.Port)
		}
	}
	g.Servers = append(g.Servers, GroupServer{Server: Server{Instance: e, Weight: s.Weight}, Port: s.Port})
}

// ownVPC reports a backend of another VPC than the load balancer's (documented: a CLB in a VPC
// takes backends of the same VPC only).
func (b *builder) ownVPC(path string, e *Instance, in scenarios.LoadBalancer, lb *LoadBalancer) bool {
	v := e.vpc()
	if v == nil || lb.VSwitch == nil || v == lb.VSwitch.VPC {
		return true
	}
	d := b.errorf(path, "backend %s is in %s, the load balancer in %s: a CLB takes backends of its own VPC only", e.Name, v.Name,
		lb.VSwitch.VPC.Name)
	if other := b.otherBackend(in, lb); other != "" {
		d = d.Instead(other)
	} else {
		d = d.Advise("choose an instance of %s", lb.VSwitch.VPC.Name)
	}
	b.report(d)
	return false
}

// otherBackend is an instance of the load balancer's VPC that is not among its servers yet. An
// instance whose name is a duplicate counts under the name that is suggested for it.
func (b *builder) otherBackend(in scenarios.LoadBalancer, lb *LoadBalancer) string {
	asked := map[*Instance]bool{}
	for _, s := range in.Servers {
		e, _ := b.named[s.Instance].what.(*Instance)
		asked[e] = true
	}
	if b.guesses += len(b.kinds[anInstance]); b.guesses > maxGuesses {
		return ""
	}
	for _, name := range b.kinds[anInstance] {
		if e, ok := b.named[name].what.(*Instance); ok && !asked[e] && e.vpc() == lb.VSwitch.VPC {
			return name
		}
	}
	return ""
}

// listens warns of a backend that answers nothing on a listener's backend port.
func (b *builder) listens(path string, e *Instance, protocol string, port uint16) {
	if port == 0 || b.s.Source.Failed("services") || b.s.Source.Failed(b.named[e.Name].path+".run") {
		return
	}
	if len(e.Run) == 0 {
		b.report(b.warn(path, "backend %s runs no service: its health check will fail", e.Name).Advise("add run: […] to the instance"))
		return
	}
	for _, name := range e.Run {
		if i, ok := b.services[name]; !ok || b.s.Services[i].Answers(protocol == "udp", port) {
			return
		}
	}
	b.report(b.warn(path, "backend %s runs nothing on %s port %d: its health check will fail", e.Name, protocol, port).
		Advise("match the service's port and the listener's"))
}
