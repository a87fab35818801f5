package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"netlab/drill"
	"netlab/drill/kernelworld"
	"netlab/netlab/console"
	"netlab/netlab/lab"
	"netlab/netlab/sandbox"
	"netlab/sim"
	"netlab/sim/event"
	"netlab/sim/topology"
)

// StayVerb is the hidden verb of netlab that calls StayInside.
const StayVerb = "stay-inside"

// Stay builds a valid scenario's lab, replays its procedure and keeps it up until ctx ends or a
// call to its console takes it down. It calls ready when the lab can be used.
func Stay(ctx context.Context, name, scenario string, r Request, sink event.Sink, ready func()) (err error) {
	gate, err := console.Listen(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	ctx, down := context.WithCancel(ctx)
	defer down()
	info := console.Info{Name: name, Scenario: scenario, File: r.File, Since: time.Now().UTC()}
	inner, err := gate.Serve(info, down)
	if err != nil {
		return err
	}
	defer inner.Close()
	return converse(ctx, StayVerb, r, []*os.File{inner}, func(line report) {
		switch {
		case line.Event != nil:
			sink(*line.Event)
		case line.Hosts != nil:
			gate.Ready(line.Hosts)
			ready()
		}
	})
}

// StayInside is the inner process of a lab that stays.
func StayInside() error { return inside(stay) }

func stay(ctx context.Context, r Request, out *reporter) error {
	s, c, diagnostics := sim.Load(r.File, r.Source)
	if errs := diagnostics.Errors(); len(errs) > 0 {
		return fmt.Errorf("scenario: %v", errs)
	}
	unix.CloseOnExec(sandbox.FirstFile)
	gate := os.NewFile(sandbox.FirstFile, "console")
	topo := topology.Compile(c, s.Links)
	lab, _, err := lab.BuildForPrograms(ctx, s, c, topo, out.event)
	if err != nil {
		return lacking(ctx, err)
	}
	d := drill.Drill{Scenario: s, Cloud: c, Topology: topo, World: kernelworld.New(lab), Sink: out.event}
	ctx, down := context.WithCancel(ctx)
	defer down()
	if err := d.Procedure(ctx); err != nil {
		return errors.Join(err, lab.Close())
	}
	out.send(report{Hosts: lab.Hosts()})
	served := make(chan error, 1)
	go func() { served <- console.Serve(ctx, gate, lab) }()
	select {
	case <-ctx.Done():
		err = nil
	case err = <-lab.Failed():
	}
	down()
	return errors.Join(err, <-served, lab.Close())
}
