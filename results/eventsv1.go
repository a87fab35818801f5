package results

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// An eventV1 is an event of version 1: one flat object for all kinds, whose fields meant another
// thing in each and whose text held facts. This file upgrades it while it is read, and is the only
// one that reads facts out of a text. What version 1 did not say stays empty: which load balancer
// and listener a health status or a slot table belongs to, and which hosts a verb cut (its text
// becomes what the verb did).
type eventV1 struct {
	At       int64   `json:"t_ns"`
	Kind     string  `json:"kind"`
	Subject  string  `json:"subject"`
	Zone     string  `json:"zone"`
	From     string  `json:"from"`
	To       string  `json:"to"`
	Intended int64   `json:"intended_ns"`
	Value    float64 `json:"value"`
	Text     string  `json:"text"`
	Tick     *struct {
		Interval time.Duration `json:"interval_ns"`
		OK       uint64        `json:"ok"`
		Failed   uint64        `json:"failed"`
		P50      time.Duration `json:"p50_ns"`
		P99      time.Duration `json:"p99_ns"`
	} `json:"tick"`
}

func decodeEventV1(line []byte) (event.Event, error) {
	var old eventV1
	if err := json.Unmarshal(line, &old); err != nil {
		return event.Event{}, err
	}
	what, err := old.payload(line)
	if err != nil {
		return event.Event{}, fmt.Errorf("%s of version 1: %w", old.Kind, err)
	}
	return event.Event{At: old.At, What: what}, nil
}

func (old *eventV1) payload(line []byte) (event.Payload, error) {
	zone := cloud.Zone(old.Zone)
	switch old.Kind {
	case "build.begun":
		return event.BuildBegun{Scenario: old.Subject}, nil
	case "build.host":
		return event.BuildHost{Host: old.Subject, Zone: zone}, nil
	case "build.done":
		return old.buildDone()
	case "build.removed":
		return event.BuildRemoved{TookMS: old.Value}, nil
	case "control.step":
		return old.call(), nil
	case "control.transition":
		name, part, _ := strings.Cut(old.Subject, " ")
		return event.Transition{Resource: event.Resource(old.Text), Name: name, Part: part, From: old.From, To: old.To}, nil
	case "control.dns":
		return old.record()
	case "health.status":
		return event.Health{
			Zone: zone, Backend: old.Subject,
			From: cloud.HealthStatus(old.From), To: cloud.HealthStatus(old.To), Cause: old.Text,
		}, nil
	case "failover.node":
		return event.Node{LoadBalancer: old.Subject, Zone: zone, From: cloud.NodeStatus(old.From), To: cloud.NodeStatus(old.To)}, nil
	case "failover.route":
		return event.Route{LoadBalancer: old.Subject, From: cloud.Zone(old.From), To: cloud.Zone(old.To), TookUS: old.Value}, nil
	case "forward.slots":
		return event.Slots{LoadBalancer: old.Subject, Zone: zone, Backends: strings.Fields(old.Text)}, nil
	case "fault.inject":
		return event.Inject{Fault: old.Subject, Intended: old.Intended, TookMS: old.Value, Effect: event.Effect{Does: old.Text}}, nil
	case "fault.heal":
		return event.Heal{Fault: old.Subject, Intended: old.Intended, TookMS: old.Value}, nil
	case "check.reach":
		return old.check(), nil
	case "phase":
		return event.Phase{Phase: event.PhaseName(old.Subject), Intended: old.Intended}, nil
	case "load.tick":
		tick := event.Tick{Stream: old.Subject}
		if t := old.Tick; t != nil {
			tick.Interval, tick.OK, tick.Failed, tick.P50, tick.P99 = t.Interval, t.OK, t.Failed, t.P50, t.P99
		}
		return tick, nil
	case "warning":
		return event.Warning{Text: old.Text}, nil
	case "failure":
		return event.Failure{Text: old.Text}, nil
	}
	return event.Unknown{Name: event.Kind(old.Kind), What: json.RawMessage(line)}, nil
}

func (old *eventV1) buildDone() (event.Payload, error) {
	done := event.BuildDone{TookMS: old.Value}
	if _, err := fmt.Sscanf(old.Text, "%d namespaces, %d links", &done.Namespaces, &done.Links); err != nil {
		return nil, fmt.Errorf("%q: %w", old.Text, err)
	}
	return done, nil
}

func (old *eventV1) call() event.Payload {
	c := event.Call{Call: old.Text, Resource: old.Subject, Zone: cloud.Zone(old.Zone)}
	if account, allows := strings.CutPrefix(old.Text, "allow account "); allows {
		c.Call, c.Account = "allow", account
	}
	if old.Text == "replace" {
		c.LoadBalancer = old.To
	}
	return c
}

func (old *eventV1) record() (event.Payload, error) {
	r := event.Record{Name: old.Subject}
	for text := range strings.FieldsSeq(old.To) {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		r.Addresses = append(r.Addresses, address)
	}
	return r, nil
}

// check tells a proof that one end reaches another from a call that the cloud refused: version 1
// had one kind for both.
func (old *eventV1) check() event.Payload {
	if from, to, path := strings.Cut(old.Subject, " → "); path {
		return event.Check{From: from, To: to, Want: event.Reach(old.From), Got: event.Reach(old.To), Why: old.Text}
	}
	call, resource, _ := strings.Cut(old.Subject, " ")
	return event.Refusal{Call: call, Resource: resource, Want: old.From, Got: old.To, Why: old.Text}
}
