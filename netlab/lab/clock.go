package lab

import (
	"time"

	"golang.org/x/sys/unix"
)

// Monotonic is CLOCK_MONOTONIC in nanoseconds: the stamp of every event and sample.
func Monotonic() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err) // a Linux kernel without CLOCK_MONOTONIC does not exist
	}
	return t.Nano()
}

// A clock gives the state machines of sim/control their time: since the lab's start.
type clock struct{ start int64 }

func newClock() clock { return clock{Monotonic()} }

func (c clock) now() time.Duration { return time.Duration(Monotonic() - c.start) }

// stamp is a state machine's time as an event's.
func (c clock) stamp(at time.Duration) int64 { return c.start + int64(at) }
