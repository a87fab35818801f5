package loadgen_test

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"

	"netlab/loadgen"
	"netlab/netlab/kernel/kerneltest"
	"netlab/scenarios/protocol"
)

// TestEverySocketIsInItsNamespace dials 10,000 times over 8 namespaces at once. The same address answers
// in each, by the namespace's own name.
func TestEverySocketIsInItsNamespace(t *testing.T) { engines(t, testEverySocketIsInItsNamespace) }

func testEverySocketIsInItsNamespace(t *testing.T, e loadgen.Engine) {
	const namespaces, dials = 8, 10_000 / 8
	var runs sync.WaitGroup
	for i := range namespaces {
		ns := kerneltest.Namespace(t)
		name := fmt.Sprint("host", i)
		serve(t, ns, name)
		runs.Go(func() {
			acct, samples := runOn(t, e, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.HTTP, FreshConnections: true,
				Pacer: first{loadgen.Constant(2000), dials}})
			if acct.Answered != dials || acct.Connects != dials {
				t.Errorf("%s: %+v", name, acct)
			}
			for _, s := range samples {
				if got := acct.Servers[s.Server]; got != name {
					t.Errorf("a socket of %s reached %s", name, got)
					return
				}
			}
		})
	}
	runs.Wait()
}

// TestRequestsDoNotAllocate counts what 20,000 more requests allocate.
func TestRequestsDoNotAllocate(t *testing.T) { engines(t, testRequestsDoNotAllocate) }

func testRequestsDoNotAllocate(t *testing.T, e loadgen.Engine) {
	ns := kerneltest.Namespace(t)
	serve(t, ns, "ecs2")
	allocations := func(n uint64) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		acct, err := e.Run(kerneltest.Context(t),
			loadgen.Plan{Name: "web", NetNS: ns.FD(), Target: target, Protocol: protocol.HTTP, Connections: 16,
				Pacer: first{loadgen.Constant(50_000), n}, Start: loadgen.Now(), Timeout: 1e10}, recorder(func(*loadgen.Sample) {}))
		if err != nil || acct.Answered != n {
			t.Fatalf("%+v, %v", acct, err)
		}
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs
	}
	allocations(1000) // what is made once in a process
	few, many := allocations(1000), allocations(21_000)
	// A queue may grow a few times when the machine is busy, and the runtime allocates now and then.
	if many > few+200 {
		t.Errorf("%d allocations for 1,000 requests, %d for 21,000", few, many)
	}
}

// TestSources: connections take the source addresses in turn.
func TestSources(t *testing.T) { engines(t, testSources) }

func testSources(t *testing.T, e loadgen.Engine) {
	ns := kerneltest.Namespace(t)
	var listener net.Listener
	if err := ns.Do(func() (err error) {
		listener, err = net.Listen("tcp", target.String())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	const n = 30
	seen := make(chan string, n)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
			seen <- host
			c.Close()
		}
	}()
	sources := []netip.Addr{netip.MustParseAddr("127.0.0.5"), netip.MustParseAddr("127.0.0.6"), netip.MustParseAddr("127.0.0.7")}
	acct, _ := runOn(t, e, loadgen.Plan{NetNS: ns.FD(), Protocol: protocol.TCPConnect, Sources: sources, Connections: 3,
		Pacer: first{loadgen.Constant(1000), n}})
	if acct.Answered != n {
		t.Fatalf("%+v", acct)
	}
	counts := map[string]int{}
	for range n {
		counts[<-seen]++
	}
	if counts["127.0.0.5"] != 10 || counts["127.0.0.6"] != 10 || counts["127.0.0.7"] != 10 {
		t.Errorf("connections came from %v", counts)
	}
}
