// Package idealtest runs scenarios in an ideal world, in virtual time, for tests.
package idealtest

import (
	"cmp"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netlab/drill"
	"netlab/drill/idealworld"
	"netlab/drill/world"
	"netlab/results"
	"netlab/sim"
	"netlab/sim/event"
	"netlab/sim/topology"
)

// Run runs a scenario file with overrides and returns what happened, in order of time.
func Run(t *testing.T, file string, overrides []string) []event.Event {
	t.Helper()
	return RunIn(t, file, overrides, func(w *idealworld.World) world.World { return w })
}

// RunIn is Run with a world that watches the ideal one, or changes it.
func RunIn(t *testing.T, file string, overrides []string, in func(*idealworld.World) world.World) []event.Event {
	t.Helper()
	events, err := TryIn(t, file, overrides, in)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// TryIn is RunIn where the run may fail.
func TryIn(t *testing.T, file string, overrides []string, in func(*idealworld.World) world.World) ([]event.Event, error) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, c, diags := sim.LoadWith(file, src, overrides, nil)
	if errs := diags.Errors(); len(errs) > 0 {
		t.Fatal(errs)
	}
	folder, err := results.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	var mu sync.Mutex
	var events []event.Event
	sink := func(e event.Event) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, e)
	}
	var failed error
	synctest.Test(t, func(t *testing.T) {
		bundle, err := folder.Create(s.Name, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		topo := topology.Compile(c, s.Links)
		w := idealworld.New(s, c, topo, sink)
		defer w.Close()
		d := drill.Drill{Scenario: s, Cloud: c, Topology: topo, World: in(w), Bundle: bundle, Sink: sink}
		failed = d.Run(t.Context())
		if err := bundle.Close(); err != nil {
			t.Fatal(err)
		}
	})
	slices.SortStableFunc(events, func(a, b event.Event) int { return cmp.Compare(a.At, b.At) })
	return events, failed
}
