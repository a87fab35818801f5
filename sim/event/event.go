// Package event defines the one stream that everything netlab does is told in: a namespace
// built, a control-plane transition, a health change, a fault injected, a route switched, a
// phase begun. Terminal progress, the report and the bundle all read this stream, and nothing
// else carries status. The package is plain data: it reads no clock.
package event

import "time"

// A Kind names what happened. The part before the dot is the part of netlab that says it.
type Kind string

const (
	BuildBegun   Kind = "build.begun"   // Subject: scenario name
	BuildHost    Kind = "build.host"    // Subject: host; its namespace, NICs and routes are up
	BuildDone    Kind = "build.done"    // Value: milliseconds; Text: counts of namespaces and links
	BuildRemoved Kind = "build.removed" // Value: milliseconds of the teardown

	Step       Kind = "control.step"       // a step of the procedure; Subject: resource, Text: the verb
	Transition Kind = "control.transition" // Subject: resource, From, To: documented states
	Record     Kind = "control.dns"        // Subject: domain name, To: its addresses

	Health Kind = "health.status"  // Subject: backend, Zone: the CLB node that says so, From, To; Text: cause
	Node   Kind = "failover.node"  // Subject: load balancer, Zone: node, From, To: up | down
	Route  Kind = "failover.route" // Subject: load balancer, From, To: zone that serves; Value: µs the switch took
	Slots  Kind = "forward.slots"  // Subject: load balancer, Zone: node, Text: backends that take new connections

	Inject Kind = "fault.inject" // Subject: fault name; Intended: the planned instant; Text: what was cut; Value: milliseconds it took
	Heal   Kind = "fault.heal"   // likewise

	Check Kind = "check.reach" // a connectivity proof; Subject: from → to, To: reached | blocked, Text: why it matters

	Phase Kind = "phase"     // Subject: warm_up | measure | done
	Tick  Kind = "load.tick" // Subject: load or probe name; Tick holds the last interval's figures

	Warning Kind = "warning" // Text: something that the reader of the figures must know
	Failure Kind = "failure" // Text: the error that ended the run
)

// An Event is one thing that happened.
type Event struct {
	At       int64      `json:"t_ns"` // CLOCK_MONOTONIC, nanoseconds
	Kind     Kind       `json:"kind"`
	Subject  string     `json:"subject,omitempty"`
	Zone     string     `json:"zone,omitempty"`
	From     string     `json:"from,omitempty"`
	To       string     `json:"to,omitempty"`
	Intended int64      `json:"intended_ns,omitempty"` // planned CLOCK_MONOTONIC instant of a fault or heal
	Value    float64    `json:"value,omitempty"`
	Text     string     `json:"text,omitempty"`
	Tick     *TickStats `json:"tick,omitempty"`
}

// TickStats are the figures of one load or probe over the interval that ends at the event.
// They feed the live view only: the report is computed from raw samples.
type TickStats struct {
	Interval time.Duration `json:"interval_ns"`
	OK       uint64        `json:"ok"`
	Failed   uint64        `json:"failed"`
	P50      time.Duration `json:"p50_ns"`
	P99      time.Duration `json:"p99_ns"`
}

// A Sink takes events. It must not block for long and may be called from any goroutine.
type Sink func(Event)
