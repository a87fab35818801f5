package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

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
func Stay(ctx context.Context, name string, r Request, sink event.Sink, ready func()) error {
	socket, err := console.Listen(name)
	if err != nil {
		return err
	}
	defer socket.Close()
	// The socket keeps the network namespace that it was made in, where other commands look.
	file, err := socket.File()
	if err != nil {
		return fmt.Errorf("hand the name %s over: %w", name, err)
	}
	defer file.Close()
	r.Name = name
	return converse(ctx, StayVerb, r, []*os.File{file}, func(line report) {
		switch {
		case line.Event != nil:
			sink(*line.Event)
		case line.Ready:
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
	listener, err := net.FileListener(os.NewFile(sandbox.FirstFile, "console"))
	if err != nil {
		return fmt.Errorf("open console: %w", err)
	}
	topo := topology.Compile(c, s.Links)
	lab, _, err := lab.Build(ctx, s, c, topo, out.event)
	if err != nil {
		return lacking(ctx, err)
	}
	d := drill.Drill{Scenario: s, Cloud: c, Topology: topo, World: kernelworld.New(lab), Sink: out.event}
	ctx, down := context.WithCancel(ctx)
	defer down()
	if err := d.Procedure(ctx); err != nil {
		return errors.Join(err, lab.Close())
	}
	gone := console.Serve(ctx, listener.(*net.UnixListener), lab, console.Info{
		Name: r.Name, Scenario: s.Name, File: r.File, Since: time.Now().UTC(), Hosts: lab.Hosts(),
	}, down)
	defer gone()
	out.send(report{Ready: true})
	select {
	case <-ctx.Done():
		err = nil
	case err = <-lab.Failed():
		down()
	}
	return errors.Join(err, lab.Close())
}
