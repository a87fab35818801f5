// Package loadtest runs the load generator on its own: what `netlab load` does. It drives one target from
// one machine, or from one host of a lab, shows how it goes, and says what it measured in the
// figures of a lab's run.
package loadtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"netlab/loadgen"
	"netlab/loadgen/engine"
	"netlab/loadgen/record"
	"netlab/scenarios/protocol"
)

// Options say what to send.
type Options struct {
	Target      string
	OwnTarget   bool // the user says that it is theirs
	NetNS       int  // descriptor of a lab host's namespace; -1: this machine
	Rate        float64
	Arrivals    string // constant, poisson, closed; "": poisson, or closed without a rate
	Curve       loadgen.Curve
	Replay      []time.Duration
	Seed        uint64
	Connections int
	Fresh       bool
	Loops       int // threads that share the load
	Think       time.Duration
	WarmUp      time.Duration
	Duration    time.Duration
	Timeout     time.Duration
	MaxWaiting  int
	Method      string
	Host        string
	Size        int
	Streams     int
	Direction   loadgen.Direction
	Congestion  string
	Sources     []netip.Addr
	Insecure    bool
	Engine      string // by its name in package protocol; "": what fits the target
	Pace        loadgen.Pace
	Kernel      bool // the kernel's stamps
	Histograms  io.Writer
}

// A UsageError is what the user has to write otherwise.
type UsageError struct{ error }

// Unwrap returns what is wrong.
func (e UsageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// Run sends the load and tells watch the figures of each second.
func Run(ctx context.Context, o Options, watch func(*record.Interval)) (*Result, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	target, err := o.target(ctx)
	if err != nil {
		return nil, err
	}
	sender, name, err := o.engine(ctx, target.Protocol)
	if err != nil {
		return nil, err
	}
	start := loadgen.Now() + int64(50*time.Millisecond) // time to open the connections
	plans, err := o.plans(target, start)
	if err != nil {
		return nil, err
	}
	measured := start + int64(o.WarmUp)
	phases := []record.Phase{{Name: "measured", Begin: measured, End: measured + int64(o.Duration)}}
	if o.WarmUp > 0 {
		phases = append([]record.Phase{{Name: "warm_up", Begin: start, End: measured}}, phases...)
	}
	t := &tally{total: record.NewFigures(), servers: map[string]uint64{}, watch: watch}
	if o.Histograms != nil {
		if t.log, err = record.NewLog(o.Histograms, start, time.Now().Add(50*time.Millisecond)); err != nil {
			return nil, err
		}
	}
	var loops sync.WaitGroup
	for _, p := range plans {
		loops.Go(func() { t.loop(ctx, sender, p, record.NewMeter(phases...)) })
	}
	loops.Wait()
	if errors.Is(t.err, errors.ErrUnsupported) {
		return nil, usage("%w: leave --engine out, or choose another", t.err)
	}
	if t.err != nil {
		return nil, t.err
	}
	end := min(loadgen.Now(), measured+int64(o.Duration))
	return t.result(o, string(name), time.Duration(end-measured)), nil
}

func (o *Options) target(ctx context.Context) (Target, error) {
	t, err := parse(o.Target)
	if err != nil {
		return Target{}, usage("%w", err)
	}
	if err := t.resolve(ctx); err != nil {
		return Target{}, err
	}
	if !t.Address.Addr().IsLoopback() && o.NetNS < 0 && !o.OwnTarget {
		return Target{}, usage("%s is %s: %w", t.Text, t.Address.Addr(), ErrForeign)
	}
	if o.Host != "" {
		t.Host = o.Host
	}
	return t, nil
}

// engine chooses what sends.
func (o *Options) engine(ctx context.Context, p protocol.Name) (loadgen.Engine, protocol.Engine, error) {
	name := protocol.Engine(o.Engine)
	if name == "" {
		name = protocol.Default(p)
	}
	if !name.Known() {
		return nil, "", usage("engine %q is unknown; write %s", name, protocol.List(protocol.Engines()))
	}
	e, err := engine.New(ctx, name)
	return e, name, err
}

// plans share the load out to the loops.
func (o *Options) plans(t Target, start int64) ([]loadgen.Plan, error) {
	loops := max(1, o.Loops)
	schedule, err := o.schedule()
	if err != nil {
		return nil, err
	}
	whole := loadgen.Plan{
		Name: t.Text, NetNS: o.NetNS, Protocol: t.Protocol, Target: t.Address, Method: o.Method, Host: t.Host, Path: t.Path,
		Size: o.Size, Streams: o.Streams, Direction: o.Direction, Congestion: o.Congestion, Sources: o.Sources, Insecure: o.Insecure,
		Think: o.Think, FreshConnections: o.Fresh, Timeout: o.Timeout, MaxWaiting: o.MaxWaiting, Pace: o.Pace, KernelStamps: o.Kernel,
		Start: start, Duration: o.WarmUp + o.Duration,
	}
	if spoken, _ := protocol.Of(t.Protocol); o.Connections == 0 && !o.Fresh && spoken.Connections > 1 {
		o.Connections = max(spoken.Connections, loops)
	}
	if o.Connections > 0 && o.Connections < loops {
		return nil, usage("%d connections can't be shared by %d loops", o.Connections, loops)
	}
	plans := make([]loadgen.Plan, loops)
	for i := range plans {
		plans[i] = whole
		plans[i].Connections = (o.Connections + i) / loops
		plans[i].MaxWaiting = (o.MaxWaiting + loops - 1) / loops
	}
	if schedule != nil {
		for i, part := range loadgen.Split(schedule, loops, o.Seed) {
			plans[i].Pacer = part
			if loops == 1 {
				plans[i].Pacer = schedule()
			}
		}
	}
	for i := range plans {
		if err := plans[i].Check(); err != nil {
			return nil, UsageError{err}
		}
	}
	return plans, nil
}

// schedule makes the arrivals, nil for a closed loop.
func (o *Options) schedule() (func() loadgen.Pacer, error) {
	curve := o.Curve
	if curve == nil && o.Rate > 0 {
		curve = loadgen.Flat(o.Rate)
	}
	arrivals := o.Arrivals
	if arrivals == "" {
		arrivals = "poisson"
		if curve == nil {
			arrivals = "closed"
		}
	}
	switch {
	case o.Replay != nil:
		return func() loadgen.Pacer { return loadgen.Replay(o.Replay) }, nil
	case arrivals == "closed" && curve != nil:
		return nil, usage("a closed loop has no rate: each connection sends when it has its answer")
	case arrivals == "closed":
		return nil, nil
	case curve == nil:
		return nil, usage("%s arrivals need a rate", arrivals)
	case arrivals == "constant":
		return func() loadgen.Pacer { return curve.Even() }, nil
	case arrivals == "poisson":
		return func() loadgen.Pacer { return curve.Poisson(o.Seed) }, nil
	}
	panic("check knows no arrivals " + arrivals)
}

// A tally is what the loops measured together.
type tally struct {
	mu      sync.Mutex
	total   record.Figures // of the measured phase
	acct    []loadgen.Accounting
	servers map[string]uint64 // answers by instance
	log     *record.Log
	watch   func(*record.Interval)
	err     error
}

// loop runs one plan and collects its figures.
func (t *tally) loop(ctx context.Context, e loadgen.Engine, p loadgen.Plan, m *record.Meter) {
	collected := make(chan struct{})
	counts := map[uint16]uint64{}
	go func() {
		defer close(collected)
		for i := range m.Full() {
			t.collect(i, counts)
			m.Reuse(i)
		}
	}()
	acct, err := e.Run(ctx, p, m)
	m.Close()
	<-collected
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.err = errors.Join(t.err, err)
		return
	}
	t.acct = append(t.acct, acct)
	for server, n := range counts {
		t.servers[acct.Servers[server]] += n
	}
}

func (t *tally) collect(i *record.Interval, servers map[uint16]uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.log != nil {
		t.err = errors.Join(t.err, t.log.Write(i))
	}
	if t.watch != nil {
		t.watch(i)
	}
	if i.Phase == "measured" {
		t.total.Merge(&i.Figures)
		for server, n := range i.Servers {
			servers[server] += n
		}
	}
}
