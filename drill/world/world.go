// Package world is what a drill needs of the world that it is run against: a clock, a control plane
// to call, acts to carry out, paths to prove, and senders of load. netlab's own world is a lab of
// kernel namespaces (drill/kernelworld); another one is ideal and in virtual time
// (drill/idealworld). No descriptor, socket or namespace is in it.
package world

import (
	"context"
	"errors"
	"net/netip"

	"netlab/loadgen"
	"netlab/results"
	"netlab/scenarios/protocol"
	"netlab/sim/control"
	"netlab/sim/event"
	"netlab/sim/verb"
)

// A World is a cloud that runs. It tells what happens in it to the sink that it was made with. Its
// methods may be called from any goroutine.
type World interface {
	// Now is the world's CLOCK_MONOTONIC, in nanoseconds: the stamp of events and samples.
	Now() int64
	// WaitUntil returns true at the instant, or false once ctx has ended.
	WaitUntil(ctx context.Context, instant int64) bool

	// Call makes an API call of the cloud and returns once it has ended. A refusal of the cloud's
	// is a *control.Error.
	Call(ctx context.Context, c control.Call) (control.Result, error)
	// Endpoint is an endpoint and its connection as they stand; ok is false before it is created.
	Endpoint(name string) (e control.Endpoint, ok bool)
	// Do carries out an act other than a verb.Call, and returns once it is in force.
	Do(ctx context.Context, a verb.Act) error

	// Resolve asks an instance's resolver for a name's addresses.
	Resolve(ctx context.Context, instance, name string) ([]netip.Addr, error)
	// Attempt opens one connection and says whether anybody answered. An attempt that is not
	// answered ends with ctx.
	Attempt(ctx context.Context, a Attempt) (event.Reach, error)

	// Open prepares a load or a probe from an instance. The plan says everything but where in this
	// world it is sent from; engine is "" for the first that speaks the plan's protocol.
	Open(ctx context.Context, from string, plan loadgen.Plan, engine protocol.Engine) (Sender, error)
	// Watch begins to watch what the machine does to the measurement; ended says it.
	Watch() (ended func() (results.Validity, error), err error)

	// Failed delivers an error that made the world stop following its model, if one occurs.
	Failed() <-chan error
}

// An Attempt is one TCP connection from an instance to an address.
type Attempt struct {
	From string
	To   netip.AddrPort
	Host string // asked for a page by HTTP when not ""
}

// A Sender sends one load or probe.
type Sender interface {
	Engine() protocol.Engine
	// Run sends until the plan ends and every request is accounted for, or ctx ends.
	Run(ctx context.Context, to loadgen.Recorder) (loadgen.Accounting, error)
}

// ErrLacking marks an error whose cause is that this machine lacks what the scenario needs.
var ErrLacking = errors.New("this machine lacks something that the scenario needs")
