package verb

import (
	"fmt"
	"slices"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// add registers a backend.
type add struct{ scenarios.ServerWeight }

var _ = register("add", func(e scenarios.Entry) Verb {
	if e.Add == nil {
		return nil
	}
	return add{*e.Add}
})

// Check wants an instance of the load balancer's VPC that is not among its servers.
func (v add) Check(c *cloud.Checker, at Line) {
	path := at.Path + ".add.server"
	lb, in, servers := group(c, path, v.Server)
	if lb == nil || in == nil {
		return
	}
	there := slices.ContainsFunc(servers, func(s cloud.Server) bool { return s.Instance == in })
	if there && !v.removedBefore(c, at.Entry) {
		c.Report(c.Errorf(path+".instance", "%s is a backend of %s already: nothing would change", in.Name, lb.Name).
			Advise("remove it earlier, or set its weight"))
		return
	}
	if v.Server.ServerGroup != "" {
		c.Report(c.Errorf(path+".server_group", "a backend that is added to a server group needs a port, which add does not have").
			Advise("add it to the default server group"))
		return
	}
	c.OwnVPC(path+".instance", in, lb)
}

// removedBefore says whether a line of the timeline has removed the backend by then.
func (v add) removedBefore(c *cloud.Checker, then scenarios.Entry) bool {
	return slices.ContainsFunc(c.Scenario().Timeline, func(e scenarios.Entry) bool {
		return e.Remove != nil && e.Remove.Server == v.Server && e.At < then.At
	})
}

func (v add) Describe() string {
	return fmt.Sprintf("add %s with weight %d", called(v.Server), v.Weight)
}

func (v add) Inject(Place) []Act {
	return []Act{Call{control.AddServer{Server: backend(v.Server), Weight: v.Weight}}}
}

func (v add) Heal(Place, []control.Result) []Act {
	return []Act{Call{control.RemoveServer{Server: backend(v.Server)}}}
}

func (v add) Effect(Place, []control.Result) event.Effect {
	return event.Effect{Does: fmt.Sprintf("%s added to %s", v.Server.Instance, v.Server.LoadBalancer)}
}

func (add) Reaction(*cloud.Cloud) Reaction { return Reaction{} }
