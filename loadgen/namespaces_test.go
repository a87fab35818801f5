package loadgen_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"netlab/loadgen"
	"netlab/netlab/kernel/kerneltest"
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
			acct, samples := runOn(t, e, loadgen.Plan{NetNS: ns.FD(), Protocol: loadgen.HTTP, FreshConnections: true,
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
		acct, err := e.Run(kerneltest.Context(t), loadgen.Plan{Name: "web", NetNS: ns.FD(), Target: target, Protocol: loadgen.HTTP, Connections: 16,
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
