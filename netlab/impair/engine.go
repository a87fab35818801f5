package impair

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
)

// An Engine carries the frames of all impaired links of a lab, on one thread.
//
// One thread for all: a thread per link would spin for its next frame on a core that the load
// needs. Everything that the thread works on is its own; other goroutines have it run a function
// (see do) and share no state with it.
type Engine struct {
	namespace *kernel.Namespace
	mode      Mode

	epoll int
	bell  int // eventfd that wakes the thread for requests

	// The thread's own:
	clock    *clock
	pool     *pool
	in, out  *batch
	pace     pace
	priority bool    // under SCHED_FIFO at present
	flows    []*flow // by the number of the port that they come from
	events   []unix.EpollEvent
	patience int64 // with late frames
	stopping bool

	mu       sync.Mutex // guards the rest
	requests []request
	ended    bool  // the thread is gone; its state is free to use under mu
	failure  error // the first error that leaves a wire broken

	thread   chan struct{}   // closed at the thread's end
	watching context.Context // ends the watches of carrier.go
	unwatch  context.CancelFunc
	watches  sync.WaitGroup
	closing  sync.Once
	wires    int
}

// A request is a function to run on the engine's thread.
type request struct {
	run  func()
	done chan struct{}
}

// NewEngine starts an engine with a wire namespace of its own.
func NewEngine() (*Engine, error) {
	e := &Engine{
		epoll: -1, bell: -1, thread: make(chan struct{}), patience: tooLate,
		clock: newClock(), in: newBatch(), out: newBatch(), events: make([]unix.EpollEvent, 64),
	}
	e.watching, e.unwatch = context.WithCancel(context.Background())
	if err := e.open(); err != nil {
		e.release()
		return nil, err
	}
	started := make(chan struct{})
	go e.run(started)
	<-started
	return e, nil
}

func (e *Engine) open() (err error) {
	if e.namespace, err = kernel.NewNamespace(); err != nil {
		return err
	}
	if e.pool, err = newPool(); err != nil {
		return err
	}
	for i := range batchSize {
		e.in.hold(i, e.pool, e.pool.take(), slotSize)
	}
	if e.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("create epoll: %w", err)
	}
	if e.bell, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return fmt.Errorf("create eventfd: %w", err)
	}
	return e.listen(e.bell, bellNumber)
}

// bellNumber marks the bell among the events; ports count up from 0.
const bellNumber = -1

func (e *Engine) listen(fd, number int) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(number)}
	if err := unix.EpollCtl(e.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("add to epoll: %w", err)
	}
	return nil
}

// Mode says what the machine allows the engine; it belongs in every result.
func (e *Engine) Mode() Mode { return e.mode }

// do runs f on the engine's thread, or here once that has ended.
func (e *Engine) do(f func()) {
	e.mu.Lock()
	if e.ended {
		defer e.mu.Unlock()
		f()
		return
	}
	r := request{run: f, done: make(chan struct{})}
	e.requests = append(e.requests, r)
	unix.Write(e.bell, binary.NativeEndian.AppendUint64(nil, 1))
	e.mu.Unlock()
	<-r.done
}

// answer runs the requests that have come in.
func (e *Engine) answer() {
	var count [8]byte
	unix.Read(e.bell, count[:])
	e.mu.Lock()
	requests := e.requests
	e.requests = nil
	e.mu.Unlock()
	for _, r := range requests {
		r.run()
		close(r.done)
	}
}

// run is the thread. It stays locked, so that Go ends it with its scheduling class.
func (e *Engine) run(started chan<- struct{}) {
	runtime.LockOSThread()
	defer kernel.BorrowProcessor()()
	e.settle()
	close(started)
	err := e.loop()
	e.mu.Lock()
	e.ended = true
	e.failure = cmp.Or(e.failure, err)
	e.mu.Unlock()
	e.answer()
	close(e.thread)
}

func (e *Engine) loop() error {
	for !e.stopping {
		for _, f := range e.flows {
			f.release(e)
		}
		n, err := e.wait()
		if err != nil {
			return err
		}
		for _, event := range e.events[:n] {
			if event.Fd == bellNumber {
				e.answer()
			} else {
				e.flows[event.Fd].receive(e)
			}
		}
	}
	return nil
}

// next is when the first frame of all wires is due.
func (e *Engine) next() int64 {
	next := int64(never)
	for _, f := range e.flows {
		next = min(next, f.queue.due())
	}
	return next
}

// fail notes an error that breaks a wire.
func (e *Engine) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failure = cmp.Or(e.failure, err)
}

// Err is the first error since the engine began that broke a wire. Frames on a broken wire are
// lost, never passed undelayed; a run with one measured something else than it was asked to.
func (e *Engine) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failure
}

// Close ends all wires; frames in flight are lost. Wires still tell their Stats. The error is Err's
// or one of closing.
func (e *Engine) Close() error {
	e.closing.Do(func() {
		e.unwatch()
		e.watches.Wait()
		e.do(func() { e.stopping = true })
		<-e.thread
		e.fail(e.release())
	})
	return e.Err()
}

// release gives back what open took, as far as it came.
func (e *Engine) release() error {
	var errs []error
	for _, f := range e.flows {
		errs = append(errs, f.from.close())
	}
	if e.bell >= 0 {
		errs = append(errs, unix.Close(e.bell))
	}
	if e.epoll >= 0 {
		errs = append(errs, unix.Close(e.epoll))
	}
	if e.pool != nil {
		errs = append(errs, e.pool.close())
	}
	if e.namespace != nil {
		errs = append(errs, e.namespace.Close())
	}
	return errors.Join(errs...)
}
