package loadgen

import (
	"math"
	"math/rand/v2"
	"time"
)

// Constant spaces requests evenly: request n is due at n/rate seconds.
func Constant(rate float64) Pacer { return constant(rate) }

type constant float64

func (c constant) Next(n uint64) (time.Duration, bool) {
	// Exact to the nanosecond for 104 days: a float64 holds 53 bits.
	return time.Duration(float64(n) * 1e9 / float64(c)), c <= 0
}

func (c constant) Rate(time.Duration) float64 { return float64(c) }

// Poisson is the arrivals of many independent users: exponential gaps with mean 1/rate. The same
// seed gives the same instants.
func Poisson(rate float64, seed uint64) Pacer { return &poisson{rate: rate, seed: seed} }

type poisson struct {
	rate float64
	seed uint64
	rng  *rand.Rand
	due  float64 // nanoseconds
}

func (p *poisson) Next(n uint64) (time.Duration, bool) {
	if n == 0 { // a schedule begins anew, so one Pacer may serve several runs in turn
		p.rng = rand.New(rand.NewPCG(p.seed, 0))
		p.due = 0
	}
	p.due += p.rng.ExpFloat64() / p.rate * 1e9
	return time.Duration(p.due), p.rate <= 0 || p.due > math.MaxInt64/2
}

func (p *poisson) Rate(time.Duration) float64 { return p.rate }
