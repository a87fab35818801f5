package lab

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A loadBalancer is a CLB that runs: a node in each of its zones, the health checks of each node,
// and the monitor that decides which node serves.
type loadBalancer struct {
	lab   *Lab
	spec  *cloud.LoadBalancer
	nodes []*clbNode // the primary first

	run     sync.WaitGroup
	ctx     context.Context
	end     context.CancelFunc
	created bool

	mu    sync.Mutex
	serve cloud.Zone
	pools []pool // one a listener
}

func newLoadBalancer(l *Lab, spec *cloud.LoadBalancer) *loadBalancer {
	b := &loadBalancer{lab: l, spec: spec, pools: newPools(spec)}
	b.ctx, b.end = context.WithCancel(context.Background())
	for _, z := range spec.Zones() {
		b.nodes = append(b.nodes, newNode(b, z))
	}
	return b
}

// create gives the load balancer its address, its listeners and its backends, and returns once
// every health check of both zones has finished.
func (b *loadBalancer) create(ctx context.Context) error {
	if b.created {
		return fmt.Errorf("create load balancer %s: it exists already", b.spec.Name)
	}
	b.created = true
	if err := b.serveFrom(b.spec.MasterZone); err != nil {
		return err
	}
	for _, n := range b.nodes {
		for _, listener := range b.spec.Listeners {
			if err := n.host.clb.AddListener(b.scaled(listener)); err != nil {
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

// scaled is a listener with its times on the scenario's scale. (Health checks and connection drain
// are run by the lab, which scales them itself.)
func (b *loadBalancer) scaled(l cloud.Listener) cloud.Listener {
	scale := b.lab.cloud.TimeScale
	divide := func(d time.Duration) time.Duration { return time.Duration(float64(d) / scale) }
	l.EstablishedTimeout = divide(l.EstablishedTimeout)
	if l.PersistenceTimeout > 0 {
		l.PersistenceTimeout = max(divide(l.PersistenceTimeout), time.Millisecond) // 0 is off
	}
	return l
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
	i := slices.IndexFunc(b.nodes, func(n *clbNode) bool { return n.zone == zone })
	return b.nodes[i]
}

func (b *loadBalancer) stop() {
	b.end()
	for _, n := range b.nodes {
		n.powerOff()
	}
	b.run.Wait()
}
