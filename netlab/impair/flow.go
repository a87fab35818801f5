package impair

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

// tooLate is how late a frame may be and still be sent. Only an engine that can't keep up, or a
// machine that stood still, makes frames that late: better to lose them, counted, than to pass off
// an overloaded engine as a slow link. Up to where TCP sends again (200 ms) a loss would do more
// harm than the lateness, which the figures show.
const tooLate = int64(200 * time.Millisecond)

// A flow is one direction of a wire.
type flow struct {
	from, to *port
	shape    *shape
	queue    queue
	stats    FlowStats // but for what the port and the queue know
	read     int64     // frames
	arrival  int64     // of the frame before
	lateness *hdrhistogram.Histogram
}

func newFlow(from, to *port, s *shape) *flow {
	return &flow{from: from, to: to, shape: s, lateness: hdrhistogram.New(100, tooLate, 2)}
}

// receive reads a batch of frames from the socket and queues what is to be sent of them.
func (f *flow) receive(e *Engine) {
	n, errno := e.in.receive(f.from.fd)
	switch errno {
	case 0:
	case unix.EAGAIN, unix.EINTR:
		return
	case unix.ENETDOWN: // said once when the NIC goes down; the socket hears again when it is up
		return
	default: // the kernel had a frame that it could not hand over
		f.read++
		f.stats.Packets++
		f.stats.Drops.Refused++
		return
	}
	e.clock.adjust()
	now := e.clock.now()
	for i := range n {
		f.read++
		arrival := now
		if stamp, ok := e.in.stamp(i); ok {
			arrival = min(now, e.clock.fromReal(stamp))
		}
		f.arrival = max(f.arrival, arrival) // stamps of several CPUs may differ by a little
		if e.in.truncated(i) {
			f.stats.Packets++
			f.stats.Drops.Refused++
			continue
		}
		f.admit(e, i, now)
	}
}

// release sends one batch of the frames that are due.
func (f *flow) release(e *Engine) {
	now := e.clock.now()
	count := 0
	for count < batchSize && f.queue.due() <= now {
		first := f.queue.pop(e.pool)
		frame := e.pool.frames[first.slot]
		late := now - first.due
		if late > e.patience {
			f.stats.Drops.Late += int64(frame.packets)
			e.pool.give(first.slot)
			continue
		}
		f.lateness.RecordValue(min(late, tooLate))
		e.out.hold(count, e.pool, first.slot, frame.size)
		count++
	}
	for at := 0; at < count; {
		n, errno := e.out.send(f.to.fd, at, count)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			// The first frame was not taken: the far end is down, or its backlog full.
			f.stats.Drops.Refused += int64(e.pool.frames[e.out.slots[at]].packets)
			n = 1
		} else {
			for _, s := range e.out.slots[at : at+n] {
				frame := e.pool.frames[s]
				f.stats.SentFrames++
				f.stats.Sent += int64(frame.packets)
				f.stats.SentBytes += int64(frame.size - virtioHeader)
			}
		}
		at += n
	}
	for _, s := range e.out.slots[:count] {
		e.pool.give(s)
	}
}
