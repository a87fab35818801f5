package loadgen

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// A Curve is a rate that changes with time: straight lines between its points, the last rate for
// ever after. Two points at one instant are a step. Before the first point there is no load.
type Curve []Point

// A Point is the rate at an instant, in requests a second.
type Point struct {
	At   time.Duration
	Rate float64
}

// Flat begins a curve that the other methods go on with.
func Flat(rate float64) Curve { return Curve{{0, rate}} }

// Step changes the rate at once.
func (c Curve) Step(at time.Duration, rate float64) Curve {
	return append(c, Point{at, c.Rate(at)}, Point{at, rate})
}

// Ramp changes the rate evenly over a while.
func (c Curve) Ramp(at, over time.Duration, rate float64) Curve {
	return append(c, Point{at, c.Rate(at)}, Point{at + over, rate})
}

// Spike changes the rate for a while and then back.
func (c Curve) Spike(at, lasts time.Duration, rate float64) Curve {
	return c.Step(at, rate).Step(at+lasts, c.Rate(at))
}

// Rate is the rate at an instant.
func (c Curve) Rate(at time.Duration) float64 {
	for i := len(c) - 1; i >= 0; i-- {
		switch p := c[i]; {
		case at < p.At:
		case i == len(c)-1 || c[i+1].At == p.At:
			return p.Rate
		default:
			next := c[i+1]
			return p.Rate + (next.Rate-p.Rate)*float64(at-p.At)/float64(next.At-p.At)
		}
	}
	return 0
}

// Even spaces requests evenly by the curve: request n is due when the area under it reaches n.
func (c Curve) Even() Pacer { return &curved{Curve: c} }

// Poisson is the arrivals of many independent users: gaps are exponential, and the rate follows the curve.
// The same seed gives the same instants.
func (c Curve) Poisson(seed uint64) Pacer { return &curved{Curve: c, seed: seed, random: true} }

// curved walks along a curve by the area under it: an area of one is one request expected.
type curved struct {
	Curve
	random bool
	seed   uint64
	rng    *rand.Rand

	from int     // the line that begins at this point is walked on
	area float64 // under the curve before that line
	want float64 // area before the request asked for
}

func (c *curved) Next(n uint64) (time.Duration, bool) {
	if n == 0 { // a schedule begins anew
		c.from, c.area, c.want = 0, 0, 0
		c.rng = rand.New(rand.NewPCG(c.seed, 0))
	}
	if c.random {
		c.want += c.rng.ExpFloat64()
	} else {
		c.want = float64(n)
	}
	for ; c.from < len(c.Curve)-1; c.from++ {
		p, next := c.Curve[c.from], c.Curve[c.from+1]
		lasts := (next.At - p.At).Seconds()
		area := (p.Rate + next.Rate) / 2 * lasts
		if c.area+area > c.want {
			slope := (next.Rate - p.Rate) / lasts
			return later(p.At, walk(c.want-c.area, p.Rate, slope))
		}
		c.area += area
	}
	if c.from == len(c.Curve) || c.Curve[c.from].Rate <= 0 {
		return 0, true
	}
	p := c.Curve[c.from]
	return later(p.At, (c.want-c.area)/p.Rate)
}

// walk is how many seconds a line of this rate and slope takes to cover an area: the root of
// rate·t + slope·t²/2 = area, in the form that loses no digits when the slope is small.
func walk(area, rate, slope float64) float64 {
	root := math.Sqrt(max(0, rate*rate+2*slope*area))
	if rate+root == 0 {
		return 0
	}
	return 2 * area / (rate + root)
}

// later is so many seconds after an instant, and stops a schedule that would outlast the clock.
func later(at time.Duration, seconds float64) (time.Duration, bool) {
	const century = 100 * 365 * 24 * 3600
	if seconds > century {
		return 0, true
	}
	return at + time.Duration(seconds*1e9), false
}

// Replay sends at recorded instants, in ascending order.
func Replay(instants []time.Duration) Pacer { return replay(instants) }

type replay []time.Duration

func (r replay) Next(n uint64) (time.Duration, bool) {
	if n >= uint64(len(r)) {
		return 0, true
	}
	return r[n], false
}

// Rate counts the second around the instant.
func (r replay) Rate(at time.Duration) float64 {
	first, _ := slices.BinarySearch(r, at-time.Second/2)
	behind, _ := slices.BinarySearch(r, at+time.Second/2)
	return float64(behind - first)
}

// Split shares a schedule out to n sources at random: together they send exactly what one would,
// and each part of a Poisson schedule is a Poisson schedule. The parts must not share state,
// so the schedule is made anew for each.
func Split(schedule func() Pacer, n int, seed uint64) []Pacer {
	parts := make([]Pacer, n)
	for i := range parts {
		parts[i] = &share{whole: schedule(), mine: uint64(i), of: uint64(n), seed: seed}
	}
	return parts
}

type share struct {
	whole    Pacer
	mine, of uint64
	seed     uint64
	rng      *rand.Rand
	n        uint64 // requests of the whole so far
}

func (s *share) Next(n uint64) (time.Duration, bool) {
	if n == 0 {
		s.rng, s.n = rand.New(rand.NewPCG(s.seed, 0)), 0
	}
	for {
		due, stop := s.whole.Next(s.n)
		s.n++
		if stop || s.rng.Uint64N(s.of) == s.mine {
			return due, stop
		}
	}
}

func (s *share) Rate(at time.Duration) float64 { return s.whole.Rate(at) / float64(s.of) }
