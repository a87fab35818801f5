package netlab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// A backendCheck is one node's health check of one backend for one listener.
type backendCheck struct {
	node     *clbNode
	listener cloud.Listener
	index    int // of the server in its group
	server   cloud.Server
	machine  *control.Health      // owned by watch
	status   control.HealthStatus // guarded by node.mu
}

// newBackendCheck spreads the first probes of a node's checks over one interval.
func newBackendCheck(n *clbNode, listener cloud.Listener, index int, server cloud.Server, now time.Duration) *backendCheck {
	scale := n.balancer.lab.cloud.TimeScale
	interval := time.Duration(float64(listener.HealthCheck.Interval) / scale)
	first := now + interval*time.Duration(index)/time.Duration(len(n.balancer.spec.Servers))
	c := &backendCheck{node: n, listener: listener, index: index, server: server,
		machine: control.NewHealth(listener.HealthCheck, scale, first)}
	c.machine.SetWeight(now, server.Weight)
	c.status = c.machine.Status()
	return c
}

// watch probes until ctx ends.
func (c *backendCheck) watch(ctx context.Context) error {
	clock := c.node.balancer.lab.clock
	for {
		timer := time.NewTimer(c.machine.NextProbe() - clock.now())
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		err := c.probe(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if change, ok := c.machine.Observe(clock.now(), err == nil); ok {
			if err := c.apply(change, err); err != nil {
				return err
			}
		}
	}
}

// apply makes a change of status count: first in the slot table, then in the record.
func (c *backendCheck) apply(change control.HealthChange, cause error) error {
	n := c.node
	n.mu.Lock()
	c.status = change.To
	n.mu.Unlock()
	if err := n.fillSlots(); err != nil {
		return err
	}
	e := event.Event{At: n.balancer.lab.clock.stamp(change.At), Kind: event.Health, Subject: c.server.Instance.Name,
		Zone: string(n.zone), From: string(change.From), To: string(change.To)}
	if cause != nil {
		e.Text = cause.Error()
	}
	n.balancer.lab.say(e)
	if change.To == control.Abnormal {
		// Without this a flow to a dead backend stays pinned to it by its conntrack entry.
		if _, err := n.host.clb.BackendDown(c.server.Instance.PrivateIP); err != nil {
			return fmt.Errorf("load balancer %s in %s: %w", n.balancer.spec.Name, n.zone, err)
		}
	}
	n.mu.Lock()
	close(n.changed)
	n.changed = make(chan struct{})
	n.mu.Unlock()
	return nil
}

// probe is a TCP health check as the cloud sends it: SYN, SYN+ACK, ACK, RST, from the node's
// address in 100.64.0.0/10 (documented: SLB "Health check overview").
func (c *backendCheck) probe(ctx context.Context) error {
	target := netip.AddrPortFrom(c.server.Instance.PrivateIP, c.listener.HealthCheck.Port)
	dialer := net.Dialer{
		Timeout:   c.machine.Timeout(),
		LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(c.node.host.spec.CLB.Probe, 0)),
	}
	return c.node.host.ns.Do(func() error {
		conn, err := dialer.DialContext(ctx, "tcp4", target.String())
		if err != nil {
			return err
		}
		if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
			conn.Close()
			return err
		}
		return conn.Close()
	})
}
