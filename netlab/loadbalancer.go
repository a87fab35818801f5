package netlab

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// A loadBalancer is a CLB that runs: a node in each of its zones, the health checks of each node,
// and the monitor that decides which node serves.
type loadBalancer struct {
	lab   *Lab
	spec  *cloud.LoadBalancer
	nodes []*clbNode // the primary first

	run  sync.WaitGroup
	ctx  context.Context
	end  context.CancelFunc
	done bool // created

	mu    sync.Mutex
	serve cloud.Zone
}

// A clbNode is the load balancer's cluster in one zone, here one host. It checks every backend
// on its own and fills its slot table with those that it finds normal.
type clbNode struct {
	balancer *loadBalancer
	zone     cloud.Zone
	host     *host

	mu      sync.Mutex
	checks  []*backendCheck
	powered context.CancelFunc // stops the checks: the node's power
	changed chan struct{}      // closed and renewed whenever a status changes
}

func (l *Lab) loadBalancer(name string) *cloud.LoadBalancer {
	for _, lb := range l.cloud.LoadBalancers {
		if lb.Name == name {
			return lb
		}
	}
	return nil
}

func newLoadBalancer(l *Lab, spec *cloud.LoadBalancer) *loadBalancer {
	b := &loadBalancer{lab: l, spec: spec}
	b.ctx, b.end = context.WithCancel(context.Background())
	for _, z := range spec.Zones() {
		n := &clbNode{balancer: b, zone: z, host: l.hosts[spec.Name+"."+z.Short()], changed: make(chan struct{})}
		b.nodes = append(b.nodes, n)
	}
	return b
}

// create gives the load balancer its address, its listeners and its backends, and returns once
// every health check of the serving zone has finished.
func (b *loadBalancer) create(ctx context.Context) error {
	if b.done {
		return fmt.Errorf("create load balancer %s: it exists already", b.spec.Name)
	}
	b.done = true
	if err := b.serveFrom(b.spec.MasterZone); err != nil {
		return err
	}
	for _, n := range b.nodes {
		for _, listener := range b.spec.Listeners {
			if err := n.host.clb.AddListener(listener); err != nil {
				return fmt.Errorf("create load balancer %s: %w", b.spec.Name, err)
			}
		}
		if err := n.powerOn(); err != nil {
			return err
		}
	}
	if len(b.nodes) > 1 {
		m, err := newMonitor(b)
		if err != nil {
			return err
		}
		b.run.Go(func() { m.watch(b.ctx) })
	}
	for _, n := range b.nodes {
		if err := n.awaitChecked(ctx); err != nil {
			return fmt.Errorf("create load balancer %s: %w", b.spec.Name, err)
		}
	}
	return nil
}

// serveFrom moves the load balancer's address to the node of a zone.
func (b *loadBalancer) serveFrom(zone cloud.Zone) error {
	began := time.Now()
	for _, r := range b.lab.topology.Steer(b.spec.Name, zone).Routes {
		if err := b.lab.hosts[r.Host].route(r.Route); err != nil {
			return fmt.Errorf("move %s to %s: %w", b.spec.Name, zone, err)
		}
	}
	took := time.Since(began)
	b.mu.Lock()
	from := b.serve
	b.serve = zone
	b.mu.Unlock()
	b.lab.say(event.Event{Kind: event.Route, Subject: b.spec.Name, From: string(from), To: string(zone),
		Value: float64(took) / float64(time.Microsecond)})
	return nil
}

func (b *loadBalancer) node(zone cloud.Zone) *clbNode {
	for _, n := range b.nodes {
		if n.zone == zone {
			return n
		}
	}
	return nil
}

func (b *loadBalancer) stop() {
	b.end()
	for _, n := range b.nodes {
		n.powerOff()
	}
	b.run.Wait()
}

// powerOn starts the node's health checks, every backend unavailable until its check finished.
func (n *clbNode) powerOn() error {
	ctx, cancel := context.WithCancel(n.balancer.ctx)
	n.mu.Lock()
	n.powered = cancel
	n.checks = nil
	lab, now := n.balancer.lab, n.balancer.lab.clock.now()
	for _, listener := range n.balancer.spec.Listeners {
		for i, server := range n.balancer.spec.Servers {
			n.checks = append(n.checks, newBackendCheck(n, listener, i, server, now))
		}
	}
	checks := n.checks
	n.mu.Unlock()
	if err := n.fillSlots(); err != nil {
		return err
	}
	for _, c := range checks {
		n.balancer.run.Go(func() {
			if err := c.watch(ctx); err != nil {
				lab.fail(err)
			}
		})
	}
	return nil
}

// powerOff ends the node's checks, as when its cluster loses power. What it forwards is stopped
// by cutting its links.
func (n *clbNode) powerOff() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.powered != nil {
		n.powered()
		n.powered = nil
	}
}

// ready says whether every check has finished since the node came up.
func (n *clbNode) ready() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.checks {
		if c.status == control.Unavailable {
			return false
		}
	}
	return n.powered != nil
}

func (n *clbNode) awaitChecked(ctx context.Context) error {
	for {
		n.mu.Lock()
		changed := n.changed
		n.mu.Unlock()
		if n.ready() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for the health checks of zone %s: %w", n.zone, ctx.Err())
		}
	}
}

// fillSlots brings the node's slot tables up to date with its checks.
func (n *clbNode) fillSlots() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	spec := n.balancer.spec
	for _, listener := range spec.Listeners {
		names := make([]string, len(spec.Servers))
		weights := make([]int, len(spec.Servers))
		var normal []string
		for i, s := range spec.Servers {
			names[i] = s.Instance.Name
		}
		for _, c := range n.checks {
			if c.listener.FrontendPort == listener.FrontendPort && c.listener.Protocol == listener.Protocol &&
				c.status == control.Normal && c.server.Weight > 0 {
				weights[c.index] = c.server.Weight
				normal = append(normal, c.server.Instance.Name)
			}
		}
		table, err := control.Slots(listener.Scheduler, names, weights, n.balancer.lab.seed)
		if err != nil {
			return fmt.Errorf("load balancer %s: %w", spec.Name, err)
		}
		slots := make([]netip.AddrPort, len(table))
		for i, server := range table {
			slots[i] = netip.AddrPortFrom(spec.Servers[server].Instance.PrivateIP, listener.BackendPort)
		}
		if err := n.host.clb.SetSlots(listener, slots); err != nil {
			return fmt.Errorf("load balancer %s in %s: %w", spec.Name, n.zone, err)
		}
		n.balancer.lab.say(event.Event{Kind: event.Slots, Subject: spec.Name, Zone: string(n.zone), Text: strings.Join(normal, " ")})
	}
	return nil
}
