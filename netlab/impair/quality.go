package impair

import (
	"errors"
	"fmt"
	"time"
)

// A Quality is what happens to the packets of one direction. Chances are from 0 to 1 and apply
// to each packet that a real link would carry: the segments of a super-frame have each their own.
type Quality struct {
	// Delay is the time from a frame's arrival at the wire until its release, at least. A link
	// without a wire takes some 10 µs; docs/impair.md tells what a wire adds to Delay.
	Delay time.Duration

	// Jitter varies the delay around Delay by so many times the Distribution's value: the
	// standard deviation of a normal one, the half width of a uniform one.
	Jitter       time.Duration
	Distribution *Distribution // nil is Normal
	// Correlation is that of a frame's jitter with that of the frame before. Frames may then
	// overtake each other, as they do with netem. With 0, jitter is a smooth function of time
	// instead, which keeps frames in order and has the same distribution.
	Correlation float64

	Loss      float64
	BurstLoss BurstLoss
	Duplicate float64
	Reorder   float64 // sent on without Delay and Jitter, ahead of those before it
	Corrupt   float64 // one bit is wrong, and the checksums are those of the right packet

	// Rate is in bits a second, Ethernet headers counted; 0 is unlimited. Packets queue for it, and
	// those that find more than Queue bytes waiting are lost.
	Rate  int64
	Queue int // bytes; 0 is DefaultQueue

	Blackhole bool // swallows everything, without a trace to either end
}

// BurstLoss loses packets in bursts: a link is good for a random time and then bad for a random
// time, both exponential (Gilbert–Elliott). The times are real ones, not counts of packets: a
// count of packets lets a sparse flow stay in the bad state for seconds.
type BurstLoss struct {
	Good, Bad time.Duration // mean times
	Loss      float64       // in the bad state; 0 is 1: everything
}

const (
	// MinDelay is the shortest delay that a wire can keep: waking up for a frame and sending it on
	// takes up to that long on a busy machine. A delay of 0 beside other impairments promises nothing.
	MinDelay = 50 * time.Microsecond
	// MaxDelay is the longest delay that a wire keeps: a geostationary hop with room to spare.
	MaxDelay = 10 * time.Second
	// MinRate lets one packet through in a bit more than a second.
	MinRate = 10_000
	// DefaultQueue is that of a small router's port.
	DefaultQueue = 256 << 10
	// MaxQueue is what the engine has memory for.
	MaxQueue = maxHeld / 2
)

func (q Quality) impairs() bool {
	return q.Delay != 0 || q.Jitter != 0 || q.Loss != 0 || q.BurstLoss != BurstLoss{} ||
		q.Duplicate != 0 || q.Reorder != 0 || q.Corrupt != 0 || q.Rate != 0 || q.Blackhole
}

func (s Spec) validate() error {
	return errors.Join(s.AB.validate(), s.BA.validate())
}

// validate refuses what the wire could not do exactly, rather than do something near it.
func (q Quality) validate() error {
	var errs []error
	refuse := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if q.Delay != 0 && (q.Delay < MinDelay || q.Delay > MaxDelay) {
		refuse("delay %v: want 0 or between %v and %v", q.Delay, MinDelay, MaxDelay)
	}
	switch {
	case q.Jitter < 0:
		refuse("jitter %v: want 0 or more", q.Jitter)
	case q.Jitter > 0:
		// One frame in a thousand may be cut off at no delay at all.
		if low := q.distribution().quantile(0.001); float64(q.Delay)+low*float64(q.Jitter) < 0 {
			refuse("jitter %v: some frames would need a delay below 0; with delay %v want at most %v",
				q.Jitter, q.Delay, time.Duration(float64(q.Delay)/-low))
		}
	case q.Distribution != nil || q.Correlation != 0:
		refuse("distribution and correlation are those of jitter, which is 0")
	}
	for _, chance := range []struct {
		name  string
		value float64
	}{
		{"correlation", q.Correlation}, {"loss", q.Loss}, {"burst loss", q.BurstLoss.Loss},
		{"duplicate", q.Duplicate}, {"reorder", q.Reorder}, {"corrupt", q.Corrupt},
	} {
		if !(chance.value >= 0 && chance.value <= 1) {
			refuse("%s %v: want between 0 and 1", chance.name, chance.value)
		}
	}
	if b := q.BurstLoss; b != (BurstLoss{}) && (b.Good <= 0 || b.Bad <= 0) {
		refuse("burst loss: want mean times of the good and of the bad state above 0")
	}
	if q.Reorder > 0 && q.Delay == 0 {
		refuse("reorder needs a delay for packets to get ahead of")
	}
	if q.Rate != 0 && q.Rate < MinRate {
		refuse("rate %d bit/s: want 0 or at least %d", q.Rate, MinRate)
	}
	switch {
	case q.Queue < 0 || q.Queue > MaxQueue:
		refuse("queue %d bytes: want between 0 and %d", q.Queue, MaxQueue)
	case q.Queue > 0 && q.Rate == 0:
		refuse("queue: packets only queue for a rate")
	}
	return errors.Join(errs...)
}

func (q Quality) distribution() *Distribution {
	if q.Distribution == nil {
		return Normal
	}
	return q.Distribution
}
