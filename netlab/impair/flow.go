package impair

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

// tooLate is how late a frame may be and still be sent. Only an engine that can't keep up, or a
// machine that stood still, makes frames that late: better to lose them, counted, than to pass off
// an overloaded engine as a slow link.
const tooLate = int64(50 * time.Millisecond)

// A flow is one direction of a wire.
type flow struct {
	from, to *port
	quality  Quality
	queue    queue

	read, readBytes int64
	sent, sentBytes int64
	drops           Drops // all but Overflow, which the port counts
	lateness        *hdrhistogram.Histogram
}

func newFlow(from, to *port, q Quality) *flow {
	return &flow{from: from, to: to, quality: q, lateness: hdrhistogram.New(100, tooLate, 2)}
}

// receive queues a batch of frames from the socket, each due its delay after the kernel received it.
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
		f.drops.Refused++
		return
	}
	e.clock.adjust()
	now := e.clock.now()
	for i := range n {
		size := e.in.size(i)
		f.read++
		f.readBytes += int64(size - virtioHeader)
		arrival := now
		if stamp, ok := e.in.stamp(i); ok {
			arrival = min(now, e.clock.fromReal(stamp))
		}
		due := arrival + int64(f.quality.Delay)
		switch {
		case e.in.truncated(i):
			f.drops.Refused++
		case now-due > tooLate:
			f.drops.Late++
		case e.pool.full():
			f.drops.Full++
		default:
			f.queue.push(e.pool, e.in.slots[i], due, size)
			e.in.hold(i, e.pool, e.pool.take(), slotSize)
		}
	}
}

// release sends one batch of the frames that are due.
func (f *flow) release(e *Engine) {
	now := e.clock.now()
	count := 0
	for count < batchSize && f.queue.due(e.pool) <= now {
		s := f.queue.pop(e.pool)
		frame := &e.pool.frames[s]
		late := now - frame.due
		if late > tooLate {
			f.drops.Late++
			e.pool.give(s)
			continue
		}
		f.lateness.RecordValue(late)
		e.out.hold(count, e.pool, s, frame.size)
		count++
	}
	for at := 0; at < count; {
		n, errno := e.out.send(f.to.fd, at, count)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			// The first frame was not taken: the far end is down, or its backlog full.
			f.drops.Refused++
			n = 1
		} else {
			f.sent += int64(n)
			for _, s := range e.out.slots[at : at+n] {
				f.sentBytes += int64(e.pool.frames[s].size - virtioHeader)
			}
		}
		at += n
	}
	for _, s := range e.out.slots[:count] {
		e.pool.give(s)
	}
}
