package control

import "netlab/sim/cloud"

// An Input is something that the machine hears: Tick, Request, ProbeResult, Echo or Power.
type Input interface{ apply(m *Machine) }

// A Tick is time that passes: nothing came in until the time that Next gave.
type Tick struct{}

// A Request is an API call. The action Finish with the same ID says how it ended: calls are
// asynchronous, and other inputs come in between.
type Request struct {
	ID   uint64
	Call Call
}

// A ProbeResult is the result of the action Probe with the same ID, at the time of its answer or
// timeout.
type ProbeResult struct {
	ID    uint64
	Cause error // why the backend is not healthy; nil: it is
}

// An Echo is the answer to the action Heartbeat with the same ID.
type Echo struct{ ID uint64 }

// Power is a load balancer's cluster in one zone that loses its power, or has it again. A cluster
// without power checks no backend; what it forwards is the world's to stop.
type Power struct {
	LoadBalancer string
	Zone         cloud.Zone
	On           bool
}

func (Tick) apply(*Machine)            {}
func (r Request) apply(m *Machine)     { m.request(r) }
func (r ProbeResult) apply(m *Machine) { m.probed(r) }
func (e Echo) apply(m *Machine)        { m.echoed(e.ID) }
func (p Power) apply(m *Machine)       { m.power(p) }
