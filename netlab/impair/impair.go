// Package impair gives links the quality that a scenario asks for. The kernel's own veth pair has
// no delay; an impaired link is two veth pairs whose inner ends meet in a namespace of the
// engine's, where one thread carries every frame across:
//
//	A:ethN = w0 | wire | w1 = ethM:B
//
// Ask Needed whether a link needs a wire at all; a plain link is kernel.CreateLink's. The wire
// is userspace on purpose: many kernels come without netem, and netem loses, corrupts and counts
// whole 64 KiB super-frames where a real link handles segments.
//
// Frames are carried as they are, checksum and segmentation offloads included; VLAN tags are not.
package impair

import (
	"errors"
	"fmt"
	"time"
)

// A Spec is the quality of a link, which may differ between its two directions.
type Spec struct {
	AB, BA Quality
}

// A Quality is what happens to the frames of one direction.
type Quality struct {
	// Delay is the time from a frame's arrival at the wire until its release, at least. A link
	// without a wire takes some 10 µs; the docs give what the wire adds to Delay.
	Delay time.Duration
}

// Symmetric is the same quality in both directions.
func Symmetric(q Quality) Spec { return Spec{AB: q, BA: q} }

// Needed says whether a link of that quality needs a wire. Without one it is a plain veth pair,
// several times as fast.
func Needed(s Spec) bool { return s != Spec{} }

// MinDelay is the shortest delay that a wire can keep: waking up for a frame and sending it on
// takes up to that long on a busy machine. A delay of 0 beside another impairment promises nothing.
const MinDelay = 50 * time.Microsecond

// MaxDelay is the longest delay that a wire keeps: a geostationary hop with room to spare.
const MaxDelay = 10 * time.Second

func (s Spec) validate() error {
	return errors.Join(s.AB.validate(), s.BA.validate())
}

func (q Quality) validate() error {
	if q.Delay != 0 && (q.Delay < MinDelay || q.Delay > MaxDelay) {
		return fmt.Errorf("delay %v: want 0 or between %v and %v", q.Delay, MinDelay, MaxDelay)
	}
	return nil
}
