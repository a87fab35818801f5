package verb

import (
	"fmt"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
)

// A backend is the server that a verb names, for the control plane.
func backend(r scenarios.ServerRef) control.ServerRef {
	return control.ServerRef{LoadBalancer: r.LoadBalancer, Group: r.ServerGroup, Instance: r.Instance}
}

// called is the server as people call it.
func called(r scenarios.ServerRef) string {
	if r.ServerGroup != "" {
		return fmt.Sprintf("%s of %s on %s", r.Instance, r.ServerGroup, r.LoadBalancer)
	}
	return fmt.Sprintf("%s on %s", r.Instance, r.LoadBalancer)
}

// server resolves the backend that a line names, or reports that it is none. One that an entry of
// the timeline adds counts, though it is not there yet.
func server(c *cloud.Checker, path string, ref scenarios.ServerRef) *cloud.Server {
	lb, in, servers := group(c, path, ref)
	if lb == nil || in == nil {
		return nil
	}
	var known []string
	for i := range servers {
		if servers[i].Instance == in {
			return &servers[i]
		}
		known = append(known, servers[i].Instance.Name)
	}
	for _, e := range c.Scenario().Timeline {
		if e.Add != nil && e.Add.Server == ref {
			return nil
		}
	}
	c.Report(c.Choose(c.Errorf(path+".instance", "%s is no backend of %s", in.Name, ref.LoadBalancer), in.Name, known))
	return nil
}

// group resolves a load balancer, an instance and the servers of the group that is meant.
func group(c *cloud.Checker, path string, ref scenarios.ServerRef) (*cloud.LoadBalancer, *cloud.Instance, []cloud.Server) {
	lb := c.LoadBalancer(path+".load_balancer", ref.LoadBalancer)
	in := c.Instance(path+".instance", ref.Instance)
	if lb == nil || ref.ServerGroup == "" {
		if lb == nil {
			return nil, in, nil
		}
		return lb, in, lb.Servers
	}
	g := c.ServerGroup(path+".server_group", ref.ServerGroup, lb)
	if g == nil {
		return nil, in, nil
	}
	if g.PrimarySecondary {
		c.Report(c.Errorf(path+".server_group",
			"the servers of primary/secondary group %s cannot be changed: it is created and deleted as a whole", g.Name).
			Advise("name a vServer group, or let the primary fail"))
		return nil, in, nil
	}
	var servers []cloud.Server
	times := 0
	for _, s := range g.Servers {
		servers = append(servers, s.Server)
		if s.Instance == in {
			times++
		}
	}
	if times > 1 {
		c.Report(c.Errorf(path+".instance", "%s is in group %s with %d ports: which one is meant cannot be said", in.Name, g.Name, times).
			Advise("name an instance that has one port there"))
		return nil, in, nil
	}
	return lb, in, servers
}
