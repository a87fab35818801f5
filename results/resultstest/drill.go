// Package resultstest makes up bundles for the tests of results: a drill whose truth is known,
// recorded as a run records it.
package resultstest

import (
	"cmp"
	_ "embed"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"netlab/loadgen"
	"netlab/results"
	"netlab/sim/cloud"
	"netlab/sim/event"
)

//go:embed frankfurt.yaml
var frankfurt []byte

// A Drill is a made-up run whose truth is known: the service answers except between Cut and Back.
type Drill struct {
	Scenario []byte // that is recorded
	Zero     int64  // CLOCK_MONOTONIC at the end of the warm-up
	Cut      time.Duration
	Back     time.Duration
	random   *rand.Rand
}

// Frankfurt is a drill in which a load balancer loses its primary cluster for seven seconds.
func Frankfurt() *Drill {
	return &Drill{
		Scenario: frankfurt, Zero: int64(1000 * time.Second),
		Cut: 6 * time.Second, Back: 9012 * time.Millisecond,
		random: rand.New(rand.NewPCG(5, 6)),
	}
}

// At is an instant after the warm-up, on CLOCK_MONOTONIC.
func (d *Drill) At(after time.Duration) int64 { return d.Zero + int64(after) }

// Events are what such a drill tells.
func (d *Drill) Events() []event.Event {
	planned := d.At(6 * time.Second)
	const a, b, clb = "eu-central-1a", "eu-central-1b", "clb-frankfurt"
	return []event.Event{
		{At: d.At(-3 * time.Second), What: event.BuildBegun{Scenario: "frankfurt"}},
		{At: d.At(-2900 * time.Millisecond), What: event.BuildDone{Namespaces: 10, Links: 10, TookMS: 41.3}},
		{At: d.At(-2500 * time.Millisecond), What: event.Check{
			From: "ecs1", To: "ep-vpc1:80", Want: event.Blocked, Got: event.Blocked, Why: "the connection is not accepted yet"}},
		{At: d.At(-2400 * time.Millisecond), What: event.Check{
			From: "ecs1", To: "ep-vpc1:80", Want: event.Reached, Got: event.Reached, Why: "through the endpoint"}},
		{At: d.At(-2 * time.Second), What: event.Phase{Phase: event.WarmUp}},
		{At: d.At(time.Millisecond), What: event.Phase{Phase: event.Measure, Intended: d.Zero}},
		{At: d.At(d.Cut), What: event.Inject{
			Fault: "clb_b_down", Intended: planned, Effect: event.Effect{Does: "links of clb-frankfurt.b"}}},
		{At: d.At(d.Cut + 2998*time.Millisecond), What: event.Node{LoadBalancer: clb, Zone: b, From: cloud.Up, To: cloud.Down}},
		{At: d.At(d.Cut + 3000*time.Millisecond), What: event.Route{LoadBalancer: clb, From: b, To: a, TookUS: 210}},
		{At: d.At(13 * time.Second), What: event.Heal{Fault: "clb_b_down", Intended: d.At(13 * time.Second)}},
		{At: d.At(13100 * time.Millisecond), What: event.Node{LoadBalancer: clb, Zone: b, From: cloud.Down, To: cloud.Up}},
		{At: d.At(14100 * time.Millisecond), What: event.Route{LoadBalancer: clb, From: a, To: b, TookUS: 190}},
		{At: d.At(20 * time.Second), What: event.Phase{Phase: event.Done}},
	}
}

// load are requests of the kept connections, one a millisecond from two seconds before the zero.
func (d *Drill) load() []loadgen.Sample {
	var out []loadgen.Sample
	for i := range 22_000 {
		due := d.At(-2*time.Second + time.Duration(i)*time.Millisecond)
		s := loadgen.Sample{Intended: due, Sent: due + 30_000 + d.random.Int64N(40_000), Conn: uint32(i % 64)}
		if d.out(s.Sent) {
			s.Done, s.Phase, s.Errno = s.Sent+int64(time.Second), loadgen.PhaseFirstByte, loadgen.ErrTimeout
			if i%8 == 0 {
				s.Done, s.Errno = s.Sent+int64(time.Millisecond), syscall.ECONNRESET
			}
		} else {
			s.FirstByte = s.Sent + 120_000 + d.random.Int64N(90_000)
			s.Done, s.Status, s.Server = s.FirstByte+5_000, 200, uint16(1+i%2)
		}
		out = append(out, s)
	}
	return inOrderOfCompletion(out)
}

// probes are fresh connections, one a millisecond, half a millisecond beside the load.
func (d *Drill) probes() []loadgen.Sample {
	var out []loadgen.Sample
	for i := range 22_000 {
		due := d.At(-2*time.Second + time.Duration(i)*time.Millisecond + 500*time.Microsecond)
		s := loadgen.Sample{Intended: due, Sent: due + 20_000, Conn: uint32(i % 1000)}
		if d.out(s.Sent) {
			s.Done, s.Phase, s.Errno = s.Sent+int64(500*time.Millisecond), loadgen.PhaseConnect, loadgen.ErrTimeout
		} else {
			s.Done = s.Sent + 90_000 + d.random.Int64N(60_000)
			s.FirstByte = s.Done
		}
		out = append(out, s)
	}
	return inOrderOfCompletion(out)
}

func (d *Drill) out(at int64) bool { return at >= d.At(d.Cut) && at < d.At(d.Back) }

func inOrderOfCompletion(samples []loadgen.Sample) []loadgen.Sample {
	slices.SortStableFunc(samples, func(a, b loadgen.Sample) int { return cmp.Compare(a.Done, b.Done) })
	return samples
}

func account(samples []loadgen.Sample) loadgen.Accounting {
	a := loadgen.Accounting{Failed: make(map[loadgen.Failure]uint64), Servers: []string{"", "ecs2", "ecs3"}, Connects: 64}
	for i := range samples {
		a.Offered++
		switch s := &samples[i]; {
		case s.OK():
			a.Sent++
			a.Answered++
		case s.Phase == loadgen.PhaseShed:
			a.Shed++
		default:
			a.Sent++
			a.Failed[loadgen.Failure{Phase: s.Phase, Errno: s.Errno}]++
		}
	}
	return a
}

// Record writes the bundle. The functions change what is recorded.
func (d *Drill) Record(t *testing.T, changes ...func(*Recording)) *results.Bundle {
	t.Helper()
	rec := Recording{Events: d.Events(), Load: d.load(), Probes: d.probes(), Scenario: d.Scenario}
	rec.Validity = results.Validity{Steal: 0.002, Idle: 0.61, CPUPressure: 0.08}
	for _, change := range changes {
		change(&rec)
	}
	folder, err := results.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	w, err := folder.Create("frankfurt", time.Date(2026, 11, 22, 18, 58, 17, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(w.Scenario(rec.Scenario))
	check(w.Update(func(m *results.Manifest) {
		m.Tool = results.Tool{Name: "netlab", Version: "test", Go: "go1.26"}
		m.Seed, m.TimeScale = 42, 10
		m.Clock = results.Anchor{Monotonic: d.Zero, Wall: time.Date(2026, 11, 22, 18, 58, 20, 0, time.UTC).UnixNano()}
		m.Host = results.Host{Kernel: "6.18.0", Arch: "amd64", CPU: "test CPU", Cores: 2}
		m.Setup = results.Setup{Namespaces: 10, Links: 10, BuildMS: 41.3, TeardownMS: 88.25}
		m.Validity = rec.Validity
	}))
	for _, e := range rec.Events {
		w.Event(e)
	}
	write := func(sender results.Sender, samples []loadgen.Sample) {
		sender.Start, sender.End = d.At(-2*time.Second), d.At(20*time.Second)
		s, err := w.Samples(sender)
		check(err)
		for chunk := range slices.Chunk(samples, 1000) {
			check(s.Write(chunk))
		}
		check(s.Close(account(samples)))
	}
	write(results.Sender{Name: "web", Kind: results.Load, Protocol: "http", From: "ecs1", Target: "http://ep-vpc1/",
		Arrivals: "constant", Rate: 1000, Connections: 64, TimeoutMS: 1000}, rec.Load)
	write(results.Sender{Name: "reach", Kind: results.Probe, Protocol: "tcp", From: "ecs1", Target: "tcp://ep-vpc1:80",
		Arrivals: "constant", Rate: 1000, Connections: 1000, TimeoutMS: 500}, rec.Probes)
	if !rec.Killed {
		check(w.Close())
	}
	b, err := results.Open(w.Dir())
	check(err)
	return b
}

// A Recording is what a bundle is made of.
type Recording struct {
	Events       []event.Event
	Load, Probes []loadgen.Sample
	Scenario     []byte
	Validity     results.Validity
	Killed       bool
}
