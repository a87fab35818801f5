package control

import "time"

// A beat is a heartbeat on its way.
type beat struct {
	cluster  *cluster
	sent     time.Duration
	answered bool
}

// monitor watches the clusters from now on: every Heartbeat it sends one to each, and counts those
// as lost that stayed unanswered for a whole one.
func (b *balancer) monitor() {
	b.failover = NewFailover(b.m.now, b.spec, b.m.scale.Profile(b.m.cloud.Profile))
	b.pulseAt(b.m.now + b.failover.Heartbeat())
}

func (b *balancer) pulseAt(due time.Duration) {
	b.m.at(due, func() {
		b.expire()
		b.send()
		next := due + b.failover.Heartbeat()
		for next <= b.m.now {
			next += b.failover.Heartbeat() // a world that was late does not catch up
		}
		b.pulseAt(next)
	})
}

func (b *balancer) expire() {
	var open []uint64
	for _, id := range b.beats {
		p := b.m.beats[id]
		if !p.answered && b.m.now-p.sent < b.failover.Heartbeat() {
			open = append(open, id)
			continue
		}
		delete(b.m.beats, id)
		if !p.answered {
			b.decided(b.failover.Observe(b.m.now, p.cluster.id.Zone, false, false))
		}
	}
	b.beats = open
}

func (b *balancer) send() {
	for _, c := range b.clusters {
		id := b.m.id()
		b.m.beats[id] = &beat{cluster: c, sent: b.m.now}
		b.beats = append(b.beats, id)
		b.m.do(Heartbeat{ID: id, Node: c.id, Home: b.spec.SlaveZone})
	}
}

// echoed takes the answer to a heartbeat; one that comes too late says nothing any more.
func (m *Machine) echoed(id uint64) {
	p := m.beats[id]
	if p == nil || p.answered {
		return
	}
	p.answered = true
	b := p.cluster.balancer
	b.decided(b.failover.Observe(m.now, p.cluster.id.Zone, true, p.cluster.ready()))
}
