package loadgen

import (
	"math/rand/v2"
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

// Poisson is the arrivals of many independent users: exponential gaps with mean 1/rate. The same
// seed gives the same instants.
func Poisson(rate float64, seed uint64) Pacer { return &poisson{rate: rate, seed: seed} }

type poisson struct {
	rate float64
	seed uint64
	rng  *rand.Rand
	due  float64 // seconds
}

func (p *poisson) Next(n uint64) (time.Duration, bool) {
	if n == 0 { // a schedule begins anew, so one Pacer may serve several runs in turn
		p.rng = rand.New(rand.NewPCG(p.seed, 0))
		p.due = 0
	}
	if p.rate <= 0 {
		return 0, true
	}
	p.due += p.rng.ExpFloat64() / p.rate
	return later(0, p.due)
}

func (p *poisson) Rate(time.Duration) float64 { return p.rate }
