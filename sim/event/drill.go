package event

import (
	"encoding/json"
	"time"
)

// An Effect is what a verb of the timeline really did. Hosts and links are those that it cut; a
// verb that cuts nothing says in words what it changed.
type Effect struct {
	Hosts []string    `json:"hosts,omitempty"`
	Links [][2]string `json:"links,omitempty"` // the hosts at both ends
	Does  string      `json:"does,omitempty"`
}

// Inject is a fault of the timeline that is in force from now on.
type Inject struct {
	Fault    string  `json:"fault"`
	Intended int64   `json:"intended_ns"` // the planned CLOCK_MONOTONIC instant
	TookMS   float64 `json:"took_ms"`
	Effect
}

// Heal is the end of a fault.
type Heal struct {
	Fault    string  `json:"fault"`
	Intended int64   `json:"intended_ns"`
	TookMS   float64 `json:"took_ms"`
}

// Reach is the outcome of a connection attempt.
type Reach string

const (
	Reached Reach = "reached"
	Blocked Reach = "blocked"
)

// A Check is a proof that one end reaches another, or does not.
type Check struct {
	From string `json:"from"` // an instance
	To   string `json:"to"`   // as people call it
	Want Reach  `json:"want"`
	Got  Reach  `json:"got"`
	Why  string `json:"why,omitempty"`
}

// A PhaseName is a part of a run.
type PhaseName string

const (
	WarmUp  PhaseName = "warm_up"
	Measure PhaseName = "measure"
	Done    PhaseName = "done"
)

// A Phase has begun.
type Phase struct {
	Phase    PhaseName `json:"phase"`
	Intended int64     `json:"intended_ns"` // on the schedule, however late the teller woke
}

// A Tick has the figures of one load or probe over the interval that ends now. Ticks feed the live
// view only: the report is computed from raw samples.
type Tick struct {
	Stream   string        `json:"stream"`
	Interval time.Duration `json:"interval_ns"`
	OK       uint64        `json:"ok"`
	Failed   uint64        `json:"failed"`
	P50      time.Duration `json:"p50_ns"`
	P99      time.Duration `json:"p99_ns"`
}

// A Warning is something that the reader of the figures must know.
type Warning struct {
	Text string `json:"text"`
}

// A Failure is the error that ended the run.
type Failure struct {
	Text string `json:"text"`
}

// Unknown is an event of a kind that this netlab does not know.
type Unknown struct {
	Name Kind
	What json.RawMessage
}

// MarshalJSON writes the payload as it came.
func (u Unknown) MarshalJSON() ([]byte, error) { return u.What, nil }

func (Inject) Kind() Kind    { return "fault.inject" }
func (Heal) Kind() Kind      { return "fault.heal" }
func (Check) Kind() Kind     { return "check.reach" }
func (Phase) Kind() Kind     { return "phase" }
func (Tick) Kind() Kind      { return "load.tick" }
func (Warning) Kind() Kind   { return "warning" }
func (Failure) Kind() Kind   { return "failure" }
func (u Unknown) Kind() Kind { return u.Name }
