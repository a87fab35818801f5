package control

import (
	"time"

	"netlab/sim/cloud"
)

// A NodeChange is a node's change of status as the monitor sees it.
type NodeChange struct {
	At       time.Duration
	Zone     cloud.Zone
	From, To cloud.NodeStatus
}

// A Decision is what the monitor concludes at one instant: the zone that serves the load balancer
// from now on, and the nodes that it has just found down or up again.
type Decision struct {
	At          time.Duration
	From, Serve cloud.Zone // equal when the traffic stays
	Nodes       []NodeChange
}

// Moved reports whether the traffic moves to another zone.
func (d Decision) Moved() bool { return d.From != d.Serve }

// Failover is the monitor of one load balancer. It decides which of its two zones serves.
//
// Traffic moves only when the whole primary cluster is unavailable, after about 30 s, and comes
// back by itself; nobody can move it by hand (documented: SLB "High availability", "regions that
// support CLB"). How the cloud watches its clusters is unknown. Here every node is sent heartbeats
// from the backup zone's fabric, and
//
//   - a node that is silent for FailoverTime is down, and up again with its first answer;
//   - traffic leaves the serving node when that node is silent for FailoverTime while the other
//     one answers. Silence counts from the other node's first answer on, for a monitor that hears
//     nobody may itself be cut off;
//   - traffic returns to the primary when that answers steadily for FailbackTime and is ready: its
//     own health checks have finished, so that it has backends to send traffic to;
//   - traffic never moves to a node that does not answer, and never leaves a single-zone CLB's node.
type Failover struct {
	failover, failback, heartbeat time.Duration

	nodes []*node // the primary first
	serve *node
	now   time.Duration
}

type node struct {
	zone   cloud.Zone
	status cloud.NodeStatus
	last   time.Duration // the last answer
	since  time.Duration // the first answer of the present unbroken run
	ready  bool
}

// missedHeartbeats is how many heartbeats may go missing before answers no longer count as steady:
// one lost packet must not postpone a failback, nor a failover (unknown; netlab's choice).
const missedHeartbeats = 3

// NewFailover starts the monitor of a load balancer that is up and served by its primary zone at
// the given time.
func NewFailover(at time.Duration, lb *cloud.LoadBalancer, profile cloud.Profile) *Failover {
	f := &Failover{
		failover:  profile.FailoverTime,
		failback:  profile.FailbackTime,
		heartbeat: profile.FailoverTime / 30,
		now:       at,
	}
	for _, zone := range lb.Zones() {
		f.nodes = append(f.nodes, &node{zone: zone, status: cloud.Up, last: at, since: at})
	}
	f.serve = f.nodes[0]
	return f
}

// Heartbeat is the time from one heartbeat to the next, and how long its answer may take: a 30th of
// FailoverTime, so that a cluster's death is found within FailoverTime and at most one heartbeat
// earlier.
func (f *Failover) Heartbeat() time.Duration { return f.heartbeat }

// Serve is the zone that serves now.
func (f *Failover) Serve() cloud.Zone { return f.serve.zone }

// Observe takes the result of a heartbeat: whether the zone's node answered at that time, and
// whether it is ready to serve.
func (f *Failover) Observe(at time.Duration, zone cloud.Zone, alive, ready bool) Decision {
	f.now = max(f.now, at)
	var nodes []NodeChange
	for _, n := range f.nodes {
		if n.zone != zone {
			continue
		}
		n.ready = alive && ready
		if !alive {
			break
		}
		if f.now-n.last > f.patience() {
			n.since = f.now
		}
		n.last = f.now
		if n.status == cloud.Down {
			n.status = cloud.Up
			nodes = append(nodes, NodeChange{At: f.now, Zone: zone, From: cloud.Down, To: cloud.Up})
		}
	}
	d := f.decide()
	d.Nodes = append(nodes, d.Nodes...)
	return d
}

// Tick lets time pass without a heartbeat's result.
func (f *Failover) Tick(at time.Duration) Decision {
	f.now = max(f.now, at)
	return f.decide()
}

// Next is the earliest time at which Tick can find something new; ok is false when only a
// heartbeat's result can.
func (f *Failover) Next() (at time.Duration, ok bool) {
	consider := func(t time.Duration) {
		if t > f.now && (!ok || t < at) {
			at, ok = t, true
		}
	}
	for _, n := range f.nodes {
		if n.status == cloud.Up {
			consider(n.last + f.failover)
		}
		if n != f.serve {
			consider(max(f.serve.last, n.since) + f.failover)
		}
		if n != f.serve && n == f.nodes[0] {
			consider(n.since + f.failback)
		}
	}
	return at, ok
}

func (f *Failover) decide() Decision {
	d := Decision{At: f.now, From: f.serve.zone}
	for _, n := range f.nodes {
		if n.status == cloud.Up && f.now-n.last >= f.failover {
			n.status = cloud.Down
			d.Nodes = append(d.Nodes, NodeChange{At: f.now, Zone: n.zone, From: cloud.Up, To: cloud.Down})
		}
	}
	for _, n := range f.nodes {
		if n != f.serve && f.answers(n) && (f.lost(n) || f.recovered(n)) {
			f.serve = n
			break
		}
	}
	d.Serve = f.serve.zone
	return d
}

// answers reports whether the node's run of answers is unbroken until now.
func (f *Failover) answers(n *node) bool { return f.now-n.last <= f.patience() }

// lost reports whether the serving node has been silent for FailoverTime while other answered.
func (f *Failover) lost(other *node) bool {
	return f.now-max(f.serve.last, other.since) >= f.failover
}

// recovered reports whether n is the primary and fit to take its traffic back.
func (f *Failover) recovered(n *node) bool {
	return n == f.nodes[0] && n.ready && f.now-n.since >= f.failback
}

func (f *Failover) patience() time.Duration { return missedHeartbeats * f.heartbeat }
