package forward_test

import (
	"io"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"netlab/sim/cloud"
)

func TestWeightedRoundRobinIsExact(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	if got := b.share(1000); got["ecs2"] != 500 || got["ecs3"] != 500 {
		t.Errorf("weights 100/100: %v", got)
	}
	b.setSlots(b.backend2Slot, b.backend3Slot, b.backend2Slot)
	if got := b.share(999); got["ecs2"] != 666 || got["ecs3"] != 333 {
		t.Errorf("weights 100/50: %v", got)
	}
}

func TestSwapOfSlotsFailsNoConnection(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	var done atomic.Bool
	type result struct {
		connections int
		err         error
	}
	results := make(chan result)
	go func() {
		var r result
		for !done.Load() && r.err == nil && r.connections < 1_000_000 {
			c, _, err := greet(b.ecs1, b.frontend.String())
			if err == nil {
				c.Close()
			}
			r = result{r.connections + 1, err}
		}
		results <- r
	}()
	for range 100 {
		b.setSlots(b.backend2Slot)
		b.setSlots(b.backend2Slot, b.backend3Slot)
		b.setSlots(b.backend3Slot)
		b.setSlots(b.backend3Slot, b.backend2Slot, b.backend3Slot)
	}
	done.Store(true)
	r := <-results
	if r.err != nil {
		t.Errorf("connection %d during 400 swaps: %v", r.connections, r.err)
	}
	if r.connections == 0 {
		t.Error("no connection was tried")
	}
}

func TestNoSlotsGiveNoAnswer(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	open, _ := b.connect()
	b.setSlots()
	_, err := dial(b.ecs1, b.frontend.String(), patience)
	silent(t, err, "new connection without backends")
	must(t, echo(open, answerTime))
	b.setSlots(b.backend2Slot)
	b.connect()
}

func TestPortWithoutListenerGivesNoAnswer(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	_, err := dial(b.ecs1, b.eniTable.Address.String()+":81", patience)
	silent(t, err, "port without a listener")
	if err := b.clbB.AddListener(b.listener); err == nil {
		t.Error("the same listener twice was accepted")
	}
	if err := b.clbB.SetSlots(cloud.Listener{Protocol: "udp", FrontendPort: 80}, nil); err == nil {
		t.Error("slots of a listener that does not exist were accepted")
	}
}

func TestOpenConnectionsSurviveZoneSwitch(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("sch"))
	open, _ := b.connect()
	for _, zone := range []string{"a", "b", "a"} {
		b.steer(zone)
		must(t, echo(open, answerTime))
		b.connect()
	}
	active, err := b.clbA.Counters()
	must(t, err)
	if active.ActiveConnection == 0 {
		t.Error("node a has no connection: traffic did not move")
	}
}

// The first packet that a node sees after it has taken over may be a backend's. An entry made from
// it would stand in the way of the client's.
func TestOpenConnectionSurvivesWhenBackendSpeaksFirst(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("sch"))
	open, name := b.connect()
	b.steerReturnPath("a")
	must(t, b.servers[name].say("lost on the way"))
	b.await("node a to drop the backend's packet", func() bool { return b.packetsOf(b.hostA) > 0 })
	b.steer("a")
	open.SetDeadline(time.Now().Add(answerTime))
	if _, err := io.WriteString(open, "still there"); err != nil {
		t.Fatal(err)
	}
	back := make([]byte, len("lost on the waystill there"))
	if _, err := io.ReadFull(open, back); err != nil {
		t.Fatal(err)
	}
}

func TestBackendCannotOpenConnectionsThroughTheNode(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	// The fabric has a server and a route back, so that only the node's guard stands between.
	must(t, b.fabricB.AddLoopback(netip.MustParseAddr("100.64.0.99")))
	serve(t, b.fabricB, "100.64.0.99:80", "fabr")
	must(t, b.fabricBToNode.Route(netip.MustParsePrefix(b.provider3+"/32")))
	for _, to := range []string{"100.64.0.99:80", "100.64.0.3:80"} {
		_, err := dial(b.ecs3, to, patience)
		silent(t, err, "backend to "+to)
	}
}
