package impair

import "time"

// A clock is the engine's time: nanoseconds of CLOCK_MONOTONIC since the engine began. It also
// turns the kernel's receive stamps, which are CLOCK_REALTIME, into that time.
type clock struct {
	began  time.Time
	offset int64 // engine time minus real time; only a step of the real clock changes it
}

func newClock() *clock {
	c := &clock{began: time.Now()}
	c.offset = c.measure()
	c.adjust()
	return c
}

func (c *clock) now() int64 { return int64(time.Since(c.began)) }

// fromReal gives the engine time of a CLOCK_REALTIME stamp.
func (c *clock) fromReal(ns int64) int64 { return ns + c.offset }

// adjust follows steps of the real clock. Cheap enough to call for each batch of frames.
func (c *clock) adjust() {
	const noise = 1000
	found := c.measure()
	if d := found - c.offset; -noise < d && d < noise {
		return
	}
	// A step, or this thread lost the CPU between the two readings: the least of a few tells.
	for range 4 {
		found = min(found, c.measure())
	}
	c.offset = found
}

// measure reads both clocks, the real one first: the result is never too small, so no frame is
// ever released early.
func (c *clock) measure() int64 {
	t := time.Now()
	return int64(t.Sub(c.began)) - t.UnixNano()
}
