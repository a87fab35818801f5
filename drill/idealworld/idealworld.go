// Package idealworld is the smallest world that a drill can be run against: links without delay or
// loss, servers that answer at once or not at all. It runs the very control plane of the lab, and
// waits by the standard library's timers, so that in a testing/synctest bubble a whole drill passes
// in virtual time.
//
// It is for tests of what the cloud does and when. Senders send nothing in it: there is no load to
// measure where nothing takes time.
package idealworld

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"netlab/drill/world"
	"netlab/loadgen"
	"netlab/netlab/drive"
	"netlab/results"
	"netlab/scenarios"
	"netlab/scenarios/protocol"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
	"netlab/sim/topology"
	"netlab/sim/verb"
)

// A World is a cloud whose network and servers are ideal.
type World struct {
	scenario *scenarios.Scenario
	cloud    *cloud.Cloud
	topology *topology.Topology
	sink     event.Sink
	start    time.Time
	control  *drive.Driver
	failed   chan error
	alive    context.Context
	end      context.CancelFunc
	waits    sync.WaitGroup

	mu      sync.Mutex
	cut     map[string]int // cuts by host
	stopped map[string]int // instances whose services are stopped
	hung    map[string]int
	serving map[string]cloud.Zone // by load balancer
	slots   map[listener][]netip.AddrPort
	enis    map[control.ENIID]string // the load balancer that an open one leads to
	filters map[control.ENIID][]*cloud.SecurityGroup
	names   map[string][]control.DNSRecord // by VPC and name
}

type listener struct {
	node control.NodeID
	id   cloud.ListenerID
}

var _ world.World = (*World)(nil)

// New is a scenario's cloud with nothing created in it. Close ends it.
func New(s *scenarios.Scenario, c *cloud.Cloud, t *topology.Topology, sink event.Sink) *World {
	w := &World{
		scenario: s, cloud: c, topology: t, sink: sink, start: time.Now(), failed: make(chan error, 1),
		cut: map[string]int{}, stopped: map[string]int{}, hung: map[string]int{}, serving: map[string]cloud.Zone{},
		slots: map[listener][]netip.AddrPort{}, enis: map[control.ENIID]string{},
		filters: map[control.ENIID][]*cloud.SecurityGroup{}, names: map[string][]control.DNSRecord{},
	}
	w.alive, w.end = context.WithCancel(context.Background())
	w.control = drive.New(control.New(c, s.Seed), w.now, w.execute, func(err error) { w.failed <- err })
	return w
}

// Close ends the world, and everything that waits in it.
func (w *World) Close() {
	w.control.Stop()
	w.end()
	w.waits.Wait()
}

func (w *World) now() time.Duration { return time.Since(w.start) }

// Now counts from the world's beginning.
func (w *World) Now() int64 { return int64(w.now()) }

// WaitUntil returns true at the instant, or false once ctx has ended.
func (w *World) WaitUntil(ctx context.Context, instant int64) bool {
	timer := time.NewTimer(time.Duration(instant) - w.now())
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Call makes an API call.
func (w *World) Call(ctx context.Context, c control.Call) (control.Result, error) {
	return w.control.Call(ctx, c)
}

// Endpoint is an endpoint and its connection as they stand.
func (w *World) Endpoint(name string) (control.Endpoint, bool) { return w.control.Endpoint(name) }

// Failed delivers an action that contradicts this world: what is ideal breaks in no other way.
func (w *World) Failed() <-chan error { return w.failed }

// Do carries out an act.
func (w *World) Do(_ context.Context, a verb.Act) error {
	add := func(to map[string]int, name string, n int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		to[name] += n
	}
	switch a := a.(type) {
	case verb.Cut:
		for _, h := range a.Hosts {
			w.power(h, false)
			add(w.cut, h, 1)
		}
	case verb.Mend:
		for _, h := range a.Hosts {
			add(w.cut, h, -1)
			if w.whole(h) {
				w.power(h, true)
			}
		}
	case verb.StopServices:
		add(w.stopped, a.Instance, 1)
	case verb.StartServices:
		add(w.stopped, a.Instance, -1)
	case verb.Hang:
		add(w.hung, a.Instance, 1)
	case verb.Resume:
		add(w.hung, a.Instance, -1)
	default:
		return fmt.Errorf("an ideal world can't do %T", a)
	}
	return nil
}

// power tells the control plane of a load balancer's node that lost its power, or has it again.
func (w *World) power(host string, on bool) {
	if h := w.topology.Host(host); h.CLB != nil {
		w.control.Feed(control.Power{LoadBalancer: h.CLB.LoadBalancer, Zone: h.Zone, On: on})
	}
}

// Resolve looks a name up at once.
func (w *World) Resolve(_ context.Context, instance, name string) ([]netip.Addr, error) {
	in := w.cloud.Instance(instance)
	w.mu.Lock()
	defer w.mu.Unlock()
	records := w.names["/"+name]
	if records == nil {
		records = w.names[in.VSwitch.VPC.Name+"/"+name]
	}
	var near, all []netip.Addr
	for _, r := range records {
		all = append(all, r.Addr)
		if r.Zone == in.VSwitch.Zone {
			near = append(near, r.Addr)
		}
	}
	switch {
	case len(near) > 0:
		return near, nil
	case len(all) > 0:
		return all, nil
	}
	return nil, fmt.Errorf("%s does not resolve", name)
}

// Watch watches nothing: an ideal machine disturbs no measurement.
func (w *World) Watch() (func() (results.Validity, error), error) {
	return func() (results.Validity, error) { return results.Validity{Idle: 1}, nil }, nil
}

// A sender lets its time pass.
type sender struct {
	world *World
	plan  loadgen.Plan
}

// Open prepares a sender that sends nothing.
func (w *World) Open(_ context.Context, _ string, plan loadgen.Plan, _ protocol.Engine) (world.Sender, error) {
	return sender{w, plan}, nil
}

func (s sender) Engine() protocol.Engine { return "" }

func (s sender) Run(ctx context.Context, _ loadgen.Recorder) (loadgen.Accounting, error) {
	s.world.WaitUntil(ctx, s.plan.Start+int64(s.plan.Duration))
	return loadgen.Accounting{}, nil
}

var errSilence = errors.New("no answer")
