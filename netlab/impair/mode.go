package impair

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// A Mode is how exactly this machine lets the engine work.
type Mode struct {
	// Realtime is nil where the thread runs under SCHED_FIFO while it is not saturated. Otherwise
	// it says why not; the tail of the lateness is then several times as long.
	Realtime error
}

// realtime is an ordinary priority among real-time threads; any is above all ordinary threads.
const realtime = 50

// settle finds the thread's mode and leaves it under SCHED_FIFO where allowed.
func (e *Engine) settle() {
	// The kernel may delay an ordinary thread's timers by 50 µs to join them with others.
	unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	if err := schedule(unix.SchedAttr{Policy: unix.SCHED_FIFO, Priority: realtime}); err != nil {
		e.mode.Realtime = fmt.Errorf("set SCHED_FIFO: %w", err)
		return
	}
	e.priority = true
}

// prioritise puts the thread before all ordinary ones, where allowed, or among them with a greater
// share.
func (e *Engine) prioritise(first bool) {
	if e.mode.Realtime != nil || first == e.priority {
		return
	}
	var err error
	if first {
		err = schedule(unix.SchedAttr{Policy: unix.SCHED_FIFO, Priority: realtime})
	} else {
		err = schedule(unix.SchedAttr{Policy: unix.SCHED_NORMAL, Nice: -10})
	}
	if err == nil {
		e.priority = first
	}
}

func schedule(attr unix.SchedAttr) error {
	attr.Size = unix.SizeofSchedAttr
	return unix.SchedSetAttr(0, &attr, 0)
}
