package loadgen

import (
	"time"
)

// Constant spaces requests evenly: request n is due at n/rate seconds.
func Constant(rate float64) Pacer { return constant(rate) }

type constant float64

func (c constant) Next(n uint64) (time.Duration, bool) {
	if c <= 0 {
		return 0, true
	}
	return later(0, float64(n)/float64(c)) // exact to the nanosecond for 104 days: a float64 holds 53 bits
}

func (c constant) Rate(time.Duration) float64 { return float64(c) }
