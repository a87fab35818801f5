package fidelity

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"netlab/scenarios"
	"netlab/sim"
	"netlab/sim/cloud"
	"netlab/sim/control"
)

//go:embed reference.yaml
var referenceScenario []byte

// values is where rows ask for their figures: a cloud full of defaults, and the language's own
// rules. It panics where there is none such, which is a mistake of this package.
type values struct {
	*cloud.Cloud
	keys map[string]scenarios.Key // "Listener.scheduler"
}

func readValues() values {
	_, c, diags := sim.Load("reference.yaml", referenceScenario)
	if len(diags) > 0 {
		panic(fmt.Sprintf("fidelity: the reference scenario: %s", diags))
	}
	tables, err := scenarios.Reference()
	if err != nil {
		panic(fmt.Sprintf("fidelity: read the language: %v", err))
	}
	v := values{c, map[string]scenarios.Key{}}
	for _, t := range tables {
		for _, k := range t.Keys {
			v.keys[t.Name+"."+k.Name] = k
		}
	}
	return v
}

func (v values) key(name string) scenarios.Key {
	k, ok := v.keys[name]
	if !ok {
		panic("fidelity: the language has no " + name)
	}
	return k
}

// span is what a key allows, and its default.
func (v values) span(key string) string {
	k := v.key(key)
	text := k.Range
	if len(k.Enum) > 0 {
		text = strings.Join(k.Enum, ", ")
	}
	if k.Default != "" {
		text += ", default " + k.Default
	}
	return text
}

func (v values) fallback(key string) string { return v.key(key).Default }

func (v values) listener(protocol, check string) cloud.Listener {
	for _, l := range v.LoadBalancers[0].Listeners {
		if l.Protocol == protocol && l.HealthCheck.Type == check {
			return l
		}
	}
	panic(fmt.Sprintf("fidelity: the reference scenario has no %s listener with a %s check", protocol, check))
}

// label is how well a constant of the profile is known.
func (v values) label(field string) cloud.Fidelity { return v.Profile.Label(field) }

// window is a span of time in which something is found out.
func window(w control.Window) string { return fmt.Sprintf("%s–%s", w.Min, short(w.Max)) }

// short writes whole minutes and seconds without the zeros.
func short(d time.Duration) string {
	text := d.String()
	if d >= time.Minute {
		text = strings.TrimSuffix(text, "0s")
	}
	return text
}

// thousands groups digits.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
