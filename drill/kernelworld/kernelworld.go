// Package kernelworld is the world of a drill as a lab of kernel namespaces: it joins netlab/lab,
// which has the hosts, and loadgen, which sends from them.
package kernelworld

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"netlab/drill/world"
	"netlab/loadgen"
	"netlab/loadgen/engine"
	"netlab/netlab/lab"
	"netlab/scenarios/protocol"
	"netlab/sim/event"
	"netlab/sim/verb"
)

// A World is a lab with everything that a drill does in it.
type World struct {
	*lab.Lab

	mu      sync.Mutex
	engines map[protocol.Engine]loadgen.Engine // each made once: to probe some takes a process
}

var _ world.World = (*World)(nil)

// New is the world of a lab.
func New(l *lab.Lab) *World { return &World{Lab: l, engines: map[protocol.Engine]loadgen.Engine{}} }

// Now is CLOCK_MONOTONIC.
func (*World) Now() int64 { return lab.Monotonic() }

// WaitUntil returns true at the instant, or false once ctx has ended.
func (*World) WaitUntil(ctx context.Context, instant int64) bool {
	timer := time.NewTimer(time.Duration(instant - lab.Monotonic()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Do carries out an act in the kernel.
func (w *World) Do(ctx context.Context, a verb.Act) error {
	switch a := a.(type) {
	case verb.Cut:
		return w.Cut(a.Hosts...)
	case verb.Mend:
		return w.Mend(a.Hosts...)
	case verb.StopServices:
		return w.StopServices(a.Instance)
	case verb.StartServices:
		return w.StartServices(ctx, a.Instance)
	case verb.Hang:
		return w.Hang(a.Instance)
	case verb.Resume:
		return w.Resume(a.Instance)
	}
	return fmt.Errorf("a lab can't do %T", a)
}

// Attempt opens one connection, and asks for a page where a host is named. A refusal counts as
// reached: the packets went there and back.
func (w *World) Attempt(ctx context.Context, a world.Attempt) (event.Reach, error) {
	var err error
	if a.Host != "" {
		_, err = w.Get(ctx, a.From, a.Host, a.To)
	} else {
		conn, dialErr := w.Dial(ctx, a.From, a.To)
		if err = dialErr; err == nil {
			conn.Close()
		}
	}
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return "", ctx.Err()
	case err == nil, errors.Is(err, unix.ECONNREFUSED), errors.Is(err, unix.ECONNRESET):
		return event.Reached, nil
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, unix.EHOSTUNREACH), errors.Is(err, unix.ENETUNREACH):
		return event.Blocked, nil
	}
	return "", err
}

// A sender is an engine with its plan.
type sender struct {
	engine loadgen.Engine
	name   protocol.Engine
	plan   loadgen.Plan
}

// Open chooses the engine and lets it send from the instance's namespace.
func (w *World) Open(ctx context.Context, from string, plan loadgen.Plan, chosen protocol.Engine) (world.Sender, error) {
	if chosen == "" {
		chosen = protocol.Default(plan.Protocol)
	}
	e, err := w.engine(ctx, chosen)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", plan.Name, err)
	}
	plan.NetNS, plan.Trust = w.NetNS(from), w.Authority()
	return sender{e, chosen, plan}, nil
}

func (w *World) engine(ctx context.Context, name protocol.Engine) (loadgen.Engine, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e, made := w.engines[name]; made {
		return e, nil
	}
	e, err := engine.New(ctx, name)
	if errors.Is(err, errors.ErrUnsupported) {
		err = fmt.Errorf("%w: %w", world.ErrLacking, err)
	}
	if err != nil {
		return nil, err
	}
	w.engines[name] = e
	return e, nil
}

func (s sender) Engine() protocol.Engine { return s.name }

func (s sender) Run(ctx context.Context, to loadgen.Recorder) (loadgen.Accounting, error) {
	return s.engine.Run(ctx, s.plan, to)
}
