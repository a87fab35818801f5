package lab

import (
	"fmt"
	"net"
	"sync"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

// A pinger sends the heartbeats of all load balancers that are watched from one zone's fabric, by
// ICMP echo, and feeds the answers to the control plane.
type pinger struct {
	conn net.PacketConn

	mu   sync.Mutex
	seq  uint16
	sent [1 << 16]uint64 // the heartbeat that has a sequence number; 0: none
}

// beat sends a heartbeat. It fails where the network is down, and that is what a heartbeat is
// there to find: the missing answer says it.
func (l *Lab) beat(b control.Heartbeat) error {
	p, err := l.pinger(b.Home)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.seq++
	seq := p.seq
	p.sent[seq] = b.ID
	p.mu.Unlock()
	echo := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: 1, Seq: int(seq)}}
	packet, err := echo.Marshal(nil)
	if err != nil {
		panic(err) // a message of constant shape
	}
	p.conn.WriteTo(packet, &net.IPAddr{IP: l.hosts[nodeHost(b.Node)].spec.CLB.Probe.AsSlice()})
	return nil
}

// pinger is the zone's, which is made with its first heartbeat.
func (l *Lab) pinger(zone cloud.Zone) (*pinger, error) {
	if p := l.pingers[zone]; p != nil {
		return p, nil
	}
	home := l.hosts["fabric."+zone.Short()]
	p := &pinger{}
	err := home.ns.Do(func() (err error) {
		p.conn, err = net.ListenPacket("ip4:icmp", home.spec.Addresses[0].String())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("watch load balancers from %s: %w", home.spec.Name, err)
	}
	l.pingers[zone] = p
	l.probes.Go(func() { p.read(func(beat uint64) { l.control.Feed(control.Echo{ID: beat}) }) })
	return p, nil
}

func (p *pinger) read(answered func(beat uint64)) {
	buffer := make([]byte, 1500)
	for {
		n, _, err := p.conn.ReadFrom(buffer)
		if err != nil {
			return // closed
		}
		message, err := icmp.ParseMessage(1, buffer[:n])
		if err != nil || message.Type != ipv4.ICMPTypeEchoReply {
			continue
		}
		echo, ok := message.Body.(*icmp.Echo)
		if !ok {
			continue
		}
		p.mu.Lock()
		beat := p.sent[uint16(echo.Seq)]
		p.sent[uint16(echo.Seq)] = 0
		p.mu.Unlock()
		if beat != 0 {
			answered(beat)
		}
	}
}
