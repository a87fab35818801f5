package drill_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"netlab/drill/idealworld"
	"netlab/drill/idealworld/idealtest"
	"netlab/drill/world"
	"netlab/sim/event"
)

// A witness is an ideal world that remembers what was attempted in it.
type witness struct {
	*idealworld.World

	mu       sync.Mutex
	attempts []world.Attempt
}

func (w *witness) Attempt(ctx context.Context, a world.Attempt) (event.Reach, error) {
	w.mu.Lock()
	w.attempts = append(w.attempts, a)
	w.mu.Unlock()
	return w.World.Attempt(ctx, a)
}

func proofs(t *testing.T, file string) (attempts []world.Attempt, checks []event.Check) {
	t.Helper()
	w := &witness{}
	for _, e := range idealtest.RunIn(t, file, nil, func(ideal *idealworld.World) world.World {
		w.World = ideal
		return w
	}) {
		if c, ok := e.What.(event.Check); ok {
			checks = append(checks, c)
			if c.Got != c.Want {
				t.Errorf("%s → %s is %s, should be %s: %s", c.From, c.To, c.Got, c.Want, c.Why)
			}
		}
	}
	return w.attempts, checks
}

// An HTTP server behind a listener with a server group of its own is asked for a page, as one in the
// default group is, by the endpoint's domain and by its zone's.
func TestProofOfAServerGroupAsksForAPage(t *testing.T) {
	attempts, _ := proofs(t, "testdata/server-group.yaml")
	var hosts []string
	for _, a := range attempts {
		if a.Host != "" {
			hosts = append(hosts, a.Host)
		}
	}
	if len(hosts) != 2 {
		t.Errorf("pages were asked for from %v, want the endpoint's two domains", hosts)
	}
}

// VPCs may overlap. An address that the caller's own VPC has too proves nothing about the other VPC:
// whoever answers there is the caller's neighbour, or itself.
func TestProofsOfVPCsThatOverlap(t *testing.T) {
	attempts, checks := proofs(t, "testdata/overlapping-vpcs.yaml")
	for _, a := range attempts {
		if a.To.String() == "10.0.0.1:80" {
			t.Errorf("%s asks for %s, which is its own address", a.From, a.To)
		}
	}
	reached := slices.ContainsFunc(checks, func(c event.Check) bool { return c.Got == event.Reached })
	if !reached {
		t.Error("nothing was proved to be reached")
	}
}
