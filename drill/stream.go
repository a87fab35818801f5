package drill

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"netlab/drill/world"
	"netlab/loadgen"
	"netlab/results"
	"netlab/scenarios"
	"netlab/scenarios/protocol"
	"netlab/sim/event"
)

// A stream is one load or probe: who sends it, and where its samples go.
type stream struct {
	name     string
	sender   world.Sender
	recorder *recorder
	samples  *results.SampleWriter
	account  loadgen.Accounting
	say      func(event.Payload)
}

// streams prepares every load and probe of the scenario, for requests due from warmUp to end.
func (d *Drill) streams(ctx context.Context, warmUp, end int64) ([]*stream, error) {
	var streams []*stream
	add := func(s results.Sender, plan loadgen.Plan, chosen protocol.Engine) error {
		plan.Start, plan.Duration = warmUp, time.Duration(end-warmUp)
		sender, err := d.World.Open(ctx, s.From, plan, chosen)
		if err != nil {
			return err
		}
		s.Engine = string(sender.Engine())
		s.Start, s.End, s.Protocol = warmUp, end, string(plan.Protocol)
		samples, err := d.Bundle.Samples(s)
		if err != nil {
			return err
		}
		streams = append(streams, &stream{name: s.Name, sender: sender, recorder: newRecorder(),
			samples: samples, say: d.say})
		return nil
	}
	seed := d.Scenario.Seed
	for i, l := range d.Scenario.Load {
		plan, err := d.plan(ctx, l.Name, l.From, l.Target)
		if err != nil {
			return nil, err
		}
		plan.Connections, plan.Timeout, plan.Pacer = l.Connections, l.Timeout, d.pacer(l, seed+uint64(i))
		plan.Think, plan.FreshConnections, plan.Insecure = l.ThinkTime, l.FreshConnections, l.Insecure
		err = add(results.Sender{Name: l.Name, Kind: results.Load, From: l.From, Target: l.Target.String(),
			Arrivals: l.Arrivals, Rate: l.Rate, Connections: l.Connections, TimeoutMS: milliseconds(l.Timeout)}, plan, l.Engine)
		if err != nil {
			return nil, err
		}
	}
	for _, p := range d.Scenario.Probes {
		plan, err := d.plan(ctx, p.Name, p.From, p.Target)
		if err != nil {
			return nil, err
		}
		plan.Timeout, plan.Pacer = p.Timeout, loadgen.Constant(p.Rate)
		err = add(results.Sender{Name: p.Name, Kind: results.Probe, From: p.From, Target: p.Target.String(),
			Arrivals: "constant", Rate: p.Rate, TimeoutMS: milliseconds(p.Timeout)}, plan, "")
		if err != nil {
			return nil, err
		}
	}
	return streams, nil
}

// pacer is nil for a closed loop.
func (d *Drill) pacer(l scenarios.Load, seed uint64) loadgen.Pacer {
	switch l.Arrivals {
	case "closed":
		return nil
	case "constant":
		return d.curve(l).Even()
	}
	return d.curve(l).Poisson(seed)
}

// plan says where a target is, as its client finds it.
func (d *Drill) plan(ctx context.Context, name, from string, t scenarios.Target) (loadgen.Plan, error) {
	p := loadgen.Plan{Name: name, Path: t.Path, Protocol: t.Protocol().Name}
	host, addr, err := d.locate(ctx, from, t)
	if err != nil {
		return p, fmt.Errorf("stream %s: %w", name, err)
	}
	p.Host, p.Target = host, netip.AddrPortFrom(addr, t.Port)
	return p, nil
}

// locate finds a target's address: by the client's resolver where it has a domain name.
func (d *Drill) locate(ctx context.Context, from string, t scenarios.Target) (host string, addr netip.Addr, err error) {
	to, err := d.Cloud.Destination(t)
	switch {
	case err != nil:
		return "", netip.Addr{}, err
	case d.Cloud.Instance(t.Host) != nil:
		return t.Host, to.Addr, nil
	case to.Domain == "":
		return to.Addr.String(), to.Addr, nil
	}
	addrs, err := d.World.Resolve(ctx, from, to.Domain)
	if err != nil {
		return "", netip.Addr{}, fmt.Errorf("resolve %s on %s: %w", to.Domain, from, err)
	}
	return to.Domain, addrs[0], nil
}

// tickInterval is how often a stream tells its figures to the live view and hands its samples to
// the bundle.
const tickInterval = 250 * time.Millisecond

// run drives the stream until its schedule ends and every request is accounted for, or ctx ends.
func (s *stream) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	finished := make(chan error, 1)
	go func() {
		var err error
		s.account, err = s.sender.Run(ctx, s.recorder)
		finished <- err
	}()
	tick := time.NewTicker(tickInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			stats, chunk := s.recorder.take(tickInterval)
			stats.Stream = s.name
			s.say(stats)
			if err := s.samples.Write(chunk); err != nil {
				cancel()
				return errors.Join(err, <-finished)
			}
		case err := <-finished:
			_, chunk := s.recorder.take(tickInterval)
			return errors.Join(err, s.samples.Write(chunk))
		}
	}
}

func (s *stream) close() error { return s.samples.Close(s.account) }
