package lab

import (
	"context"
	"fmt"
	"time"

	"netlab/netlab/dns"
	"netlab/netlab/drive"
	"netlab/netlab/forward"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// startControlPlane starts sim/control's machine on this lab. The lab executes what the machine
// says and feeds it what it finds; it decides nothing.
func (l *Lab) startControlPlane() {
	l.control = drive.New(control.New(l.cloud, l.seed), l.clock.now, l.execute, l.fail)
}

// Call makes an API call of the cloud and returns once it has ended.
func (l *Lab) Call(ctx context.Context, c control.Call) (control.Result, error) {
	return l.control.Call(ctx, c)
}

// Endpoint is an endpoint and its connection as they stand; ok is false before it is created.
func (l *Lab) Endpoint(name string) (control.Endpoint, bool) { return l.control.Endpoint(name) }

// execute makes one action of the control plane real.
func (l *Lab) execute(a control.Action) (err error) {
	switch a := a.(type) {
	case control.AddListener:
		err = l.node(a.Node).AddListener(a.Listener)
	case control.SetSlots:
		err = l.node(a.Node).SetSlots(listener(a.Listener), a.Slots)
	case control.EndConnections:
		_, err = l.node(a.Node).EndConnections(listener(a.Listener), a.Backend)
	case control.Serve:
		err = l.serve(a)
	case control.Probe:
		l.probes.Go(func() { l.control.Feed(control.ProbeResult{ID: a.ID, Cause: l.probe(a)}) })
	case control.Heartbeat:
		err = l.beat(a)
	case control.ConnectENI:
		err = l.eni(a.ENI).eni.Connect(a.LoadBalancer)
	case control.LimitENI:
		err = l.eni(a.ENI).limit(a.Mbps)
	case control.CutENI:
		err = l.eni(a.ENI).eni.Cut(a.LoadBalancer)
	case control.DisconnectENI:
		err = l.eni(a.ENI).eni.Disconnect()
	case control.FilterENI:
		err = l.eni(a.ENI).eni.SetSecurityGroups(a.Groups)
	case control.FilterInstance:
		err = l.hosts[a.Instance].firewall.Set(a.Groups)
	case control.Publish:
		l.publish(a)
	case control.Tell:
		l.sink(event.Event{At: l.clock.stamp(a.At), What: a.What})
	default:
		panic(fmt.Sprintf("lab: the control plane asks for %T, which no kernel has", a))
	}
	if err != nil {
		return fmt.Errorf("execute %T: %w", a, err)
	}
	return nil
}

func listener(id cloud.ListenerID) cloud.Listener {
	return cloud.Listener{Protocol: id.Protocol, FrontendPort: id.Port}
}

func (l *Lab) node(id control.NodeID) *forward.CLB { return l.hosts[nodeHost(id)].clb }

func nodeHost(id control.NodeID) string { return id.LoadBalancer + "." + id.Zone.Short() }

func (l *Lab) eni(id control.ENIID) *host { return l.hosts[id.Endpoint+"."+id.Zone.Short()] }

// serve moves a load balancer's address to the node of a zone: the way back first.
func (l *Lab) serve(a control.Serve) error {
	began := time.Now()
	for _, r := range l.topology.Steer(a.LoadBalancer, a.To).Routes {
		if err := l.hosts[r.Host].route(r.Route); err != nil {
			return fmt.Errorf("move %s to %s: %w", a.LoadBalancer, a.To, err)
		}
	}
	l.say(event.Route{LoadBalancer: a.LoadBalancer, From: a.From, To: a.To,
		TookUS: float64(time.Since(began)) / float64(time.Microsecond)})
	return nil
}

// limit holds an ENI to a bandwidth, each direction apart.
func (h *host) limit(mbps int) error {
	for _, nic := range h.nics {
		if err := nic.Limit(uint64(mbps) * 1_000_000); err != nil {
			return err
		}
	}
	return nil
}

// publish makes a name known in a VPC, or in all of them.
func (l *Lab) publish(p control.Publish) {
	records := make([]dns.Record, len(p.Records))
	for i, r := range p.Records {
		records[i] = dns.Record{Addr: r.Addr, Zone: string(r.Zone)}
	}
	for _, v := range l.cloud.VPCs {
		if p.VPC == "" || p.VPC == v.Name {
			l.zone(v.Name).Set(p.Name, records)
		}
	}
}

// Failed delivers an error that made the running lab stop following its model, if one occurs.
func (l *Lab) Failed() <-chan error { return l.failed }

// fail reports such an error; the first one counts.
func (l *Lab) fail(err error) {
	l.say(event.Failure{Text: err.Error()})
	select {
	case l.failed <- err:
	default:
	}
}
