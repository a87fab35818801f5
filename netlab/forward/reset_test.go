package forward_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"netlab/netlab/forward"
	"netlab/sim/cloud"
)

func TestIdleConnectionsAreResetAtBothEnds(t *testing.T) {
	l := web("wrr")
	b := openLab(t, frankfurt, unlimited, l)
	l.EstablishedTimeout = 2 * time.Second
	must(t, b.clbB.UpdateListener(l))

	busy, _ := b.connect()
	idle, name := b.connect()
	inside, insideName, err := greet(b.ecs4, b.atVIP())
	must(t, err)
	defer inside.Close()

	end := make(chan error, 1)
	go func() { _, err := idle.Read(make([]byte, 1)); end <- err }()
	var idleEnd error
	b.await("the idle connection's end", func() bool {
		must(t, echo(busy, answerTime))
		select {
		case idleEnd = <-end:
			return true
		default:
			return false
		}
	})
	wantReset(t, idleEnd, "client of an idle connection")
	b.servers[name].wantReset(t, idle)
	inside.SetDeadline(time.Now().Add(answerTime))
	_, err = inside.Read(make([]byte, 1))
	wantReset(t, err, "client inside the VPC")
	b.servers[insideName].wantReset(t, inside)

	must(t, echo(busy, answerTime))
	b.await("the idle connections' places", func() bool { return b.places() == 1 })
}

func TestEndConnections(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	open := map[string]net.Conn{}
	for range 2 {
		c, name := b.connect()
		open[name] = c
	}
	b.setSlots(b.backend3Slot)
	must(t, echo(open["ecs2"], answerTime)) // the drain: open connections stay
	n, err := b.clbB.EndConnections(b.listener, b.backend2Slot)
	must(t, err)
	if n != 1 {
		t.Errorf("ended %d connections, want 1", n)
	}
	// Both ends learn it without sending anything.
	open["ecs2"].SetDeadline(time.Now().Add(answerTime))
	_, err = open["ecs2"].Read(make([]byte, 1))
	wantReset(t, err, "client")
	b.servers["ecs2"].wantReset(t, open["ecs2"])
	must(t, echo(open["ecs3"], answerTime))
	if p := b.places(); p != 1 {
		t.Errorf("%d connections hold a place, want 1", p)
	}
	for _, none := range []struct {
		listener cloud.Listener
		backend  netip.AddrPort
	}{{b.listener, b.backend2Slot}, {cloud.Listener{Protocol: "udp", FrontendPort: 80}, b.backend3Slot}} {
		if n, err := b.clbB.EndConnections(none.listener, none.backend); n != 0 || err != nil {
			t.Errorf("nothing to end: %d, %v", n, err)
		}
	}
}

func TestTakeover(t *testing.T) {
	for mode, check := range map[forward.Takeover]func(*testing.T, *lab, net.Conn, string){
		forward.Preserve: func(t *testing.T, b *lab, c net.Conn, _ string) {
			must(t, echo(c, answerTime))
		},
		forward.Reset: func(t *testing.T, b *lab, c net.Conn, name string) {
			wantReset(t, echo(c, answerTime), "client")
			must(t, b.servers[name].say("are you there?"))
			b.servers[name].wantReset(t, c)
		},
		forward.Blackhole: func(t *testing.T, b *lab, c net.Conn, _ string) {
			silent(t, echo(c, patience), "client")
		},
	} {
		t.Run(string(mode), func(t *testing.T) {
			b := openLab(t, frankfurt, unlimited, web("sch"))
			must(t, b.clbA.SetTakeover(mode))
			c, name := b.connect()
			b.steer("a")
			check(t, b, c, name)
			fresh, _ := b.connect()
			must(t, echo(fresh, answerTime))
		})
	}
	b := openLab(t, frankfurt, unlimited, web("sch"))
	if err := b.clbA.SetTakeover("hope"); err == nil {
		t.Error("an unknown mode was accepted")
	}
}
