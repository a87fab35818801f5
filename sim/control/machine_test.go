package control_test

import (
	"container/heap"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netlab/sim"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// A region is a world for the machine, in virtual time: backends that die in every way, clusters
// that lose their power, a monitor that may be cut off, and people who call the API at random.
// After every step it holds the machine to what must be true whatever happens.
type region struct {
	cloud   *cloud.Cloud
	machine *control.Machine
	random  *rand.Rand
	now     time.Duration
	inputs  inputs
	log     []string
	err     error

	backends map[netip.Addr]*backendState
	power    map[control.NodeID]time.Duration // since when; negative: off
	cutOff   bool                             // the monitor hears nobody
	serving  map[string]cloud.Zone
	slots    map[slotKey][]netip.AddrPort
	ending   map[endKey]deadline // connections that must be ended
	open     map[control.ENIID]bool
	calls    map[uint64]string // under way
	lastID   uint64
}

type backendState struct {
	mode  string        // "" for alive, refuse, hang
	since time.Duration // in this mode
	dead  time.Duration // since when it is not alive
}

type slotKey struct {
	node     control.NodeID
	listener cloud.ListenerID
}

type endKey struct {
	slotKey
	backend netip.AddrPort
}

// A deadline is when connections must have been ended, and since when that is known.
type deadline struct{ since, by time.Duration }

// inputs are those that are due, the earliest first.
type inputs []dueInput

type dueInput struct {
	at   time.Duration
	made uint64
	in   control.Input
}

func (q inputs) Len() int      { return len(q) }
func (q inputs) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *inputs) Push(x any)   { *q = append(*q, x.(dueInput)) }
func (q inputs) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].made < q[j].made
}

func (q *inputs) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// regionFile is a cloud with all that the control plane knows: two zones, two load balancers, a
// listener with drain and one without, a primary/secondary group, several endpoints.
const regionFile = "testdata/region.yaml"

func loadRegion(t *testing.T) *cloud.Cloud {
	src, err := os.ReadFile(regionFile)
	if err != nil {
		t.Fatal(err)
	}
	_, c, diags := sim.Load(regionFile, src)
	if errs := diags.Errors(); len(errs) > 0 {
		t.Fatal(errs)
	}
	return c
}

func newRegion(c *cloud.Cloud, seed uint64) *region {
	for _, g := range c.SecurityGroups {
		g.Rules = nil // whatever an earlier sequence left
	}
	r := &region{
		cloud: c, machine: control.New(c, seed), random: rand.New(rand.NewPCG(seed, 1)),
		backends: map[netip.Addr]*backendState{}, power: map[control.NodeID]time.Duration{},
		serving: map[string]cloud.Zone{}, slots: map[slotKey][]netip.AddrPort{}, ending: map[endKey]deadline{},
		open: map[control.ENIID]bool{}, calls: map[uint64]string{},
	}
	for _, in := range c.Instances {
		r.backends[in.PrivateIP] = &backendState{}
	}
	for _, lb := range c.LoadBalancers {
		for _, z := range lb.Zones() {
			r.power[control.NodeID{LoadBalancer: lb.Name, Zone: z}] = 0
		}
	}
	return r
}

func (r *region) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("at %s: "+format, append([]any{r.now}, args...)...)
	}
}

func (r *region) later(d time.Duration, in control.Input) {
	r.lastID++
	heap.Push(&r.inputs, dueInput{r.now + d, r.lastID, in})
}

// pass lets time pass until an instant.
func (r *region) pass(until time.Duration) {
	for r.err == nil {
		next, due := r.machine.Next()
		if len(r.inputs) > 0 && (!due || r.inputs[0].at <= next) {
			next, due = r.inputs[0].at, true
		}
		if !due || next > until {
			r.now = until
			r.check()
			return
		}
		if next < r.now {
			r.fail("Next is in the past: %s", next)
		}
		r.now = max(r.now, next)
		if len(r.inputs) > 0 && r.inputs[0].at <= r.now {
			r.step(heap.Pop(&r.inputs).(dueInput).in)
		} else {
			r.step(control.Tick{})
		}
	}
}

func (r *region) step(in control.Input) {
	actions := r.machine.Step(r.now, in)
	// What is wrong stays wrong until an action changes it: it is enough to look just before and after.
	changes := slices.ContainsFunc(actions, func(a control.Action) bool {
		switch a.(type) {
		case control.Probe, control.Heartbeat:
			return false
		}
		return true
	})
	if changes {
		r.checkSlots()
	}
	for _, a := range actions {
		r.execute(a)
	}
	if changes {
		r.check()
	}
}

func (r *region) execute(a control.Action) {
	switch a := a.(type) {
	case control.Probe:
		b := r.backends[a.Backend.Addr()]
		switch {
		case r.power[a.Node] < 0:
			r.fail("a cluster without power probes: %+v", a)
		case b.mode == "hang":
			r.later(a.Timeout, control.ProbeResult{ID: a.ID, Cause: errors.New("timeout")})
		case b.mode == "refuse":
			r.later(0, control.ProbeResult{ID: a.ID, Cause: errors.New("refused")})
		default:
			r.later(time.Millisecond, control.ProbeResult{ID: a.ID})
		}
	case control.Heartbeat:
		if !r.cutOff && r.power[a.Node] >= 0 {
			r.later(time.Millisecond, control.Echo{ID: a.ID})
		}
	case control.Serve:
		if r.serving[a.LoadBalancer] != a.From || a.From == a.To {
			r.fail("%s moves from %q to %q, and %q serves it", a.LoadBalancer, a.From, a.To, r.serving[a.LoadBalancer])
		}
		r.serving[a.LoadBalancer] = a.To
	case control.SetSlots:
		slots := slices.Clone(a.Slots) // which backends there are, not how often
		slices.SortFunc(slots, netip.AddrPort.Compare)
		r.slots[slotKey{a.Node, a.Listener}] = slices.Compact(slots)
	case control.EndConnections:
		delete(r.ending, endKey{slotKey{a.Node, a.Listener}, a.Backend})
	case control.ConnectENI:
		r.open[a.ENI] = true
	case control.DisconnectENI:
		r.open[a.ENI] = false
	case control.Tell:
		if h, ok := a.What.(event.Health); ok && h.To == cloud.Abnormal {
			r.mustEnd(control.NodeID{LoadBalancer: h.LoadBalancer, Zone: h.Zone}, h.Listener, h.Backend)
		}
	case control.Finish:
		var refused *control.Error
		if a.Result.Err != nil && !errors.As(a.Result.Err, &refused) {
			r.fail("%s: %v is no refusal of the cloud's", r.calls[a.ID], a.Result.Err)
		}
		if refused != nil && refused.Code != "" && !slices.Contains(documentedCodes, refused.Code) {
			r.fail("%s: code %s is not documented", r.calls[a.ID], refused.Code)
		}
		delete(r.calls, a.ID)
	}
}

// mustEnd notes that a backend takes no new connections for a listener: the open ones must have been
// ended when its drain timeout is over, unless it is back by then.
func (r *region) mustEnd(node control.NodeID, id cloud.ListenerID, instance string) {
	lb, in := r.cloud.LoadBalancer(node.LoadBalancer), r.cloud.Instance(instance)
	for _, l := range lb.Listeners {
		if l.ID() != id {
			continue
		}
		for _, s := range lb.Backends(l) {
			if s.Instance == in {
				drain := control.Scale(r.cloud.TimeScale).Listener(l).ConnectionDrainTimeout
				r.ending[endKey{slotKey{node, id}, netip.AddrPortFrom(in.PrivateIP, s.Port)}] = deadline{r.now, r.now + drain}
			}
		}
	}
}

// check holds the machine to its invariants.
func (r *region) check() {
	r.checkSlots()
	for id, open := range r.open {
		ep, _ := r.machine.Endpoint(id.Endpoint)
		if open && ep.Connection != cloud.Connected && ep.Connection != cloud.ConnectionPending {
			r.fail("ENI %+v lets connections through, its connection is %s", id, ep.Connection)
		}
	}
}

// checkSlots looks for backends that are dead, or gone, for too long.
func (r *region) checkSlots() {
	for key, slots := range r.slots {
		if r.power[key.node] < 0 {
			continue // what a dead cluster has in its tables reaches nobody
		}
		for _, at := range slots {
			b := r.backends[at.Addr()]
			if b.mode == "" || r.standby(key, at) {
				continue
			}
			// The documented bound, from the later of its death and the cluster's start.
			bound := r.bound(key, b)
			if since := max(b.dead, r.power[key.node]); r.now-since > bound {
				r.fail("listener %s of %+v points at %s, dead for %s, the bound is %s", key.listener, key.node, at, r.now-since, bound)
			}
		}
	}
	for key, due := range r.ending {
		if r.now <= due.by {
			continue
		}
		// One that lived again since then may have been found by the probes, also where its weight is 0.
		b := r.backends[key.backend.Addr()]
		back := slices.Contains(r.slots[key.slotKey], key.backend) || b.mode == "" || b.dead > due.since
		if since := r.power[key.node]; since >= 0 && since <= due.since && !back {
			r.fail("connections of %s on %+v to %s did not end by %s", key.listener, key.node, key.backend, due.by)
		}
		delete(r.ending, key)
	}
}

// standby says whether a backend is the secondary of a primary/secondary group, which is not checked
// (documented).
func (r *region) standby(key slotKey, at netip.AddrPort) bool {
	for _, l := range r.cloud.LoadBalancer(key.node.LoadBalancer).Listeners {
		if l.ID() == key.listener && l.Group != nil && l.Group.PrimarySecondary {
			return l.Group.Servers[1].Instance.PrivateIP == at.Addr()
		}
	}
	return false
}

// bound is how long a dead backend may stay in a listener's slots.
func (r *region) bound(key slotKey, b *backendState) time.Duration {
	for _, l := range r.cloud.LoadBalancer(key.node.LoadBalancer).Listeners {
		if l.ID() == key.listener {
			h := control.Scale(r.cloud.TimeScale).HealthCheck(l.HealthCheck)
			// A change from hanging to refusing waits for the probe that hangs.
			return control.FailWindow(h, max(h.Timeout, h.Interval)).Max + max(h.Timeout, h.Interval)
		}
	}
	return 0
}

// act does one random thing.
func (r *region) act() {
	pick := func(n int) int { return r.random.IntN(n) }
	switch pick(10) {
	case 0, 1:
		b := r.backends[r.cloud.Instances[pick(len(r.cloud.Instances))].PrivateIP]
		mode := []string{"", "", "refuse", "hang"}[pick(4)]
		if b.mode == "" && mode != "" {
			b.dead = r.now
		}
		b.mode, b.since = mode, r.now
		r.log = append(r.log, fmt.Sprintf("%s backend %q", r.now, mode))
	case 2:
		lb := r.cloud.LoadBalancers[pick(len(r.cloud.LoadBalancers))]
		node := control.NodeID{LoadBalancer: lb.Name, Zone: lb.Zones()[pick(len(lb.Zones()))]}
		on := r.power[node] < 0
		if on {
			r.power[node] = r.now
		} else {
			r.power[node] = -1
			for key := range r.ending {
				if key.node == node {
					delete(r.ending, key)
				}
			}
		}
		r.log = append(r.log, fmt.Sprintf("%s power %+v %v", r.now, node, on))
		r.step(control.Power{LoadBalancer: node.LoadBalancer, Zone: node.Zone, On: on})
	case 3:
		r.cutOff = !r.cutOff && pick(2) == 0
		r.log = append(r.log, fmt.Sprintf("%s cut off %v", r.now, r.cutOff))
	default:
		c := r.call(pick)
		r.lastID++
		r.calls[r.lastID] = fmt.Sprintf("%T%+v", c, c)
		r.log = append(r.log, fmt.Sprintf("%s %s", r.now, r.calls[r.lastID]))
		if remove, ok := c.(control.RemoveServer); ok {
			r.removing(remove)
		}
		r.step(control.Request{ID: r.lastID, Call: c})
	}
}

// removing notes whose connections must end: those of a backend that is in the slots.
func (r *region) removing(c control.RemoveServer) {
	in := r.cloud.Instance(c.Server.Instance)
	for key, slots := range r.slots {
		lb := r.cloud.LoadBalancer(key.node.LoadBalancer)
		i := slices.IndexFunc(lb.Listeners, func(l cloud.Listener) bool { return l.ID() == key.listener })
		if lb.Name != c.Server.LoadBalancer || lb.Listeners[i].Group != nil || r.power[key.node] < 0 {
			continue
		}
		if slices.ContainsFunc(slots, func(a netip.AddrPort) bool { return a.Addr() == in.PrivateIP }) {
			r.mustEnd(key.node, key.listener, in.Name)
		}
	}
}

func (r *region) call(pick func(int) int) control.Call {
	lb := r.cloud.LoadBalancers[pick(len(r.cloud.LoadBalancers))]
	service := r.cloud.EndpointServices[pick(len(r.cloud.EndpointServices))]
	ep := r.cloud.Endpoints[pick(len(r.cloud.Endpoints))]
	zone := lb.Zones()[pick(len(lb.Zones()))]
	server := control.ServerRef{LoadBalancer: lb.Name, Instance: r.cloud.Instances[pick(len(r.cloud.Instances))].Name}
	group := r.cloud.SecurityGroups[pick(len(r.cloud.SecurityGroups))]
	rule := cloud.SecurityGroupRule{Ingress: true, IPProtocol: "tcp", Accept: true, Priority: 1 + pick(3)}
	switch pick(14) {
	case 0, 1:
		return control.Create{Resource: lb.Name}
	case 2:
		return control.Create{Resource: service.Name}
	case 3:
		return control.Create{Resource: ep.Name}
	case 4, 5:
		return control.Accept{Endpoint: ep.Name}
	case 6:
		return control.Reject{Endpoint: ep.Name}
	case 7:
		return control.DisableZone{Endpoint: ep.Name, Zone: zone}
	case 8:
		return control.EnableZone{Endpoint: ep.Name, Zone: zone}
	case 9:
		return control.ReplaceResource{Endpoint: ep.Name, Zone: zone, LoadBalancer: lb.Name,
			Mode: []cloud.ReplaceMode{cloud.Graceful, cloud.Force}[pick(2)]}
	case 10:
		return control.SetWeight{Server: server, Weight: []int{0, 50, 100}[pick(3)]}
	case 11:
		return control.RemoveServer{Server: server}
	case 12:
		return control.AddServer{Server: server, Weight: 100}
	}
	if pick(2) == 0 {
		return control.Authorize{Group: group.Name, Rule: rule}
	}
	return control.Revoke{Group: group.Name, Rule: rule}
}

// The whole control plane under 10,000 random sequences of API calls, deaths, returns and power
// failures: no listener points at a dead backend for longer than the documented bound, never do two
// zones serve, no ENI lets connections through while its connection is not Connected, connections to
// a backend that left end in time, and every error is one that the API documents.
func TestControlPlaneUnderAnything(t *testing.T) {
	sequences := 10_000
	if testing.Short() {
		sequences = 300 // under the race detector, which is there for other faults
	}
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		c := loadRegion(t)
		group.Go(func() {
			for seed := w; seed < sequences && !t.Failed(); seed += workers {
				r := newRegion(c, uint64(seed))
				r.live()
				if r.err != nil {
					t.Errorf("sequence %d: %v\n%s", seed, r.err, strings.Join(r.log, "\n"))
				}
			}
		})
	}
	group.Wait()
}

// live lets a dozen things happen, most of them to a region in which everything was created.
func (r *region) live() {
	if r.random.IntN(8) > 0 {
		for _, name := range r.creatable() {
			r.step(control.Request{ID: 0, Call: control.Create{Resource: name}})
			r.pass(r.now + 700*time.Millisecond)
		}
		for _, ep := range r.cloud.Endpoints {
			r.step(control.Request{ID: 0, Call: control.Accept{Endpoint: ep.Name}})
		}
	}
	for range 12 {
		r.act()
		r.pass(r.now + []time.Duration{0, 50 * time.Millisecond, 300 * time.Millisecond, time.Second, 4 * time.Second}[r.random.IntN(5)])
	}
}

func (r *region) creatable() []string {
	var names []string
	for _, lb := range r.cloud.LoadBalancers {
		names = append(names, lb.Name)
	}
	for _, s := range r.cloud.EndpointServices {
		names = append(names, s.Name)
	}
	for _, ep := range r.cloud.Endpoints {
		names = append(names, ep.Name)
	}
	return names
}
