// Package process is the two processes of a run. The outer one asks; the inner one is PID 1 of the
// sandbox, builds the lab in it, runs the drill against it, and reports.
package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"netlab/drill"
	"netlab/drill/doctor"
	"netlab/drill/kernelworld"
	"netlab/drill/world"
	"netlab/netlab/lab"
	"netlab/netlab/sandbox"
	"netlab/results"
	"netlab/scenarios"
	"netlab/sim"
	"netlab/sim/cloud"
	"netlab/sim/event"
	"netlab/sim/topology"
)

// Verb is the hidden verb of netlab that calls Inside.
const Verb = "inside"

// A Request says what to run, from the outer process to the inner one.
type Request struct {
	File    string // the scenario's name, for messages
	Source  []byte
	Results string // folder that the bundle is made in, as it was named
	Tool    results.Tool
}

// A report is one line from the inner process to the outer one: exactly one field is set.
type report struct {
	Bundle string       `json:"bundle,omitempty"`
	Event  *event.Event `json:"event,omitempty"`
	Hosts  []string     `json:"hosts,omitempty"` // of a lab that stays: it is up
	Ended  *ending      `json:"ended,omitempty"`
}

type ending struct {
	Error   string `json:"error,omitempty"`
	Lacking bool   `json:"lacking,omitempty"`
}

// Launch runs a valid scenario in a sandbox and returns the name of its bundle in the folder, also beside an
// error when there was time to make one. When ctx ends the run stops and keeps what it has.
func Launch(ctx context.Context, r Request, folder *results.Folder, sink event.Sink) (bundle string, err error) {
	dir, err := folder.File()
	if err != nil {
		return "", err
	}
	defer dir.Close()
	err = converse(ctx, Verb, r, []*os.File{dir}, func(line report) {
		switch {
		case line.Bundle != "":
			bundle = line.Bundle
		case line.Event != nil:
			sink(*line.Event)
		}
	})
	return bundle, err
}

// converse starts the inner process with a verb, tells it what to do and hears its reports until
// it ends.
func converse(ctx context.Context, verb string, r Request, files []*os.File, hear func(report)) error {
	if err := afford(r); err != nil {
		return err
	}
	process, err := sandbox.Start(verb, files...)
	if err != nil {
		if errors.Is(err, sandbox.ErrNotPermitted) {
			err = fmt.Errorf("%w: %w", world.ErrLacking, err)
		}
		return err
	}
	stop := context.AfterFunc(ctx, func() { process.Control.Close() })
	defer stop()
	// An inner process that ended before it heard the request has said why: that counts.
	untold := json.NewEncoder(process.Control).Encode(r)

	var ended *ending
	reports := json.NewDecoder(process.Reports)
	for {
		var line report
		if err := reports.Decode(&line); err != nil {
			break // the inner process is gone; why, Wait says
		}
		if line.Ended != nil {
			ended = line.Ended
			continue
		}
		hear(line)
	}
	exit := process.Wait()
	switch {
	case ended == nil && untold != nil && ctx.Err() == nil:
		return fmt.Errorf("tell the lab what to run: %w", untold)
	case ended == nil:
		return fmt.Errorf("the lab's process ended before it was done: %v", exit)
	case ended.Lacking:
		return remoteError{ended.Error}
	case ended.Error != "":
		return errors.New(ended.Error)
	}
	return nil
}

// afford refuses a scenario that takes more than this machine gives, before anything of it is made.
func afford(r Request) error {
	s, c, diagnostics := sim.Load(r.File, r.Source)
	if errs := diagnostics.Errors(); len(errs) > 0 {
		return fmt.Errorf("scenario: %v", errs)
	}
	if missing := doctor.Missing(doctor.BudgetOf(s, topology.Compile(c, s.Links)).Check()); missing != nil {
		return fmt.Errorf("%w: %w", world.ErrLacking, missing)
	}
	return nil
}

// A remoteError is a world.ErrLacking that the inner process told of.
type remoteError struct{ text string }

func (e remoteError) Error() string { return e.text }
func (e remoteError) Unwrap() error { return world.ErrLacking }

// Inside is the inner process: it runs one request and ends.
func Inside() error { return inside(serve) }

// inside hears the request, has it served and reports how that ended.
func inside(serve func(context.Context, Request, *reporter) error) error {
	control, reports, err := sandbox.Enter()
	if err != nil && reports == nil {
		return err
	}
	out := &reporter{to: json.NewEncoder(reports)}
	if err == nil {
		err = hear(control, out, serve)
	}
	e := &ending{Lacking: errors.Is(err, world.ErrLacking) || errors.Is(err, sandbox.ErrNotPermitted)}
	if err != nil && !errors.Is(err, context.Canceled) {
		e.Error = err.Error()
	}
	out.send(report{Ended: e})
	return nil
}

func hear(control *os.File, out *reporter, serve func(context.Context, Request, *reporter) error) error {
	// Load engines, the wire and servers sit on threads of their own, most of the time in the
	// kernel; some room keeps the others running while they are not.
	runtime.GOMAXPROCS(runtime.NumCPU() + 2)

	var r Request
	if err := json.NewDecoder(control).Decode(&r); err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	// The outer process says nothing more: the end of its pipe is the order to stop, and comes
	// also when that process is gone.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		io.Copy(io.Discard, control)
		cancel()
	}()
	return serve(ctx, r, out)
}

func serve(ctx context.Context, r Request, out *reporter) error {
	s, c, diagnostics := sim.Load(r.File, r.Source)
	if errs := diagnostics.Errors(); len(errs) > 0 {
		return fmt.Errorf("scenario: %v", errs)
	}
	bundle, err := create(r, s.Name)
	if err != nil {
		return err
	}
	out.send(report{Bundle: filepath.Base(bundle.Dir())})
	err = errors.Join(bundle.Scenario(r.Source), bundle.Update(func(m *results.Manifest) {
		m.Tool, m.Seed, m.TimeScale = r.Tool, s.Seed, s.TimeScale
		m.Scenario.File = r.File
		m.Clock = results.Anchor{Monotonic: lab.Monotonic(), Wall: time.Now().UnixNano()}
		describe(m)
	}))
	if err != nil {
		return err
	}
	sink := func(e event.Event) {
		bundle.Event(e)
		out.event(e)
	}
	err = lacking(ctx, run(ctx, s, c, bundle, sink))
	if err != nil && !errors.Is(err, context.Canceled) {
		sink(event.Event{At: lab.Monotonic(), What: event.Failure{Text: err.Error()}})
	}
	return errors.Join(err, bundle.Close())
}

// create begins the bundle in the folder that the outer process opened.
func create(r Request, scenario string) (*results.Writer, error) {
	dir := os.NewFile(sandbox.FirstFile, "results")
	defer dir.Close()
	folder, err := results.FolderOf(dir, r.Results)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return folder.Create(scenario, time.Now())
}

// run builds the lab, runs the drill in it and removes it.
func run(ctx context.Context, s *scenarios.Scenario, c *cloud.Cloud, bundle *results.Writer, sink event.Sink) (err error) {
	topo := topology.Compile(c, s.Links)
	built, report, err := lab.Build(ctx, s, c, topo, sink)
	var noted error
	if report.Total > 0 { // it was built, though a service may not have started on it
		noted = bundle.Update(func(m *results.Manifest) { setup(m, report) })
	}
	if err != nil {
		return errors.Join(err, noted)
	}
	defer func() { err = errors.Join(err, remove(built, bundle)) }()
	if noted != nil {
		return noted
	}
	d := drill.Drill{Scenario: s, Cloud: c, Topology: topo, World: kernelworld.New(built), Bundle: bundle, Sink: sink}
	return d.Run(ctx)
}

func setup(m *results.Manifest, built lab.BuildReport) {
	m.Setup = results.Setup{Namespaces: built.Namespaces, Links: built.Links, BuildMS: milliseconds(built.Total)}
	for _, p := range built.Parts {
		m.Setup.Phases = append(m.Setup.Phases, results.PhaseTime{Name: p.Name, MS: milliseconds(p.Took)})
	}
}

func remove(l *lab.Lab, bundle *results.Writer) error {
	began := time.Now()
	err := l.Close()
	took := time.Since(began)
	return errors.Join(err, bundle.Update(func(m *results.Manifest) { m.Setup.TeardownMS = milliseconds(took) }))
}

func milliseconds(t time.Duration) float64 { return float64(t) / float64(time.Millisecond) }

// lacking explains a failed run by what the machine lacks, if that is why: the errors of the
// kernel seldom tell.
func lacking(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	if missing := doctor.Missing(doctor.Probe(ctx)); missing != nil {
		return fmt.Errorf("%w: %w (%w)", world.ErrLacking, missing, err)
	}
	return err
}

// A reporter sends lines to the outer process. When that is gone nobody is left to tell, and the
// control pipe's end stops the run.
type reporter struct {
	mu sync.Mutex
	to *json.Encoder
}

func (r *reporter) send(line report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to.Encode(line)
}

func (r *reporter) event(e event.Event) { r.send(report{Event: &e}) }
