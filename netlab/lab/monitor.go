package lab

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// A monitor finds out whether a load balancer's nodes are alive, by ICMP echo from the backup
// zone's fabric, and moves the load balancer's address when its machine says so.
type monitor struct {
	balancer *loadBalancer
	machine  *control.Failover
	conn     net.PacketConn
	answers  chan int // sequence numbers

	pending map[int]heartbeat
	seq     int
}

type heartbeat struct {
	zone cloud.Zone
	sent time.Duration
}

func newMonitor(b *loadBalancer) (*monitor, error) {
	home := b.lab.hosts["fabric."+b.spec.SlaveZone.Short()]
	m := &monitor{balancer: b, answers: make(chan int, 64), pending: map[int]heartbeat{},
		machine: control.NewFailover(b.lab.clock.now(), b.spec, b.lab.cloud.Profile, b.lab.cloud.TimeScale)}
	err := home.ns.Do(func() (err error) {
		m.conn, err = net.ListenPacket("ip4:icmp", home.spec.Addresses[0].String())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("monitor %s from %s: %w", b.spec.Name, home.spec.Name, err)
	}
	return m, nil
}

// watch sends a heartbeat to every node each Heartbeat until ctx ends.
func (m *monitor) watch(ctx context.Context) {
	var reader sync.WaitGroup
	reader.Go(m.read)
	defer reader.Wait()
	defer m.conn.Close()

	clock := m.balancer.lab.clock
	ticker := time.NewTicker(m.machine.Heartbeat())
	defer ticker.Stop()
	deadline := time.NewTimer(0) // of the machine's own next look
	defer deadline.Stop()
	for {
		if next, ok := m.machine.Next(); ok {
			deadline.Reset(next - clock.now())
		}
		select {
		case <-ctx.Done():
			return
		case <-deadline.C:
			m.act(m.machine.Tick(clock.now()))
		case seq := <-m.answers:
			if beat, ok := m.pending[seq]; ok {
				delete(m.pending, seq)
				m.act(m.machine.Observe(clock.now(), beat.zone, true, m.balancer.node(beat.zone).ready()))
			}
		case <-ticker.C:
			m.expire(clock.now())
			for _, n := range m.balancer.nodes {
				m.send(n)
			}
		}
	}
}

// expire counts heartbeats as lost that stayed unanswered for a whole heartbeat.
func (m *monitor) expire(now time.Duration) {
	for seq, beat := range m.pending {
		if now-beat.sent >= m.machine.Heartbeat() {
			delete(m.pending, seq)
			m.act(m.machine.Observe(now, beat.zone, false, false))
		}
	}
}

// send fails where the network is down, and that is what a heartbeat is there to find: the
// missing answer says it.
func (m *monitor) send(n *clbNode) {
	m.seq = (m.seq + 1) & 0xffff
	m.pending[m.seq] = heartbeat{n.zone, m.balancer.lab.clock.now()}
	echo := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: 1, Seq: m.seq}}
	packet, err := echo.Marshal(nil)
	if err != nil {
		panic(err) // a message of constant shape
	}
	m.conn.WriteTo(packet, &net.IPAddr{IP: n.host.spec.CLB.Probe.AsSlice()})
}

func (m *monitor) read() {
	buffer := make([]byte, 1500)
	for {
		n, _, err := m.conn.ReadFrom(buffer)
		if err != nil {
			return // closed
		}
		message, err := icmp.ParseMessage(1, buffer[:n])
		if err != nil || message.Type != ipv4.ICMPTypeEchoReply {
			continue
		}
		if echo, ok := message.Body.(*icmp.Echo); ok {
			select {
			case m.answers <- echo.Seq:
			default: // the watcher is gone
			}
		}
	}
}

func (m *monitor) act(d control.Decision) {
	b := m.balancer
	for _, n := range d.Nodes {
		b.lab.say(event.Event{At: b.lab.clock.stamp(n.At), Kind: event.Node, Subject: b.spec.Name,
			Zone: string(n.Zone), From: string(n.From), To: string(n.To)})
	}
	if d.Moved() {
		if err := b.serveFrom(d.Serve); err != nil {
			b.lab.fail(err)
		}
	}
}
