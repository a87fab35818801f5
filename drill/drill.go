// Package drill runs a scenario against a world: it replays the control-plane procedure, proves who
// reaches whom, drives load and probes, injects and heals the faults of the timeline, and writes all
// of it to a bundle as raw samples and events. It computes no statistics: they are derived from the
// bundle afterwards.
package drill

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/drill/world"
	"netlab/results"
	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/event"
	"netlab/sim/topology"
)

// A Drill is one run of a scenario.
type Drill struct {
	Scenario *scenarios.Scenario
	Cloud    *cloud.Cloud
	Topology *topology.Topology
	World    world.World
	Bundle   *results.Writer
	Sink     event.Sink // told everything that happens, as the world's own
}

// Run returns when the bundle holds everything that was measured. When ctx ends first, the run stops
// where it is, and the bundle holds what there was until then.
func (d *Drill) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case err := <-d.World.Failed():
			cancel(err)
		case <-ctx.Done():
		}
	}()
	err := d.Procedure(ctx)
	if err == nil {
		err = d.measure(ctx)
	}
	if cause := context.Cause(ctx); cause != nil && (err == nil || !errors.Is(cause, context.Canceled)) {
		return cause // not what followed from it
	}
	return err
}

// margin is the time from the last preparation to the first request: the engines start in it.
const margin = 200 * time.Millisecond

// measure runs warm-up, load, probes and the timeline, all on one schedule.
func (d *Drill) measure(ctx context.Context) error {
	s := d.Scenario
	warmUp := d.World.Now() + int64(margin)
	zero := warmUp + int64(s.Run.WarmUp) // the timeline's zero
	end := zero + int64(s.Run.Duration)

	streams, err := d.streams(ctx, warmUp, end)
	if err != nil {
		return err
	}
	// A stream or a fault that fails ends the others.
	group, ctx := errgroup.WithContext(ctx)
	for _, st := range streams {
		group.Go(func() error { return st.run(ctx) })
	}
	group.Go(func() error { return d.phases(ctx, warmUp, zero, end) })
	group.Go(func() error { return d.timeline(ctx, zero) })
	err = group.Wait()
	for _, st := range streams {
		err = errors.Join(err, st.close())
	}
	return err
}

// phases tells when each phase begins and notes what the machine did to the measured one.
func (d *Drill) phases(ctx context.Context, warmUp, zero, end int64) error {
	if !d.World.WaitUntil(ctx, warmUp) {
		return nil
	}
	d.say(event.Phase{Phase: event.WarmUp, Intended: warmUp})
	if !d.World.WaitUntil(ctx, zero) {
		return nil
	}
	ended, err := d.World.Watch()
	if err != nil {
		return err
	}
	// Stamped with the planned instant: samples are measured from there on by their intended
	// time, however late this goroutine woke.
	d.Sink(event.Event{At: zero, What: event.Phase{Phase: event.Measure, Intended: zero}})
	d.World.WaitUntil(ctx, end)
	now := min(d.World.Now(), end)
	validity, err := ended()
	if err != nil {
		return err
	}
	d.Sink(event.Event{At: now, What: event.Phase{Phase: event.Done, Intended: end}})
	return d.Bundle.Update(func(m *results.Manifest) { m.Validity = validity })
}

// say tells what has just happened.
func (d *Drill) say(what event.Payload) { d.Sink(event.Event{At: d.World.Now(), What: what}) }

func milliseconds(t time.Duration) float64 { return float64(t) / float64(time.Millisecond) }
