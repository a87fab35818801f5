// Package worker holds the engines that are not netlab's own: the standard library's HTTP client, for
// HTTPS and HTTP/2, and hey's requester, for comparison. Their goroutines dial where they like, so
// each run has a process of its own, wholly inside the client's network namespace.
//
// They are slower than the epoll engine: net/http takes three times wrk's CPU time for a request.
// The samples, their times and the books mean the same.
//
// A program that uses the package calls Inside when it was started with the argument Verb.
package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"netlab/loadgen"
	"netlab/scenarios/protocol"
)

// Verb is the argument that a worker process is started with.
const Verb = "load-worker"

// An engine runs its plan in a worker process.
type engine struct {
	client protocol.Engine // which client the worker uses
}

// Standard is the engine that uses the standard library's client.
func Standard() loadgen.Engine { return engine{protocol.Standard} }

// Hey is the engine that uses github.com/rakyll/hey. It is here to stand beside the other engines: it
// measures from the actual send and so omits what waited, it takes a plan's rate but not its
// arrivals, and it forgets samples beyond the first million and the times of failures.
func Hey() loadgen.Engine { return engine{protocol.Hey} }

// Probe starts a worker and ends it.
func (e engine) Probe(context.Context) error {
	p, err := start(-1)
	if err != nil {
		return err
	}
	p.in.Close()
	var none message
	err = p.answers.Decode(&none) // it ends without a word when it was told nothing
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return p.end(err)
}

// A job is what a worker is told to do.
type job struct {
	Client protocol.Engine
	Plan   loadgen.Plan // without its pacer
	Closed bool         // closed loop: no instants follow
	Rate   float64      // of the schedule at its beginning, for hey
}

// instants are when requests are due, in nanoseconds after the schedule's zero.
type instants struct {
	Due  []int64
	Last bool
}

// A message is what a worker says.
type message struct {
	Samples    []byte              `json:",omitempty"` // see pack
	Accounting *loadgen.Accounting `json:",omitempty"` // the run is over
	Err        string              `json:",omitempty"`
}

// Run runs the plan in a worker process.
func (e engine) Run(ctx context.Context, p loadgen.Plan, rec loadgen.Recorder) (loadgen.Accounting, error) {
	if err := p.Validate(e.client); err != nil {
		return loadgen.Accounting{}, err
	}
	w, err := start(p.NetNS)
	if err != nil {
		return loadgen.Accounting{}, fmt.Errorf("load %s: %w", p.Name, err)
	}
	pacer := p.Pacer
	p.Pacer, p.NetNS = nil, -1
	j := job{Client: e.client, Plan: p, Closed: pacer == nil}
	if pacer != nil {
		j.Rate = pacer.Rate(0)
	}
	stopped := context.AfterFunc(ctx, func() {
		_ = w.cmd.Process.Signal(syscall.SIGTERM) // refused only when it has ended
	})
	defer stopped()
	go w.tell(j, pacer)
	acct, err := w.listen(rec)
	if err := w.end(err); err != nil {
		return loadgen.Accounting{}, fmt.Errorf("load %s: %w", p.Name, err)
	}
	return acct, nil
}

// A process is a worker as its starter sees it.
type process struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *json.Decoder
	errors  strings.Builder
	heard   chan struct{} // everything was read that it said
	done    chan error
}

// start starts a worker inside a namespace. PDEATHSIG fires when the thread ends that started the
// child, so that thread stays until the child is gone; it is never unlocked, for it has
// entered the namespace.
func start(namespace int) (*process, error) {
	p := &process{cmd: exec.Command("/proc/self/exe", Verb), heard: make(chan struct{}), done: make(chan error, 1)}
	p.cmd.Stderr = &p.errors
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	p.in, p.answers = in, json.NewDecoder(out)
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if namespace >= 0 {
			if err := unix.Setns(namespace, unix.CLONE_NEWNET); err != nil {
				started <- fmt.Errorf("enter network namespace: %w", err)
				return
			}
		}
		err := p.cmd.Start()
		started <- err
		if err == nil {
			<-p.heard
			p.done <- p.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	return p, nil
}

// end ends the worker and adds what it complained about to an error in hearing from it.
func (p *process) end(err error) error {
	p.in.Close()
	close(p.heard)
	ended := <-p.done
	if err == nil {
		return nil
	}
	if complaint := strings.TrimSpace(p.errors.String()); complaint != "" {
		return fmt.Errorf("worker: %s", complaint)
	}
	return errors.Join(err, ended)
}

// tell sends the job and, as far ahead as the pipe has room, the schedule. When it can't, the worker
// has ended, and listen hears why.
func (p *process) tell(j job, pacer loadgen.Pacer) {
	enc := json.NewEncoder(p.in)
	if enc.Encode(j) != nil {
		return
	}
	for n, last := uint64(0), pacer == nil; !last; {
		var batch instants
		for len(batch.Due) < 512 && !last {
			due, stop := pacer.Next(n)
			n++
			if last = stop || j.Plan.Duration > 0 && due >= j.Plan.Duration; !last {
				batch.Due = append(batch.Due, int64(due))
			}
		}
		batch.Last = last
		if enc.Encode(batch) != nil {
			return
		}
	}
}

// listen records what the worker measured, until it says that the run is over.
func (p *process) listen(rec loadgen.Recorder) (loadgen.Accounting, error) {
	for {
		var m message
		switch err := p.answers.Decode(&m); {
		case err != nil:
			return loadgen.Accounting{}, fmt.Errorf("hear from worker: %w", err)
		case m.Err != "":
			return loadgen.Accounting{}, errors.New(m.Err)
		}
		samples, err := unpack(m.Samples)
		if err != nil {
			return loadgen.Accounting{}, fmt.Errorf("hear from worker: %w", err)
		}
		for i := range samples {
			rec.Record(&samples[i])
		}
		if m.Accounting != nil {
			return *m.Accounting, nil
		}
	}
}
