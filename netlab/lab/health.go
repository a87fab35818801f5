package lab

import (
	"context"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// A backendCheck is one node's health check of one backend for one listener.
type backendCheck struct {
	node     *clbNode
	listener cloud.Listener
	member   member
	stop     context.CancelFunc

	machine *control.Health      // guarded by node.mu
	status  control.HealthStatus // likewise
}

// newBackendCheck spreads the first probes of a pool's checks over one interval.
func newBackendCheck(n *clbNode, p pool, i int, now time.Duration) *backendCheck {
	scale := n.balancer.lab.cloud.TimeScale
	interval := time.Duration(float64(p.listener.HealthCheck.Interval) / scale)
	first := now + interval*time.Duration(i)/time.Duration(len(p.members))
	c := &backendCheck{node: n, listener: p.listener, member: p.members[i],
		machine: control.NewHealth(p.listener.HealthCheck, scale, first)}
	c.setWeight(now, c.member.weight)
	return c
}

// setWeight tells the machine the server's weight; node.mu is held.
func (c *backendCheck) setWeight(now time.Duration, weight int) {
	c.machine.SetWeight(now, weight)
	c.status = c.machine.Status()
}

// watch probes until ctx ends.
func (c *backendCheck) watch(ctx context.Context) error {
	clock := c.node.balancer.lab.clock
	for {
		c.node.mu.Lock()
		next, timeout := c.machine.NextProbe(), c.machine.Timeout()
		c.node.mu.Unlock()
		timer := time.NewTimer(next - clock.now())
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		cause := c.probe(ctx, timeout)
		if ctx.Err() != nil {
			return nil
		}
		c.node.mu.Lock()
		change, changed := c.machine.Observe(clock.now(), cause == nil)
		c.status = c.machine.Status()
		c.node.mu.Unlock()
		if changed {
			if err := c.apply(change, cause); err != nil {
				return err
			}
		}
	}
}

// apply makes a change of status count: first in the slot table, then in the record, so that who
// hears of it finds it in force.
func (c *backendCheck) apply(change control.HealthChange, cause error) error {
	n := c.node
	if err := n.fillSlots(); err != nil {
		return err
	}
	e := event.Event{At: n.balancer.lab.clock.stamp(change.At), Kind: event.Health, Subject: c.member.instance.Name,
		Zone: string(n.zone), From: string(change.From), To: string(change.To)}
	if cause != nil {
		e.Text = cause.Error()
	}
	n.balancer.lab.say(e)
	if change.To == control.Abnormal {
		if err := n.release(c); err != nil {
			return err
		}
	}
	n.mu.Lock()
	close(n.changed)
	n.changed = make(chan struct{})
	n.mu.Unlock()
	return nil
}
