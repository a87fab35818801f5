package lab

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

// A clbNode is the load balancer's cluster in one zone, here one host. It checks every backend
// on its own and fills its slot tables with those that it finds normal.
type clbNode struct {
	balancer *loadBalancer
	zone     cloud.Zone
	host     *host

	mu      sync.Mutex
	power   context.Context // ends when the node goes off; nil while it is off
	off     context.CancelFunc
	checks  map[checkKey]*backendCheck
	changed chan struct{} // closed and renewed whenever a status changes
}

// A checkKey tells checks apart: a listener checks a backend on its own account.
type checkKey struct {
	protocol string
	frontend uint16
	backend  netip.AddrPort
}

func keyOf(l cloud.Listener, m member) checkKey {
	return checkKey{l.Protocol, l.FrontendPort, m.address()}
}

func newNode(b *loadBalancer, zone cloud.Zone) *clbNode {
	return &clbNode{balancer: b, zone: zone, host: b.lab.hosts[b.spec.Name+"."+zone.Short()], changed: make(chan struct{})}
}

// powerOn starts the node's health checks, every backend unavailable until its check finished.
func (n *clbNode) powerOn() error {
	n.mu.Lock()
	n.power, n.off = context.WithCancel(n.balancer.ctx)
	n.checks = map[checkKey]*backendCheck{}
	n.mu.Unlock()
	return n.sync()
}

// powerOff ends the node's checks, as when its cluster loses power. What it forwards is stopped
// by cutting its links.
func (n *clbNode) powerOff() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.power != nil {
		n.off()
		n.power = nil
	}
}

// sync brings the node's checks and slot tables in line with the load balancer's pools. A node
// that is off catches up when it comes on.
func (n *clbNode) sync() error {
	n.mu.Lock()
	if n.power == nil {
		n.mu.Unlock()
		return nil
	}
	now := n.balancer.lab.clock.now()
	wanted := map[checkKey]bool{}
	for _, p := range n.balancer.current() {
		for i, m := range p.members {
			if m.standby {
				continue
			}
			key := keyOf(p.listener, m)
			wanted[key] = true
			if n.checks[key] == nil {
				n.startCheck(key, newBackendCheck(n, p, i, now))
			}
			n.checks[key].setWeight(now, m.weight)
		}
	}
	var gone []*backendCheck
	for key, c := range n.checks {
		if !wanted[key] {
			gone = append(gone, c)
			delete(n.checks, key)
		}
	}
	n.mu.Unlock()

	if err := n.fillSlots(); err != nil {
		return err
	}
	for _, c := range gone {
		c.stop()
		if err := n.release(c); err != nil {
			return err
		}
	}
	return nil
}

// startCheck is called with mu held.
func (n *clbNode) startCheck(key checkKey, c *backendCheck) {
	n.checks[key] = c
	ctx, stop := context.WithCancel(n.power)
	c.stop = stop
	n.balancer.run.Go(func() {
		if err := c.watch(ctx); err != nil {
			n.balancer.lab.fail(err)
		}
	})
}

// release ends the connections to a backend that takes no new ones any more: at once, or, with
// connection drain, when its timeout is over and the backend has not come back. Without this a
// flow to a dead backend stays pinned to it by its conntrack entry.
func (n *clbNode) release(c *backendCheck) error {
	drain := time.Duration(float64(c.listener.ConnectionDrainTimeout) / n.balancer.lab.cloud.TimeScale)
	if drain == 0 {
		return n.disconnect(c)
	}
	n.mu.Lock()
	power := n.power
	n.mu.Unlock()
	if power == nil {
		return nil
	}
	n.balancer.run.Go(func() {
		select {
		case <-power.Done():
		case <-time.After(drain):
			if n.takes(c) {
				return
			}
			if err := n.disconnect(c); err != nil {
				n.balancer.lab.fail(err)
			}
		}
	})
	return nil
}

func (n *clbNode) disconnect(c *backendCheck) error {
	if _, err := n.host.clb.EndConnections(c.listener, c.member.address()); err != nil {
		return fmt.Errorf("load balancer %s in %s: %w", n.balancer.spec.Name, n.zone, err)
	}
	return nil
}

// takes says whether the node gives a check's backend new connections.
func (n *clbNode) takes(c *backendCheck) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.checks[keyOf(c.listener, c.member)]
	return now != nil && now.status == control.Normal
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
	return n.power != nil
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
	for _, p := range n.balancer.current() {
		names := make([]string, len(p.members))
		weights := make([]int, len(p.members))
		var serving []string
		for i, m := range p.members {
			names[i] = m.instance.Name
			if n.serves(p, i) {
				weights[i] = m.weight
				serving = append(serving, m.instance.Name)
			}
		}
		table, err := control.Slots(p.listener.Scheduler, names, weights, n.balancer.lab.seed)
		if err != nil {
			return fmt.Errorf("load balancer %s: %w", n.balancer.spec.Name, err)
		}
		slots := make([]netip.AddrPort, len(table))
		for i, at := range table {
			slots[i] = p.members[at].address()
		}
		if err := n.host.clb.SetSlots(p.listener, slots); err != nil {
			return fmt.Errorf("load balancer %s in %s: %w", n.balancer.spec.Name, n.zone, err)
		}
		n.balancer.lab.say(event.Event{Kind: event.Slots, Subject: n.balancer.spec.Name, Zone: string(n.zone), Text: strings.Join(serving, " ")})
	}
	return nil
}

// serves says whether a pool's member takes new connections; mu is held.
func (n *clbNode) serves(p pool, i int) bool {
	m := p.members[i]
	if m.standby {
		return !n.serves(p, 0)
	}
	c := n.checks[keyOf(p.listener, m)]
	return c != nil && c.status == control.Normal && m.weight > 0
}
