package impair

import (
	"errors"
	"fmt"
	"time"
)

// A Wire is an impaired link in operation.
type Wire struct {
	engine *Engine
	ab, ba *flow
}

// Stats account for every frame that the kernel handed to a wire. A super-frame is one frame.
type Stats struct {
	AB, BA FlowStats
}

// FlowStats are the figures of one direction.
type FlowStats struct {
	Delay     time.Duration
	Received  int64 // frames that the kernel offered, the dropped ones included
	Sent      int64
	SentBytes int64 // with Ethernet headers
	Held      int64 // in flight
	Unread    int64 // still in the socket's buffer
	Drops     Drops
	Lateness  Lateness
}

// Drops count the frames that a wire lost without being asked to, by reason.
type Drops struct {
	Overflow int64 // the engine read too slowly and the socket's buffer was full
	Late     int64 // more than 50 ms too late
	Full     int64 // too many frames or bytes in flight
	Refused  int64 // the receiver took no frames: it was down, or its backlog full
}

// Total is the sum of all drops.
func (d Drops) Total() int64 { return d.Overflow + d.Late + d.Full + d.Refused }

// Lateness says how long after its due time a frame was released: the wire's error, its
// certificate of quality. A frame is never early.
type Lateness struct {
	Mean, P50, P99, P999, Max time.Duration
}

// Stats are the wire's figures now, consistent with each other.
func (w *Wire) Stats() (s Stats, err error) {
	w.engine.do(func() {
		var errs [2]error
		s.AB, errs[0] = w.ab.stats()
		s.BA, errs[1] = w.ba.stats()
		err = errors.Join(errs[:]...)
	})
	return s, err
}

func (f *flow) stats() (FlowStats, error) {
	if err := f.from.count(); err != nil {
		return FlowStats{}, err
	}
	s := FlowStats{
		Delay:    f.quality.Delay,
		Received: f.from.offered, Unread: f.from.offered - f.from.overflowed - f.read,
		Sent: f.sent, SentBytes: f.sentBytes, Held: int64(f.queue.length),
		Drops: f.drops,
	}
	s.Drops.Overflow = f.from.overflowed
	h := f.lateness
	s.Lateness = Lateness{
		Mean: time.Duration(h.Mean()), Max: time.Duration(h.Max()),
		P50: time.Duration(h.ValueAtQuantile(50)), P99: time.Duration(h.ValueAtQuantile(99)),
		P999: time.Duration(h.ValueAtQuantile(99.9)),
	}
	return s, nil
}

// Check says why figures measured over the link can't be trusted, or nil: frames unaccounted for,
// frames lost without being asked, or released too late too often.
func (s Stats) Check() error {
	var errs []error
	for _, f := range []struct {
		name string
		FlowStats
	}{{"A to B", s.AB}, {"B to A", s.BA}} {
		if err := f.check(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.name, err))
		}
	}
	return errors.Join(errs...)
}

func (f FlowStats) check() error {
	if f.Unread < 0 || f.Received != f.Sent+f.Held+f.Unread+f.Drops.Total() {
		return fmt.Errorf("frames unaccounted for: %+v", f)
	}
	var errs []error
	// Refused frames are not held against the wire: a veth, too, loses them when its peer goes down.
	if lost := f.Drops.Overflow + f.Drops.Late + f.Drops.Full; lost > 0 {
		errs = append(errs, fmt.Errorf("the wire was overloaded and lost %d of %d frames", lost, f.Received))
	}
	if bound := max(200*time.Microsecond, f.Delay/10); f.Lateness.P99 > bound {
		errs = append(errs, fmt.Errorf("frames were released late: p99 %v, allowed are %v", f.Lateness.P99, bound))
	}
	return errors.Join(errs...)
}
