package impair

import (
	"errors"
	"fmt"
	"time"
)

// Stats account for everything that the kernel handed to a wire.
type Stats struct {
	AB, BA FlowStats
}

// FlowStats are the figures of one direction. Frames are counted as the kernel does, a super-frame
// once; packets as a real link would carry them.
type FlowStats struct {
	Delay time.Duration // as asked for now

	Received int64 // frames that the kernel offered
	Overflow int64 // frames of these that were lost because the engine read too slowly
	Unread   int64 // frames of these in the socket's buffer

	Packets    int64 // in the frames that were read
	Duplicated int64 // packets that were added
	Lost       Losses
	Drops      Drops
	Held       int64 // packets in flight
	Sent       int64 // packets
	SentFrames int64
	SentBytes  int64 // with Ethernet headers

	Corrupted int64 // packets
	Reordered int64 // packets that were sent ahead
	Uncut     int64 // super-frames of a protocol that the wire can't cut, each taken for one packet

	Lateness Lateness
}

// Losses count the packets that were lost as the Quality asks, by reason.
type Losses struct {
	Random, Burst, Queue, Blackhole int64
}

// Total is the sum of all losses.
func (l Losses) Total() int64 { return l.Random + l.Burst + l.Queue + l.Blackhole }

// Drops count the packets that a wire lost without being asked to, by reason.
type Drops struct {
	Late    int64 // more than 200 ms too late
	Full    int64 // too many frames or bytes in flight
	Refused int64 // the receiver took no frames: it was down, or its backlog full
}

// Total is the sum of all drops.
func (d Drops) Total() int64 { return d.Late + d.Full + d.Refused }

// Lateness says how long after its due time a frame was released: the wire's error, its
// certificate of quality. A frame is never early.
type Lateness struct {
	Mean, P50, P99, P999, Max time.Duration
}

func (f *flow) snapshot() (FlowStats, error) {
	if err := f.from.count(); err != nil {
		return FlowStats{}, err
	}
	s := f.stats
	s.Delay = f.shape.Delay
	s.Received, s.Overflow = f.from.offered, f.from.overflowed
	s.Unread = s.Received - s.Overflow - f.read
	s.Held = int64(f.queue.packets)
	h := f.lateness
	s.Lateness = Lateness{
		Mean: time.Duration(h.Mean()), Max: time.Duration(h.Max()),
		P50: time.Duration(h.ValueAtQuantile(50)), P99: time.Duration(h.ValueAtQuantile(99)),
		P999: time.Duration(h.ValueAtQuantile(99.9)),
	}
	return s, nil
}

// Check says why figures measured over the link can't be trusted, or nil: packets unaccounted for,
// lost without being asked, or released too late too often.
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
	if f.Unread < 0 || f.Packets+f.Duplicated != f.Sent+f.Held+f.Lost.Total()+f.Drops.Total() {
		return fmt.Errorf("packets unaccounted for: %+v", f)
	}
	var errs []error
	// Refused packets are not held against the wire: a veth, too, loses them when its peer goes down.
	if lost := f.Overflow + f.Drops.Late + f.Drops.Full; lost > 0 {
		errs = append(errs, fmt.Errorf("the wire was overloaded and lost %d of %d", lost, f.Received))
	}
	if f.Uncut > 0 {
		errs = append(errs, fmt.Errorf("%d super-frames were of a protocol that the wire can't cut into packets", f.Uncut))
	}
	if bound := max(200*time.Microsecond, f.Delay/10); f.Lateness.P99 > bound {
		errs = append(errs, fmt.Errorf("frames were released late: p99 %v, allowed are %v", f.Lateness.P99, bound))
	}
	return errors.Join(errs...)
}
