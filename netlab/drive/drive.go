// Package drive runs a control plane in a world's own time: it feeds a control.Machine what the
// world hears, has the actions that come out executed in order, and wakes the machine when it is
// due. It decides nothing.
//
// Time is the standard library's, so that a test in a testing/synctest bubble runs the same code in
// virtual time.
package drive

import (
	"context"
	"errors"
	"sync"
	"time"

	"netlab/sim/control"
)

// A Driver runs one Machine. Its methods may be called from any goroutine.
type Driver struct {
	now     func() time.Duration
	execute func(control.Action) error
	broken  func(error)

	mu      sync.Mutex
	machine *control.Machine
	timer   *time.Timer
	lastID  uint64
	waiting map[uint64]chan<- control.Result
	ended   error // why the machine is fed no more; nil: it is
}

var errStopped = errors.New("the control plane has stopped")

// New starts a machine. now is the world's time, which the machine counts in. execute does one
// action, and never calls the Driver; Finish is the driver's own and does not come to it. broken is
// told an action that could not be executed: the world has stopped following its model then.
func New(m *control.Machine, now func() time.Duration, execute func(control.Action) error, broken func(error)) *Driver {
	d := &Driver{machine: m, now: now, execute: execute, broken: broken, waiting: map[uint64]chan<- control.Result{}}
	d.timer = time.AfterFunc(time.Hour, func() { d.Feed(control.Tick{}) })
	d.timer.Stop()
	return d
}

// Feed gives the machine an input and returns when everything that follows from it is in force.
func (d *Driver) Feed(in control.Input) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.feed(in)
}

func (d *Driver) feed(in control.Input) {
	if d.ended != nil {
		return
	}
	for _, a := range d.machine.Step(d.now(), in) {
		if f, ok := a.(control.Finish); ok {
			d.finish(f.ID, f.Result)
		} else if err := d.execute(a); err != nil {
			d.fail(err)
			return
		}
	}
	if next, ok := d.machine.Next(); ok {
		d.timer.Reset(max(0, next-d.now()))
	} else {
		d.timer.Stop()
	}
}

// fail ends all calls: nothing that the machine says holds in the world any more.
func (d *Driver) fail(err error) {
	d.stop(err)
	d.broken(err)
}

func (d *Driver) stop(err error) {
	d.ended = err
	d.timer.Stop()
	for id := range d.waiting {
		d.finish(id, control.Result{Err: err})
	}
}

func (d *Driver) finish(id uint64, r control.Result) {
	if to, ok := d.waiting[id]; ok {
		delete(d.waiting, id)
		to <- r
	}
}

// Call makes an API call and returns when it has ended, or with ctx.
func (d *Driver) Call(ctx context.Context, c control.Call) (control.Result, error) {
	ended := make(chan control.Result, 1)
	d.mu.Lock()
	if err := d.ended; err != nil {
		d.mu.Unlock()
		return control.Result{}, err
	}
	d.lastID++
	id := d.lastID
	d.waiting[id] = ended
	d.feed(control.Request{ID: id, Call: c})
	d.mu.Unlock()
	select {
	case r := <-ended:
		return r, r.Err
	case <-ctx.Done():
		d.mu.Lock()
		delete(d.waiting, id)
		d.mu.Unlock()
		return control.Result{}, ctx.Err()
	}
}

// Endpoint is an endpoint and its connection as they stand; ok is false before it is created.
func (d *Driver) Endpoint(name string) (e control.Endpoint, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.machine.Endpoint(name)
}

// Stop ends the machine. Calls that are under way return an error.
func (d *Driver) Stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended == nil {
		d.stop(errStopped)
	}
}
