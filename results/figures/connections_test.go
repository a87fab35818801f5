package figures

import (
	"bytes"
	"testing"

	"netlab/results/resultstest"
)

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
