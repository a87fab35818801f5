package control_test

import (
	"testing"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

// Turning automatic acceptance on is for connections to come: one that waits goes on waiting.
func TestAutoAcceptIsNotForWhatWaits(t *testing.T) {
	s := newScript(t)
	s.must(createService(offer("svc", in(lb1, zoneB))))
	s.must(addUser(consumer))
	s.must(createEndpoint(wish("waiting", "svc", zoneB)))
	yes := true
	s.must(func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.UpdateService(at, owner, "svc", control.ServiceAttributes{AutoAccept: &yes})
	})
	s.must(createEndpoint(wish("new", "svc", zoneB)))
	s.settle()
	if e, _ := s.Endpoint("waiting"); e.Connection != cloud.Disconnected {
		t.Errorf("the connection that waited is %s", e.Connection)
	}
	if e, _ := s.Endpoint("new"); e.Connection != cloud.Connected {
		t.Errorf("the new connection is %s", e.Connection)
	}
}
