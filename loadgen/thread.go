package loadgen

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
)

// punctual is the niceness that a loop's thread asks for. With two busy neighbours on two cores the
// 99th percentile of lateness at 1,000 requests a second fell from 7.7 ms to 1.0 ms (1.1 ms at
// −5, 1.2 ms at −20), and goroutines with deadlines came to no harm.
const punctual = -10

// A thread is where a loop runs: an operating-system thread of its own inside a network namespace,
// where every socket that it makes belongs for life. It is never unlocked and so ends with its
// goroutine: no other goroutine can ever run in the wrong namespace.
type thread struct {
	nice int // in force: an ordinary user may not lower it
}

// onThread runs f on such a thread. Namespace -1 is the process's own.
func onThread(namespace int, f func(t thread) error) error {
	// The loop polls and comes back from sleeps on time: with a processor of its own it neither
	// holds up goroutines with deadlines nor waits for them.
	defer kernel.BorrowProcessor()()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		t, err := newThread(namespace)
		if err == nil {
			err = f(t)
		}
		done <- err
	}()
	return <-done
}

func newThread(namespace int) (thread, error) {
	if namespace >= 0 {
		if err := unix.Setns(namespace, unix.CLONE_NEWNET); err != nil {
			return thread{}, fmt.Errorf("enter network namespace: %w", err)
		}
	}
	// A timer may fire up to 50 µs late by default.
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0); err != nil {
		return thread{}, fmt.Errorf("set timer slack: %w", err)
	}
	nice, err := niceness()
	if err != nil {
		return thread{}, err
	}
	if nice > punctual && unix.Setpriority(unix.PRIO_PROCESS, 0, punctual) == nil {
		nice = punctual
	}
	return thread{nice}, nil // where it was refused, the run's own lateness tells what that cost
}

// niceness is that of the calling thread.
func niceness() (int, error) {
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return 0, fmt.Errorf("read niceness: %w", err)
	}
	return 20 - raw, nil // the system call has no negative results
}
