package impair

import "math/rand/v2"

// A burst is the state of a BurstLoss.
type burst struct {
	good, bad float64 // mean times in ns; 0 for no burst loss
	loss      float64
	isBad     bool
	until     int64
	begun     bool
}

func newBurst(b BurstLoss) burst {
	loss := b.Loss
	if loss == 0 {
		loss = 1
	}
	return burst{good: float64(b.Good), bad: float64(b.Bad), loss: loss}
}

// loses decides on a packet at time t.
func (b *burst) loses(t int64, r *rand.Rand) bool {
	if b.good == 0 {
		return false
	}
	// Exponential times have no memory: after a long silence, as at the start, the state is what
	// it is on average.
	if !b.begun || float64(t-b.until) > 100*(b.good+b.bad) {
		b.begun = true
		b.isBad = r.Float64() < b.bad/(b.good+b.bad)
		b.until = t + b.stay(r)
	}
	for t >= b.until {
		b.isBad = !b.isBad
		b.until += b.stay(r)
	}
	return b.isBad && (b.loss == 1 || r.Float64() < b.loss)
}

// stay draws how long the present state lasts.
func (b *burst) stay(r *rand.Rand) int64 {
	if b.isBad {
		return 1 + int64(r.ExpFloat64()*b.bad)
	}
	return 1 + int64(r.ExpFloat64()*b.good)
}
