// Package event defines the one stream that everything netlab does is told in: a namespace built,
// a control-plane transition, a health change, a fault injected, a route switched, a phase begun.
// Terminal progress, the report and the bundle all read this stream, and nothing else carries
// status.
//
// An Event is an instant and a payload. Each kind of event has a payload type of its own, whose
// fields say all that there is to know; a switch on the type is the way to read a stream. Fields
// named Cause, Why and Does are sentences for people: nothing parses them.
//
// The package is plain data: it reads no clock.
package event

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Schema names the form of an event stream, one JSON object a line, in its first line (see
// docs/events.md). Within a number, kinds and fields are only added.
const Schema = "netlab.events/2"

// An Event is one thing that happened.
type Event struct {
	At   int64 // CLOCK_MONOTONIC, nanoseconds
	What Payload
}

// A Payload says what happened. The types of this package are the only ones.
type Payload interface{ Kind() Kind }

// A Kind names what happened. The part before the dot is the part of netlab that says it.
type Kind string

// A Sink takes events. It must not block for long and may be called from any goroutine.
type Sink func(Event)

// line is an event as JSON.
type line struct {
	At   int64           `json:"t_ns"`
	Kind Kind            `json:"kind"`
	What json.RawMessage `json:"what"`
}

// MarshalJSON writes {"t_ns": …, "kind": …, "what": {…}}.
func (e Event) MarshalJSON() ([]byte, error) {
	what, err := json.Marshal(e.What)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.What.Kind(), err)
	}
	return json.Marshal(line{e.At, e.What.Kind(), what})
}

// UnmarshalJSON reads what MarshalJSON writes. A kind that this netlab does not know becomes
// Unknown, for newer bundles may hold some.
func (e *Event) UnmarshalJSON(data []byte) error {
	var l line
	if err := json.Unmarshal(data, &l); err != nil {
		return fmt.Errorf("decode event: %w", err)
	}
	known, ok := payloads[l.Kind]
	if !ok {
		*e = Event{l.At, Unknown{l.Kind, l.What}}
		return nil
	}
	what := reflect.New(known)
	if err := json.Unmarshal(l.What, what.Interface()); err != nil {
		return fmt.Errorf("decode event %s: %w", l.Kind, err)
	}
	*e = Event{l.At, what.Elem().Interface().(Payload)}
	return nil
}

// payloads are the payload types by their kinds.
var payloads = byKind(
	BuildBegun{}, BuildHost{}, BuildDone{}, BuildRemoved{},
	Call{}, Refusal{}, Transition{}, Record{},
	Health{}, Node{}, Route{}, Slots{},
	Inject{}, Heal{}, Check{},
	Phase{}, Tick{}, Warning{}, Failure{},
)

func byKind(all ...Payload) map[Kind]reflect.Type {
	types := make(map[Kind]reflect.Type, len(all))
	for _, p := range all {
		types[p.Kind()] = reflect.TypeOf(p)
	}
	return types
}
