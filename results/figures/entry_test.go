package figures

import (
	"bytes"
	"os"
	"testing"

	"netlab/results/resultstest"
	"netlab/scenarios"
)

// Every verb of the language reads as something, and no two alike.
func TestEveryVerbIsDescribed(t *testing.T) {
	const file = "../../scenarios/testdata/good/everything.yaml"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := scenarios.Decode(file, src)
	seen := map[string]string{}
	for i := range s.Timeline {
		e := &s.Timeline[i]
		text := describe(e)
		if other := seen[text]; text == "" || other != "" {
			t.Errorf("%s is %q, and so is %q", e.Name, text, other)
		}
		seen[text] = e.Name
	}
	if len(seen) < 12 {
		t.Errorf("only %d entries", len(seen))
	}
}

// A removed backend: what the timeline does stays for as long as the timeline says, whatever the
// control plane's speed is.
func TestChangeOfAServer(t *testing.T) {
	s := summarize(t, resultstest.Frankfurt().Record(t, func(r *resultstest.Recording) {
		r.Scenario = bytes.Replace(r.Scenario, []byte("fail: {clb_cluster: clb-frankfurt, zone: eu-central-1b}"),
			[]byte("remove: {server: {load_balancer: clb-frankfurt, instance: ecs3}}"), 1)
	}))
	f := s.Faults["clb_b_down"]
	if want := "remove ecs3 on clb-frankfurt"; f.What != want {
		t.Errorf("it reads %q, want %q", f.What, want)
	}
	if f.Documented != nil {
		t.Errorf("at documented speed it would be %+v", f.Documented)
	}
	if f.ResetConnections == 0 {
		t.Error("no kept connection was reset")
	}
}

// Fresh connections neither survive a fault nor are reset by it.
func TestFreshConnectionsAreNotCounted(t *testing.T) {
	s := summarize(t, resultstest.Frankfurt().Record(t, func(r *resultstest.Recording) {
		r.Scenario = bytes.Replace(r.Scenario, []byte("connections: 64"), []byte("fresh_connections: true"), 1)
	}))
	if f := s.Faults["clb_b_down"]; f.ResetConnections != 0 || f.SurvivedConnections != 0 || f.FailedRequests == 0 {
		t.Errorf("%d reset, %d survived, %d requests failed", f.ResetConnections, f.SurvivedConnections, f.FailedRequests)
	}
}
