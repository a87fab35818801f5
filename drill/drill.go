// Package drill runs a scenario: it builds the lab, replays the control-plane procedure, proves
// who reaches whom, drives load and probes, injects and heals the faults of the timeline, tears
// down, and writes all of it to a bundle as raw samples and events. It computes no statistics:
// they are derived from the bundle afterwards.
package drill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/lab"
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
	Bundle   *results.Writer
	Sink     event.Sink // told everything that happens

	lab *lab.Lab
}

// Run returns when the lab is gone and the bundle holds everything that was measured. When ctx
// ends first, the run stops where it is, and the bundle holds what there was until then.
func (d *Drill) Run(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	topo := topology.Compile(d.Cloud, d.Scenario.Links)
	lab, built, err := lab.Build(ctx, d.Scenario, d.Cloud, topo, d.say)
	var noted error
	if built.Total > 0 { // it was built, though a service may not have started on it
		noted = d.Bundle.Update(func(m *results.Manifest) { setup(m, built) })
	}
	if err != nil {
		return errors.Join(err, noted)
	}
	d.lab = lab
	defer func() { err = errors.Join(err, d.tearDown()) }()
	if noted != nil {
		return noted
	}
	go func() {
		select {
		case err := <-lab.Failed():
			cancel(err)
		case <-ctx.Done():
		}
	}()

	if err := d.procedure(ctx); err != nil {
		return err
	}
	if err := d.measure(ctx); err != nil {
		return err
	}
	return context.Cause(ctx)
}

func setup(m *results.Manifest, built lab.BuildReport) {
	m.Setup = results.Setup{Namespaces: built.Namespaces, Links: built.Links, BuildMS: milliseconds(built.Total)}
	for _, p := range built.Parts {
		m.Setup.Phases = append(m.Setup.Phases, results.PhaseTime{Name: p.Name, MS: milliseconds(p.Took)})
	}
}

func (d *Drill) tearDown() error {
	began := time.Now()
	err := d.lab.Close()
	took := time.Since(began)
	return errors.Join(err, d.Bundle.Update(func(m *results.Manifest) { m.Setup.TeardownMS = milliseconds(took) }))
}

// margin is the time from the last preparation to the first request: the engines start in it.
const margin = 200 * time.Millisecond

// measure runs warm-up, load, probes and the timeline, all on one schedule.
func (d *Drill) measure(ctx context.Context) error {
	s := d.Scenario
	warmUp := lab.Monotonic() + int64(margin)
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
	if !waitUntil(ctx, warmUp) {
		return nil
	}
	d.say(event.Event{Kind: event.Phase, Subject: "warm_up", Intended: warmUp})
	if !waitUntil(ctx, zero) {
		return nil
	}
	before, err := readConditions()
	if err != nil {
		return err
	}
	// Stamped with the planned instant: samples are measured from there on by their intended
	// time, however late this goroutine woke.
	d.say(event.Event{At: zero, Kind: event.Phase, Subject: "measure", Intended: zero})
	waitUntil(ctx, end)
	now := min(lab.Monotonic(), end)
	after, err := readConditions()
	if err != nil {
		return err
	}
	d.say(event.Event{At: now, Kind: event.Phase, Subject: "done", Intended: end})
	wires, err := d.wires()
	if err != nil {
		return err
	}
	return d.Bundle.Update(func(m *results.Manifest) {
		m.Validity = after.since(before)
		m.Validity.Wires = wires
	})
}

// wires notes how well the impaired links did, since the lab was built.
func (d *Drill) wires() ([]results.Wire, error) {
	reports, err := d.lab.Wires()
	var wires []results.Wire
	for _, r := range reports {
		w := results.Wire{From: r.From, To: r.To, DelayMS: milliseconds(r.Delay), Packets: r.Packets,
			Lost: r.Overflow + r.Drops.Late + r.Drops.Full, LateP50MS: milliseconds(r.Lateness.P50),
			LateP99MS: milliseconds(r.Lateness.P99), LateMaxMS: milliseconds(r.Lateness.Max)}
		wires = append(wires, w)
	}
	return wires, err
}

// waitUntil returns true at the monotonic instant, or false once ctx ends.
func waitUntil(ctx context.Context, instant int64) bool {
	timer := time.NewTimer(time.Duration(instant - lab.Monotonic()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (d *Drill) say(e event.Event) {
	if e.At == 0 {
		e.At = lab.Monotonic()
	}
	d.Sink(e)
}

func milliseconds(t time.Duration) float64 { return float64(t) / float64(time.Millisecond) }

func fault(name string, err error) error {
	if err != nil {
		return fmt.Errorf("fault %s: %w", name, err)
	}
	return nil
}
