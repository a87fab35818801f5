package forward_test

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"
)

// atVIP is where clients inside the VPC go.
func (b *lab) atVIP() string { return netip.AddrPortFrom(b.vip, b.listener.FrontendPort).String() }

func TestClientInsideTheVPC(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	for _, zone := range []string{"b", "a"} {
		b.steer(zone)
		answers := map[string]int{}
		for range 20 {
			c, name, err := greet(b.ecs4, b.atVIP())
			must(t, err)
			answers[name]++
			must(t, echo(c, answerTime))
			if from := b.servers[name].lastClient(); from != "192.168.24.3" {
				t.Errorf("%s sees %s, not the client's address", name, from)
			}
			c.Close()
		}
		if answers["ecs2"] != 10 || answers["ecs3"] != 10 {
			t.Errorf("zone %s: %v", zone, answers)
		}
	}
}

func TestClientInsideTheVPCOverUDP(t *testing.T) {
	b := openUDPLab(t, unlimited)
	answers := map[string]int{}
	for range 10 {
		var c net.Conn
		must(t, b.ecs4.Do(func() (err error) { c, err = net.Dial("udp4", b.atVIP()); return }))
		name, err := query(c, answerTime)
		must(t, err)
		answers[name]++
		c.Close()
	}
	if answers["ecs2"] != 5 || answers["ecs3"] != 5 {
		t.Errorf("%v", answers)
	}
}

// Two instances of one VPC talk to each other without the load balancer, as ever.
func TestDirectConnectionsInsideTheVPC(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	c, name, err := greet(b.ecs4, b.backend2Slot.String())
	must(t, err)
	defer c.Close()
	if name != "ecs2" {
		t.Errorf("answered by %s", name)
	}
	counters, err := b.clbB.Counters()
	must(t, err)
	if counters.PacketRX+counters.PacketTX != 0 {
		t.Errorf("the load balancer forwarded it: %+v", counters)
	}
}

func TestBackendCannotCallItsOwnVIP(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	for range 2 { // whichever backend would be next
		_, err := dial(b.ecs3, b.atVIP(), patience)
		silent(t, err, "backend to its own VIP")
	}
}

func TestInsideConnectionsSurviveZoneSwitch(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("tch"))
	c, name, err := greet(b.ecs4, b.atVIP())
	must(t, err)
	defer c.Close()
	b.steerReturnPath("a")
	before := b.packetsOf(b.hostA)
	must(t, b.servers[name].say("lost on the way"))
	b.await("node a to drop the backend's packet", func() bool { return b.packetsOf(b.hostA) > before })
	b.steer("a")
	c.SetDeadline(time.Now().Add(answerTime))
	_, err = io.WriteString(c, "!")
	must(t, err)
	back := make([]byte, len("lost on the way!"))
	if _, err := io.ReadFull(c, back); err != nil {
		t.Fatal(err)
	}
}
