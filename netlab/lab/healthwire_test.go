package lab_test

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

// A TCP check is SYN, SYN+ACK, ACK, RST: the backend accepts a connection that is reset before a
// byte comes. Each zone's node checks on its own, from an address of the provider's.
func TestTCPHealthCheckOnTheWire(t *testing.T) {
	lab, _, _ := build(t, "frankfurt.yaml", listenerOption("health_check_connect_port: 8081"))
	listen(t, lab, "ecs2", 8081)
	checked := listen(t, lab, "ecs3", 8081)
	created := make(chan error, 1)
	go func() { created <- call(t, lab, control.Create{Resource: "clb-frankfurt"}) }()
	nodes := map[netip.Addr]bool{}
	must(t, checked.(*net.TCPListener).SetDeadline(time.Now().Add(answerTime)))
	for len(nodes) < 2 {
		conn, err := checked.Accept()
		must(t, err)
		from := conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()
		nodes[from] = true
		if !cloud.ProviderBlock.Contains(from) {
			t.Errorf("a check comes from %s", from)
		}
		conn.SetDeadline(time.Now().Add(answerTime))
		if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the check ends with %d bytes, %v; want a reset", n, err)
		}
		conn.Close()
	}
	must(t, checked.(*net.TCPListener).SetDeadline(time.Time{}))
	must(t, <-created)
}
