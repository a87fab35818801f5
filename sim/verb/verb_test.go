package verb_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"netlab/scenarios"
	"netlab/sim"
	"netlab/sim/control"
	"netlab/sim/topology"
	"netlab/sim/verb"
)

// keys are the verbs that the language has: the alternatives in the forms of an entry, and of fail.
func keys(t *testing.T) []string {
	t.Helper()
	form := func(of any) []string {
		var keys []string
		for field := range reflect.TypeOf(of).Fields() {
			if forms := field.Tag.Get("forms"); forms != "" {
				keys = append(keys, strings.Split(forms, "; ")...)
			}
		}
		return keys
	}
	var all []string
	for _, key := range form(scenarios.Entry{}) {
		if key != "fail" {
			all = append(all, key)
			continue
		}
		for _, kind := range form(scenarios.Fail{}) {
			all = append(all, "fail "+strings.Fields(kind)[0])
		}
	}
	return all
}

// Each key of the language has one verb, and each verb a key: a forgotten one fails here.
func TestEveryKeyIsAVerb(t *testing.T) {
	got, want := verb.Names(), keys(t)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("verbs %v, keys of the timeline %v", got, want)
	}
}

// The file that has every key and every value of the language: each line of its timeline is one
// verb, which can be told, injected and healed, or is refused with its position.
func TestEveryVerbOfTheLanguage(t *testing.T) {
	src, err := os.ReadFile("../../scenarios/testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, diags := scenarios.Decode("everything.yaml", src)
	for _, d := range diags.Errors() {
		if strings.HasPrefix(d.Path, "timeline") {
			t.Error(d)
		}
	}
	c, _ := sim.Build(s) // the rest of the file goes together only as far as its form
	refused := map[string]bool{}
	for _, d := range verb.NotEmulated(s) {
		line, _, _ := strings.Cut(d.Path, "]")
		refused[line] = true
		if d.Line == 0 {
			t.Errorf("%s is refused without a position", d)
		}
	}
	place := verb.Place{Cloud: c, Topology: topology.Compile(c, s.Links)}
	seen := map[string]bool{}
	for i, e := range s.Timeline {
		v := verb.Of(e)
		if v == nil {
			t.Fatalf("line %s is no verb", e.Name)
		}
		name := verb.Name(e)
		seen[name] = true
		if v.Describe() == "" {
			t.Errorf("%s is not described", name)
		}
		if refused[fmt.Sprintf("timeline[%d", i)] {
			continue
		}
		// What the calls among the acts would have returned.
		before := make([]control.Result, len(v.Inject(place)))
		for j := range before {
			before[j] = control.Result{Weight: 50, LoadBalancer: "old", Replacement: "new"}
		}
		inject, heal := v.Inject(place), v.Heal(place, before)
		if (len(inject) == 0) != (len(heal) == 0) {
			t.Errorf("%s: %d acts inject it, %d heal it", name, len(inject), len(heal))
		}
		effect := v.Effect(place, before)
		if len(effect.Hosts) == 0 && len(effect.Links) == 0 && effect.Does == "" {
			t.Errorf("%s does not say what it did", name)
		}
		cuts := slices.ContainsFunc(inject, func(a verb.Act) bool { _, ok := a.(verb.Cut); return ok })
		if cuts && len(effect.Hosts) == 0 {
			t.Errorf("%s cuts hosts and names none", name)
		}
		if strings.HasPrefix(name, "fail ") == v.Reaction(c).None() {
			t.Errorf("%s: reaction %+v: the cloud reacts to what fails, and to nothing else", name, v.Reaction(c))
		}
	}
	for _, name := range verb.Names() {
		if !seen[name] {
			t.Errorf("everything.yaml has no %s", name)
		}
	}
}

// Every verb of the language reads as something, and no two alike.
func TestEveryVerbIsDescribed(t *testing.T) {
	const file = "../../scenarios/testdata/good/everything.yaml"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := scenarios.Decode(file, src)
	seen := map[string]string{}
	for _, e := range s.Timeline {
		text := verb.Of(e).Describe()
		if other := seen[text]; text == "" || other != "" {
			t.Errorf("%s is %q, and so is %q", e.Name, text, other)
		}
		seen[text] = e.Name
	}
	if len(seen) < 12 {
		t.Errorf("only %d entries", len(seen))
	}
}
