package control_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"netlab/sim/control"
	"netlab/sim/event"
)

// stand is a region whose load balancer clb-one has been created, driven by hand.
type stand struct {
	t       *testing.T
	machine *control.Machine
	now     time.Duration
	id      uint64
	dead    map[netip.Addr]bool
	told    []event.Payload
	ended   []control.EndConnections
	answers map[uint64]control.Result
}

func newStand(t *testing.T) *stand {
	s := &stand{t: t, machine: control.New(loadRegion(t), 1), dead: map[netip.Addr]bool{}, answers: map[uint64]control.Result{}}
	s.call(control.Create{Resource: "clb-one"})
	s.pass(5 * time.Second)
	return s
}

func (s *stand) step(in control.Input) {
	for _, a := range s.machine.Step(s.now, in) {
		switch a := a.(type) {
		case control.Probe:
			var cause error
			if s.dead[a.Backend.Addr()] {
				cause = errors.New("refused")
			}
			defer s.step(control.ProbeResult{ID: a.ID, Cause: cause})
		case control.Heartbeat:
			defer s.step(control.Echo{ID: a.ID})
		case control.Tell:
			s.told = append(s.told, a.What)
		case control.EndConnections:
			s.ended = append(s.ended, a)
		case control.Finish:
			s.answers[a.ID] = a.Result
		}
	}
}

func (s *stand) pass(d time.Duration) {
	until := s.now + d
	for next, ok := s.machine.Next(); ok && next <= until; next, ok = s.machine.Next() {
		s.now = max(s.now, next)
		s.step(control.Tick{})
	}
	s.now = until
}

func (s *stand) call(c control.Call) error {
	s.id++
	s.step(control.Request{ID: s.id, Call: c})
	return s.answers[s.id].Err
}

// The primary of a primary/secondary group stands for both: without it nobody could say who serves.
func TestServersOfAPrimarySecondaryGroupAreFixed(t *testing.T) {
	s := newStand(t)
	pair := control.ServerRef{LoadBalancer: "clb-one", Group: "pair", Instance: "two"}
	for _, c := range []control.Call{
		control.RemoveServer{Server: pair}, control.SetWeight{Server: pair, Weight: 1},
		control.AddServer{Server: control.ServerRef{LoadBalancer: "clb-one", Group: "pair", Instance: "one"}, Weight: 1},
	} {
		if err := s.call(c); err == nil {
			t.Errorf("%T was not refused", c)
		}
	}
}

// A drained backend is reported normal, dead or not. Its connections end when it dies, and when its weight
// returns it is told for what it is.
func TestADrainedBackendThatDiesLosesItsConnections(t *testing.T) {
	s := newStand(t)
	two, address := control.ServerRef{LoadBalancer: "clb-one", Instance: "two"}, netip.MustParseAddrPort("192.168.24.2:80")
	if err := s.call(control.SetWeight{Server: two, Weight: 0}); err != nil {
		t.Fatal(err)
	}
	s.dead[address.Addr()], s.told, s.ended = true, nil, nil
	s.pass(10 * time.Second)
	listeners := map[uint16]bool{}
	for _, e := range s.ended {
		if e.Backend == address {
			listeners[e.Listener.Port] = true
		}
	}
	if !listeners[80] || !listeners[81] {
		t.Errorf("connections to the dead backend ended for listeners %v, want 80 and 81", listeners)
	}
	health := func() (n int) {
		for _, what := range s.told {
			if h, ok := what.(event.Health); ok && h.Backend == "two" && h.Listener.Port == 80 {
				n++
			}
		}
		return n
	}
	if n := health(); n != 0 {
		t.Errorf("%d changes of status are told of a server of weight 0", n)
	}
	if err := s.call(control.SetWeight{Server: two, Weight: 50}); err != nil {
		t.Fatal(err)
	}
	if n := health(); n != 2 { // one for each node
		t.Errorf("%d changes of status are told when the weight returns, want 2", n)
	}
}

// A node that comes up has every backend unavailable until its check has finished.
func TestAClusterThatComesUpChecksAfresh(t *testing.T) {
	s := newStand(t)
	power := func(on bool) { s.step(control.Power{LoadBalancer: "clb-one", Zone: "eu-central-1b", On: on}) }
	power(false)
	s.pass(time.Second)
	s.told = nil
	power(true)
	s.pass(5 * time.Second)
	seen := map[string]bool{}
	for _, what := range s.told {
		if h, ok := what.(event.Health); ok && h.Zone == "eu-central-1b" && h.Listener.Port == 80 {
			seen[h.Backend] = true
			if h.From != "unavailable" || h.To != "normal" {
				t.Errorf("%s: %s to %s", h.Backend, h.From, h.To)
			}
		}
	}
	if !seen["one"] || !seen["two"] {
		t.Errorf("the checks of %v finished afresh, want one and two", seen)
	}
}
