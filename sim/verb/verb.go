// Package verb is what a scenario's timeline can do. A verb is one file: its check, how people call
// it, the acts that inject and heal it, and what the cloud is expected to do about it. Its form in
// the file is a key of scenarios.Entry.
//
// Verbs are pure: acts are plain values, which a world carries out, be it a lab of namespaces or a
// simulation.
package verb

import (
	"fmt"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
	"netlab/sim/topology"
)

// A Verb is one line of the timeline.
type Verb interface {
	// Check reports what is wrong with the line, and what it would not change.
	Check(c *cloud.Checker, at Line)
	// Describe says what the verb does, as the scenario file puts it.
	Describe() string
	// Inject is what the verb does to a place.
	Inject(p Place) []Act
	// Heal takes it back. before are the results of the calls among the acts of Inject, in order.
	Heal(p Place, before []control.Result) []Act
	// Effect says what Inject really did, as its calls' results tell.
	Effect(p Place, before []control.Result) event.Effect
	// Reaction is what the cloud does about it by itself.
	Reaction(c *cloud.Cloud) Reaction
}

// A Line is where a verb stands: the path of its key, "timeline[0].fail", and the whole entry.
type Line struct {
	Path  string
	Entry scenarios.Entry
}

// A Place is what a verb acts on.
type Place struct {
	Cloud    *cloud.Cloud
	Topology *topology.Topology
}

// A Reaction names what tells that the cloud has noticed a fault, and has led new connections
// round it. The zero value is no reaction: the cloud does nothing by itself.
type Reaction struct {
	// Zone's clusters are found dead by the monitor, and the load balancer's address moves:
	// LoadBalancer's, or any where it is "".
	Zone         cloud.Zone
	LoadBalancer string
	// Backends fail their health checks, and leave the slots of the nodes that serve. With a Zone,
	// this counts where no cluster of a load balancer was lost.
	Backends []string
}

// None says that the cloud does nothing about it.
func (r Reaction) None() bool { return r.Zone == "" && len(r.Backends) == 0 }

// A maker is the verb of an entry, or nil where the entry asks for another.
type maker func(e scenarios.Entry) Verb

// makers are all verbs, in order of their files. Each verb's file adds its own.
var makers []named

type named struct {
	name string // the key, and the kind where a key has several: "fail zone"
	of   maker
}

func register(name string, m maker) bool {
	makers = append(makers, named{name, m})
	return true
}

// Of is the verb of a line; nil for one that asks for nothing, which decoding has reported.
func Of(e scenarios.Entry) Verb {
	for _, m := range makers {
		if v := m.of(e); v != nil {
			return v
		}
	}
	return nil
}

// Check checks every line of the timeline.
func Check(c *cloud.Checker) {
	for i, e := range c.Scenario().Timeline {
		if v := Of(e); v != nil {
			v.Check(c, Line{fmt.Sprintf("timeline[%d]", i), e})
		}
	}
}

// notYet is part of a verb that no world can do yet: a run refuses it.
type notYet struct{}

func (notYet) Inject(Place) []Act                          { panic("verb: not emulated") }
func (notYet) Heal(Place, []control.Result) []Act          { panic("verb: not emulated") }
func (notYet) Effect(Place, []control.Result) event.Effect { panic("verb: not emulated") }
func (notYet) Reaction(*cloud.Cloud) Reaction              { return Reaction{} }

// A refuser is a verb that no world can do yet, or not with all its values. It says which key asks
// for that, and for what; what is "" where there is nothing to refuse.
type refuser interface{ refuse() (key, what string) }

// NotEmulated says which lines of a valid timeline netlab can't do yet.
func NotEmulated(s *scenarios.Scenario) scenarios.Diagnostics {
	var diags scenarios.Diagnostics
	for i, e := range s.Timeline {
		v, ok := Of(e).(refuser)
		if !ok {
			continue
		}
		if key, what := v.refuse(); what != "" {
			diags = append(diags, cloud.NotYet(s, fmt.Sprintf("timeline[%d].%s", i, key), what))
		}
	}
	return diags
}
