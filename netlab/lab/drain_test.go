package lab_test

import (
	"testing"

	"netlab/sim/control"
)

// Two listeners send to the same port of the same backends, and one of them has connection drain.
var drainedListener = edit(
	"- {protocol: tcp, frontend_port: 80, backend_port: 80, scheduler: wrr}",
	`- {protocol: tcp, frontend_port: 80, backend_port: 80, connection_drain: on, connection_drain_timeout: 900s}
        - {protocol: tcp, frontend_port: 81, backend_port: 80}`,
	"port_range: 80/80", "port_range: 80/81",
)

// A removed backend keeps the connections of the listener with drain, and loses the others.
func TestConnectionDrainSparesOpenConnections(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", drainedListener)
	connect(t, lab, c)
	drained, abrupt := openOn(t, lab, c, 80, "ecs3"), openOn(t, lab, c, 81, "ecs3")
	err := call(t, lab, control.RemoveServer{Server: control.ServerRef{LoadBalancer: "clb-frankfurt", Instance: "ecs3"}})
	must(t, err)
	wantReset(t, abrupt.ended())
	if name, err := drained.ask(answerTime); err != nil || name != "ecs3" {
		t.Errorf("with drain: answer from %q, %v", name, err)
	}
	for range 4 {
		if _, name := open(t, lab, c, 80); name != "ecs2" {
			t.Errorf("a new connection went to %s", name)
		}
	}
}

// When drain is over, so are the connections: 10 s, which the time scale makes 1 s.
func TestConnectionDrainEnds(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", drainedListener, edit("connection_drain_timeout: 900s", "connection_drain_timeout: 10s"))
	connect(t, lab, c)
	drained := openOn(t, lab, c, 80, "ecs3")
	for range 2 { // removing one that is not there is no error
		err := call(t, lab, control.RemoveServer{Server: control.ServerRef{LoadBalancer: "clb-frankfurt", Instance: "ecs3"}})
		must(t, err)
	}
	wantReset(t, drained.ended())
}
