package impair_test

import (
	"net"
	"testing"
	"time"

	"netlab/netlab/impair"
	"netlab/netlab/kernel"
)

// running reads whether the NIC is up and has carrier.
func running(t *testing.T, nic kernel.NIC) bool {
	t.Helper()
	var flags net.Flags
	must(t, nic.Namespace.Do(func() error {
		i, err := net.InterfaceByName("eth0")
		if err == nil {
			flags = i.Flags
		}
		return err
	}))
	return flags&net.FlagRunning != 0
}

func awaitRunning(t *testing.T, nic kernel.NIC, want bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); running(t, nic) != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: carrier stays %v", nic.MAC, !want)
		}
	}
}

// A link must look the same with a wire and without.
func TestCarrierFollowsTheFarEnd(t *testing.T) {
	for name, spec := range map[string]impair.Spec{
		"veth": {},
		"wire": impair.Symmetric(impair.Quality{Delay: time.Millisecond}),
	} {
		t.Run(name, func(t *testing.T) {
			l := connect(t, spec)
			for _, down := range [][]kernel.NIC{{l.a}, {l.b}, {l.a, l.b}, {l.b, l.a}} {
				for _, nic := range down {
					must(t, nic.Down())
				}
				awaitRunning(t, l.a, false)
				awaitRunning(t, l.b, false)
				for i, nic := range down {
					bringUp(t, nic)
					if i < len(down)-1 {
						awaitRunning(t, nic, false)
					}
				}
				awaitCarrier(t, l.a, l.b)
				ping(t, l)
			}
		})
	}
}

func TestOneEndUpHasNoCarrier(t *testing.T) {
	l := build(t, impair.Symmetric(impair.Quality{Delay: time.Millisecond}))
	bringUp(t, l.a)
	awaitRunning(t, l.a, false)
	bringUp(t, l.b)
	awaitCarrier(t, l.a, l.b)
	ping(t, l)
}

// ping proves that a datagram crosses each way.
func ping(t *testing.T, l link) {
	t.Helper()
	server, client := listenUDP(t, l.b), dialUDP(t, l.a, l.b)
	defer server.Close()
	defer client.Close()
	buf := make([]byte, 8)
	for _, c := range []*net.UDPConn{server, client} {
		must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	}
	_, err := client.Write([]byte("there"))
	must(t, err)
	_, from, err := server.ReadFromUDPAddrPort(buf)
	must(t, err)
	_, err = server.WriteToUDPAddrPort([]byte("back"), from)
	must(t, err)
	_, err = client.Read(buf)
	must(t, err)
}
