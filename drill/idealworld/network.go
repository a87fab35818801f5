package idealworld

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"netlab/drill/world"
	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
	"netlab/sim/topology"
)

// execute makes one action of the control plane count at once.
func (w *World) execute(a control.Action) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch a := a.(type) {
	case control.AddListener:
		w.slots[listener{a.Node, a.Listener.ID()}] = nil
	case control.SetSlots:
		w.slots[listener{a.Node, a.Listener}] = a.Slots
	case control.Serve:
		if from := w.serving[a.LoadBalancer]; from != a.From {
			return fmt.Errorf("%s moves from %s, where it is not served: %s serves it", a.LoadBalancer, a.From, from)
		}
		w.serving[a.LoadBalancer] = a.To
		w.sink(event.Event{At: w.Now(), What: event.Route{LoadBalancer: a.LoadBalancer, From: a.From, To: a.To}})
	case control.Probe:
		w.later(w.probe(a))
	case control.Heartbeat:
		if w.linked("fabric."+a.Home.Short(), "fabric."+a.Node.Zone.Short(), nodeHost(a.Node)) {
			w.later(0, control.Echo{ID: a.ID})
		}
	case control.ConnectENI:
		w.enis[a.ENI] = a.LoadBalancer
	case control.DisconnectENI:
		delete(w.enis, a.ENI)
	case control.FilterENI:
		w.filters[a.ENI] = a.Groups
	case control.Publish:
		w.names[a.VPC+"/"+a.Name] = a.Records
	case control.Tell:
		w.sink(event.Event{At: int64(a.At), What: a.What})
	case control.EndConnections, control.LimitENI, control.CutENI, control.FilterInstance:
		// There are no connections here, and instances' groups are judged by the model itself.
	default:
		return fmt.Errorf("the control plane asks for %T, which an ideal world does not know", a)
	}
	return nil
}

func nodeHost(id control.NodeID) string { return id.LoadBalancer + "." + id.Zone.Short() }

// later feeds the control plane an input after a time.
func (w *World) later(d time.Duration, in control.Input) {
	w.waits.Go(func() {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			w.control.Feed(in)
		case <-w.alive.Done():
		}
	})
}

func (w *World) whole(host string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut[host] == 0
}

// linked says whether packets pass along a way of hosts; callers hold mu.
func (w *World) linked(hosts ...string) bool {
	return !slices.ContainsFunc(hosts, func(h string) bool { return w.cut[h] > 0 })
}

// way is linked from a load balancer's node to an instance.
func (w *World) way(node control.NodeID, in *cloud.Instance) bool {
	vpc := in.VSwitch.VPC.Name
	return w.linked(nodeHost(node), vpc+"."+node.Zone.Short(), vpc+"."+in.VSwitch.Zone.Short(), in.Name)
}

var errRefused = errors.New("connection refused")

// probe is how long a health check takes, and its result.
func (w *World) probe(p control.Probe) (time.Duration, control.ProbeResult) {
	in := w.instance(p.Backend.Addr(), p.Node)
	silent := in == nil || !w.way(p.Node, in) || w.hung[in.Name] > 0
	udp := p.Check.Type == "udp"
	switch {
	case silent && udp && p.Check.Response == "": // documented: silence is health
		return p.Timeout, control.ProbeResult{ID: p.ID}
	case silent:
		return p.Timeout, control.ProbeResult{ID: p.ID, Cause: errSilence}
	case w.stopped[in.Name] > 0 || !w.listens(in, udp, p.Backend.Port()):
		return 0, control.ProbeResult{ID: p.ID, Cause: errRefused}
	case udp && p.Check.Response != "" && p.Check.Response != p.Check.Request: // the built-in server echoes
		return 0, control.ProbeResult{ID: p.ID, Cause: errors.New("another answer")}
	}
	return 0, control.ProbeResult{ID: p.ID}
}

// instance is the one that has an address in the load balancer's VPC.
func (w *World) instance(addr netip.Addr, node control.NodeID) *cloud.Instance {
	vpc := w.cloud.LoadBalancer(node.LoadBalancer).VSwitch.VPC
	for _, in := range w.cloud.Instances {
		if in.PrivateIP == addr && in.VSwitch.VPC == vpc {
			return in
		}
	}
	return nil
}

// listens says whether a service of the instance has the port.
func (w *World) listens(in *cloud.Instance, udp bool, port uint16) bool {
	return slices.ContainsFunc(w.scenario.Services, func(s scenarios.Service) bool {
		return slices.Contains(in.Run, s.Name) && s.Answers(udp, port)
	})
}

// Attempt follows the path of a connection to an endpoint's ENI in the client's VPC: nothing else is
// asked for by a drill's proofs but addresses of other VPCs, which share no route.
func (w *World) Attempt(ctx context.Context, a world.Attempt) (event.Reach, error) {
	if w.reaches(w.cloud.Instance(a.From), a.To) {
		return event.Reached, nil
	}
	<-ctx.Done()
	return event.Blocked, nil
}

func (w *World) reaches(from *cloud.Instance, to netip.AddrPort) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ep := range w.cloud.Endpoints {
		for _, z := range ep.Zones {
			if ep.VPC != from.VSwitch.VPC || z.IP != to.Addr() {
				continue
			}
			id := control.ENIID{Endpoint: ep.Name, Zone: z.Zone}
			lb := w.cloud.LoadBalancer(w.enis[id])
			admitted := from.Admits(cloud.Flow{Protocol: "tcp", Peer: z.IP, Port: to.Port()}) &&
				cloud.Admits(w.filters[id], cloud.Flow{Ingress: true, Protocol: "tcp", Peer: from.PrivateIP, Port: to.Port()})
			return lb != nil && admitted && w.linked(from.Name, ep.Name+"."+z.Zone.Short()) && w.served(lb, to.Port())
		}
	}
	return false
}

// served says whether a load balancer has a backend for a TCP port.
func (w *World) served(lb *cloud.LoadBalancer, port uint16) bool {
	node := control.NodeID{LoadBalancer: lb.Name, Zone: w.serving[lb.Name]}
	return w.linked(topology.NodeHost(lb, node.Zone)) && len(w.slots[listener{node, cloud.ListenerID{Protocol: "tcp", Port: port}}]) > 0
}
