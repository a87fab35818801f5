package lab_test

import (
	"testing"

	"netlab/sim/control"
)

// Two listeners send to the same port of the same backends, and one of them checks another port.
var twoListeners = edit(
	"- {protocol: tcp, frontend_port: 80, backend_port: 80, scheduler: wrr}",
	`- {protocol: tcp, frontend_port: 80, backend_port: 80}
        - {protocol: tcp, frontend_port: 81, backend_port: 80, health_check_connect_port: 8081}`,
	"port_range: 80/80", "port_range: 80/81",
)

func TestFailedCheckEndsItsOwnListenersConnectionsOnly(t *testing.T) {
	lab, c, told := build(t, "frankfurt.yaml", twoListeners)
	listen(t, lab, "ecs2", 8081)
	checked := listen(t, lab, "ecs3", 8081)
	connect(t, lab, c)
	spared, struck, elsewhere := openOn(t, lab, c, 80, "ecs3"), openOn(t, lab, c, 81, "ecs3"), openOn(t, lab, c, 81, "ecs2")

	must(t, checked.Close())
	awaitHealth(t, told, "ecs3", "eu-central-1b", "abnormal")
	wantReset(t, struck.ended())
	for _, s := range []*session{spared, elsewhere} {
		_, err := s.ask(answerTime)
		must(t, err)
	}
}

func TestRemovedBackendLosesItsConnections(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml")
	connect(t, lab, c)
	struck, spared := openOn(t, lab, c, 80, "ecs3"), openOn(t, lab, c, 80, "ecs2")
	err := call(t, lab, control.RemoveServer{Server: control.ServerRef{LoadBalancer: "clb-frankfurt", Instance: "ecs3"}})
	must(t, err)
	wantReset(t, struck.ended())
	_, err = spared.ask(answerTime)
	must(t, err)
}
