package idealworld_test

import (
	"context"
	"errors"
	"testing"

	"netlab/drill/idealworld"
	"netlab/drill/idealworld/idealtest"
	"netlab/drill/world"
	"netlab/sim/event"
)

// broken is a world that breaks while a path is proved.
type broken struct {
	world.World
	failed chan error
	why    error
}

func (b *broken) Failed() <-chan error { return b.failed }

func (b *broken) Attempt(ctx context.Context, _ world.Attempt) (event.Reach, error) {
	select {
	case b.failed <- b.why: // the drill hears it once
	case <-ctx.Done():
	}
	<-ctx.Done()
	return "", ctx.Err()
}

// A run whose world breaks says why, and not that it was cancelled: what is cancelled counts as stopped by its user.
func TestAWorldThatBreaksFailsTheRun(t *testing.T) {
	why := errors.New("the wire was cut")
	_, err := idealtest.TryIn(t, "../../scenarios/frankfurt.yaml", nil, func(w *idealworld.World) world.World {
		return &broken{World: w, failed: make(chan error), why: why}
	})
	if err == nil || errors.Is(err, context.Canceled) || !errors.Is(err, why) {
		t.Errorf("the run ended with %v, want %v", err, why)
	}
}
