package results

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/sim/event"
)

func TestEventsOfVersion1AreUpgraded(t *testing.T) {
	for line, want := range map[string]event.Payload{
		`{"t_ns":1,"kind":"build.done","value":42.6,"text":"12 namespaces, 11 links"}`: event.BuildDone{
			Namespaces: 12, Links: 11, TookMS: 42.6},
		`{"t_ns":1,"kind":"control.step","subject":"svc","text":"allow account b"}`: event.Call{
			Call: "allow", Resource: "svc", Account: "b"},
		`{"t_ns":1,"kind":"control.step","subject":"ep","zone":"z-a","from":"old","to":"new","text":"replace"}`: event.Call{
			Call: "replace", Resource: "ep", Zone: "z-a", LoadBalancer: "new"},
		`{"t_ns":1,"kind":"control.transition","subject":"ep z-a","from":"Wait","to":"Connecting","text":"zone"}`: event.Transition{
			Resource: event.EndpointZone, Name: "ep", Part: "z-a", From: "Wait", To: "Connecting"},
		`{"t_ns":1,"kind":"control.dns","subject":"x.y","to":"10.0.0.1 10.0.0.2"}`: event.Record{
			Name: "x.y", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}},
		`{"t_ns":1,"kind":"health.status","subject":"ecs2","zone":"z-a","from":"normal","to":"abnormal","text":"dial"}`: event.Health{
			Backend: "ecs2", Zone: "z-a", From: "normal", To: "abnormal", Cause: "dial"},
		`{"t_ns":1,"kind":"forward.slots","subject":"clb","zone":"z-a","text":"ecs2 ecs3"}`: event.Slots{
			LoadBalancer: "clb", Zone: "z-a", Backends: []string{"ecs2", "ecs3"}},
		`{"t_ns":1,"kind":"forward.slots","subject":"clb","zone":"z-a"}`: event.Slots{LoadBalancer: "clb", Zone: "z-a", Backends: []string{}},
		`{"t_ns":1,"kind":"fault.inject","subject":"f","intended_ns":7,"value":1.5,"text":"ecs1 clb.b"}`: event.Inject{
			Fault: "f", Intended: 7, TookMS: 1.5, Effect: event.Effect{Does: "ecs1 clb.b"}},
		`{"t_ns":1,"kind":"check.reach","subject":"ecs1 → ep ENI 10.0.0.1:80","from":"blocked","to":"reached","text":"why"}`: event.Check{
			From: "ecs1", To: "ep ENI 10.0.0.1:80", Want: event.Blocked, Got: event.Reached, Why: "why"},
		`{"t_ns":1,"kind":"check.reach","subject":"create ep","from":"A","to":"B","text":"why"}`: event.Refusal{
			Call: "create", Resource: "ep", Want: "A", Got: "B", Why: "why"},
		`{"t_ns":1,"kind":"load.tick","subject":"web","tick":{"interval_ns":5,"ok":3,"failed":1,"p50_ns":2,"p99_ns":4}}`: event.Tick{
			Stream: "web", Interval: 5, OK: 3, Failed: 1, P50: 2, P99: 4},
		`{"t_ns":1,"kind":"phase","subject":"measure","intended_ns":9}`: event.Phase{Phase: event.Measure, Intended: 9},
	} {
		events, _, err := decodeEvents(strings.NewReader(line + "\n"))
		if err != nil || len(events) != 1 {
			t.Errorf("%s: %d events, %v", line, len(events), err)
			continue
		}
		if diff := cmp.Diff(event.Event{At: 1, What: want}, events[0], cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

// Whatever an earlier netlab told, nothing of it stays unknown.
func TestGoldenBundlesHoldNoUnknownEvents(t *testing.T) {
	dirs, err := filepath.Glob("testdata/golden/*")
	if err != nil || len(dirs) == 0 {
		t.Fatal(dirs, err)
	}
	for _, dir := range dirs {
		b, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range b.Events {
			if unknown, is := e.What.(event.Unknown); is {
				t.Errorf("%s: %s", dir, unknown.What)
			}
		}
		if len(b.Events) < 50 {
			t.Errorf("%s: only %d events", dir, len(b.Events))
		}
	}
}

func TestEventsOfAnotherSchemaAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"schema":"netlab.events/9"}` + "\n": `line 1: schema is "netlab.events/9", this netlab reads "netlab.events/2"`,
		"no JSON\n":                           "line 1: ",
		`{"schema":"netlab.events/2"}` + "\n" + "no JSON\n":                                  "line 2: ",
		`{"t_ns":1,"kind":"build.done","text":"many namespaces"}` + "\n":                     "line 1: build.done of version 1: ",
		`{"t_ns":1,"kind":"control.dns","subject":"x","to":"nowhere"}` + "\n":                "line 1: control.dns of version 1: ",
		`{"schema":"netlab.events/2"}` + "\n" + `{"kind":"phase","what":{"phase":1}}` + "\n": "line 2: ",
	} {
		if _, _, err := decodeEvents(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s…", text, err, want)
		}
	}
}
