package forward_test

import (
	"sync/atomic"
	"testing"

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

func TestBackendDownResetsItsConnections(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	first, on := b.connect()
	second, _ := b.connect()
	dead, alive := first, second
	if on != "ecs2" {
		dead, alive = second, first
	}
	must(t, echo(dead, answerTime))
	b.setSlots(b.backend3Slot)
	n, err := b.clbB.BackendDown(b.backend2Slot.Addr())
	must(t, err)
	if n != 1 {
		t.Errorf("ended %d connections, want 1", n)
	}
	wantReset(t, echo(dead, answerTime), "connection to the dead backend")
	must(t, echo(alive, answerTime))
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

func TestBackendCannotOpenConnectionsThroughTheNode(t *testing.T) {
	b := openLab(t, frankfurt, unlimited, web("wrr"))
	serve(t, b.fabricB, "169.254.9.9:80", "fabr")
	_, err := dial(b.ecs3, "100.64.0.3:80", patience)
	silent(t, err, "backend to the node's probe address")
	_, err = dial(b.ecs3, "100.64.0.99:80", patience)
	silent(t, err, "backend to the fabric")
}
