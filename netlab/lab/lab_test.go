package lab_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/lab"
	"netlab/netlab/workload"
	"netlab/scenarios"
	"netlab/sim"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
	"netlab/sim/topology"
)

// The test binary is its own /proc/self/exe: it must answer the hidden verb.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == workload.Verb {
		if err := workload.Inside(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// A story collects events.
type story struct {
	mu     sync.Mutex
	events []event.Event
	more   chan struct{}
}

func (s *story) tell(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
	close(s.more)
	s.more = make(chan struct{})
}

// await returns the first event that fits, now or later.
func (s *story) await(t *testing.T, fits func(event.Event) bool) event.Event {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for seen := 0; ; {
		s.mu.Lock()
		for _, e := range s.events[seen:] {
			if fits(e) {
				s.mu.Unlock()
				return e
			}
		}
		seen = len(s.events)
		more := s.more
		s.mu.Unlock()
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("the event did not come; there were %v", s.events)
		}
	}
}

// build builds a shipped scenario, with edits.
func build(t *testing.T, file string, edits ...func([]byte) []byte) (*lab.Lab, *cloud.Cloud, *story) {
	t.Helper()
	return buildBy(t, lab.Build, file, edits...)
}

// buildForPrograms is build where programs can be run on every host.
func buildForPrograms(t *testing.T, file string, edits ...func([]byte) []byte) (*lab.Lab, *cloud.Cloud, *story) {
	t.Helper()
	return buildBy(t, lab.BuildForPrograms, file, edits...)
}

type builder func(context.Context, *scenarios.Scenario, *cloud.Cloud, *topology.Topology, event.Sink) (*lab.Lab, lab.BuildReport, error)

func buildBy(t *testing.T, start builder, file string, edits ...func([]byte) []byte) (*lab.Lab, *cloud.Cloud, *story) {
	t.Helper()
	kerneltest.Namespace(t) // skips where there can be none
	src, err := os.ReadFile("../../scenarios/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range edits {
		src = edit(src)
	}
	s, c, diagnostics := sim.Load(file, src)
	if errs := diagnostics.Errors(); len(errs) > 0 {
		t.Fatal(errs)
	}
	told := &story{more: make(chan struct{})}
	lab, _, err := start(kerneltest.Context(t), s, c, topology.Compile(c, s.Links), told.tell)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	return lab, c, told
}

// edit replaces parts of a scenario: old, new, old, new, …; each old one must be there.
func edit(pairs ...string) func([]byte) []byte {
	return func(src []byte) []byte {
		for i := 0; i < len(pairs); i += 2 {
			if !bytes.Contains(src, []byte(pairs[i])) {
				panic("the scenario does not contain " + pairs[i])
			}
			src = bytes.Replace(src, []byte(pairs[i]), []byte(pairs[i+1]), 1)
		}
		return src
	}
}

// call makes an API call.
func call(t *testing.T, lab *lab.Lab, c control.Call) error {
	t.Helper()
	_, err := lab.Call(kerneltest.Context(t), c)
	return err
}

// setWeight returns the weight before.
func setWeight(t *testing.T, lab *lab.Lab, server control.ServerRef, weight int) int {
	t.Helper()
	was, err := lab.Call(kerneltest.Context(t), control.SetWeight{Server: server, Weight: weight})
	must(t, err)
	return was.Weight
}

// health says whether an event is a backend's change of status on a zone's node.
func health(e event.Event, backend string, zone cloud.Zone, to cloud.HealthStatus) bool {
	h, ok := e.What.(event.Health)
	return ok && h.Backend == backend && h.Zone == zone && h.To == to
}

// connect replays the whole procedure.
func connect(t *testing.T, lab *lab.Lab, c *cloud.Cloud) {
	t.Helper()
	var names []string
	for _, lb := range c.LoadBalancers {
		names = append(names, lb.Name)
	}
	for _, s := range c.EndpointServices {
		names = append(names, s.Name)
	}
	for _, ep := range c.Endpoints {
		names = append(names, ep.Name)
	}
	for _, name := range names {
		if err := call(t, lab, control.Create{Resource: name}); err != nil {
			t.Fatal(err)
		}
	}
	for _, ep := range c.Endpoints {
		if err := call(t, lab, control.Accept{Endpoint: ep.Name}); err != nil {
			t.Fatal(err)
		}
	}
}

// get asks from ecs1 through the endpoint, as its own resolver finds it.
func get(t *testing.T, lab *lab.Lab, c *cloud.Cloud) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(kerneltest.Context(t), 500*time.Millisecond)
	defer cancel()
	domain := c.Endpoints[0].Domain
	addrs, err := lab.Resolve(ctx, "ecs1", domain)
	if err != nil {
		t.Fatal(err)
	}
	return lab.Get(ctx, "ecs1", domain, netip.AddrPortFrom(addrs[0], 80))
}

func TestFrankfurtServesThroughItsEndpoint(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml")
	connect(t, lab, c)
	share := map[string]int{}
	for range 20 {
		name, err := get(t, lab, c)
		if err != nil {
			t.Fatal(err)
		}
		share[name]++
	}
	if share["ecs2"] != 10 || share["ecs3"] != 10 {
		t.Errorf("equal weights gave %v", share)
	}
}

func TestClusterOutageMovesToTheBackupZoneAndBack(t *testing.T) {
	lab, c, told := build(t, "frankfurt.yaml")
	connect(t, lab, c)
	node := "clb-frankfurt.b"
	if err := lab.Cut(node); err != nil {
		t.Fatal(err)
	}
	if name, err := get(t, lab, c); err == nil {
		t.Fatalf("%s answered through a dead node", name)
	}
	moved := func(to cloud.Zone) func(event.Event) bool {
		return func(e event.Event) bool {
			r, ok := e.What.(event.Route)
			return ok && r.To == to && r.From != ""
		}
	}
	told.await(t, moved("eu-central-1a"))
	if _, err := get(t, lab, c); err != nil {
		t.Fatalf("after the move: %v", err)
	}
	if err := lab.Mend(node); err != nil {
		t.Fatal(err)
	}
	told.await(t, moved("eu-central-1b"))
	if _, err := get(t, lab, c); err != nil {
		t.Fatalf("after the way back: %v", err)
	}
}

func TestDeadBackendLeavesTheSlotTable(t *testing.T) {
	for name, outage := range map[string]func(t *testing.T, lab *lab.Lab){
		"refuse": func(t *testing.T, lab *lab.Lab) { must(t, lab.StopServices("ecs3")) },
		"hang": func(t *testing.T, lab *lab.Lab) {
			must(t, lab.Hang("ecs3"))
			t.Cleanup(func() { must(t, lab.Resume("ecs3")) })
		},
		"crash": func(t *testing.T, lab *lab.Lab) { must(t, lab.Cut("ecs3")) },
	} {
		t.Run(name, func(t *testing.T) {
			lab, c, told := build(t, "frankfurt.yaml")
			connect(t, lab, c)
			outage(t, lab)
			told.await(t, func(e event.Event) bool {
				return health(e, "ecs3", "eu-central-1b", cloud.Abnormal)
			})
			for range 10 {
				if name, err := get(t, lab, c); err != nil || name != "ecs2" {
					t.Fatalf("answer from %q, %v; want ecs2", name, err)
				}
			}
		})
	}
}

// viaVIP asks the load balancer's own address, from an instance in its VPC.
func viaVIP(t *testing.T, lab *lab.Lab, c *cloud.Cloud, from string) (string, error) {
	ctx, cancel := context.WithTimeout(kerneltest.Context(t), 500*time.Millisecond)
	defer cancel()
	return lab.Get(ctx, from, "vip", netip.AddrPortFrom(c.LoadBalancers[0].Address, 80))
}

func TestClientsInTheVPCUseTheVIP(t *testing.T) {
	const client = `    - {name: ecs5, vswitch: vsw2-a, private_ip: 192.168.20.5}` + "\n"
	lab, c, told := build(t, "frankfurt.yaml", func(src []byte) []byte {
		return bytes.Replace(src, []byte("    - {name: ecs2,"), []byte(client+"    - {name: ecs2,"), 1)
	})
	connect(t, lab, c)
	ask := func() {
		t.Helper()
		answered := map[string]bool{}
		for range 4 {
			name, err := viaVIP(t, lab, c, "ecs5")
			must(t, err)
			answered[name] = true
		}
		if len(answered) != 2 {
			t.Errorf("answers came from %v only", answered)
		}
	}
	ask()
	must(t, lab.Cut("clb-frankfurt.b"))
	told.await(t, func(e event.Event) bool {
		r, ok := e.What.(event.Route)
		return ok && r.To == "eu-central-1a"
	})
	ask() // through the other node
}

// A backend of a layer-4 listener can't call its own VIP (documented: SLB "FAQ about SLB").
func TestBackendCannotCallItsOwnVIP(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml")
	connect(t, lab, c)
	for range 4 {
		if name, err := viaVIP(t, lab, c, "ecs2"); err == nil {
			t.Errorf("ecs2 reached %s through its own VIP", name)
		}
	}
}

func TestWeightsCountForNewConnections(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml")
	connect(t, lab, c)
	share := func() map[string]int {
		share := map[string]int{}
		for range 12 {
			name, err := get(t, lab, c)
			must(t, err)
			share[name]++
		}
		return share
	}
	ecs3 := control.ServerRef{LoadBalancer: "clb-frankfurt", Instance: "ecs3"}
	setWeight(t, lab, ecs3, 50)
	if got := share(); got["ecs2"] != 8 || got["ecs3"] != 4 {
		t.Errorf("weights 100 and 50 gave %v", got)
	}
	before := setWeight(t, lab, ecs3, 0)
	if before != 50 {
		t.Errorf("the weight before was %d", before)
	}
	if got := share(); got["ecs2"] != 12 {
		t.Errorf("weight 0 gave %v", got)
	}
	must(t, call(t, lab, control.RemoveServer{Server: ecs3}))
	must(t, call(t, lab, control.AddServer{Server: ecs3, Weight: 100}))
	if err := call(t, lab, control.AddServer{Server: ecs3, Weight: 100}); err == nil {
		t.Error("ecs3 was added twice")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
