package impair

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// A Mode is how exactly this machine lets the engine work.
type Mode struct {
	// Realtime is nil where the thread runs under SCHED_FIFO. Otherwise it says why not; the
	// tail of the lateness is then several times as long.
	Realtime error
}

// priority is an ordinary one among real-time threads; any is above all ordinary threads.
const priority = 50

// prioritise sets the calling thread's scheduling.
func (e *Engine) prioritise() Mode {
	var m Mode
	err := unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: priority}, 0)
	if err != nil {
		m.Realtime = fmt.Errorf("set SCHED_FIFO: %w", err)
		// The kernel may delay an ordinary thread's timers by 50 µs to join them with others.
		unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	}
	return m
}
