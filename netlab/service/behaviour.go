package service

import (
	"math"
	"math/rand/v2"
	"time"
)

// A Behaviour makes a server slow or faulty in a known way. The zero value is a server that answers
// at once and always.
type Behaviour struct {
	ServiceTime Distribution // of each request; nil: none
	// Workers is how many requests are worked on at a time; the others queue. 0: all of them.
	Workers int
	Stall   Stall
	Failure Failure
	Seed    uint64
}

// A Stall is a server that stops altogether now and then, as in a long garbage collection: for the
// last For of every Every it neither accepts, reads nor writes.
type Stall struct{ Every, For time.Duration }

// A Failure spoils part of the requests.
type Failure struct {
	Ratio  float64 // of the requests
	Status int     // HTTP status that they get; 0: their connection is reset
}

// A Distribution draws service times.
type Distribution interface {
	Draw(rng *rand.Rand) time.Duration
}

// Fixed is the same time for every request.
type Fixed time.Duration

// Draw returns the time.
func (f Fixed) Draw(*rand.Rand) time.Duration { return time.Duration(f) }

// Exponential has this mean: with Poisson arrivals and one worker the server is an M/M/1 queue.
type Exponential time.Duration

// Draw draws a time.
func (e Exponential) Draw(rng *rand.Rand) time.Duration {
	return time.Duration(rng.ExpFloat64() * float64(e))
}

// LogNormal is the shape that real services' times have: half are below the median, and
// Sigma is the standard deviation of their logarithm (0.5 is a short tail, 1.5 a long one).
type LogNormal struct {
	Median time.Duration
	Sigma  float64
}

// Draw draws a time.
func (l LogNormal) Draw(rng *rand.Rand) time.Duration {
	return time.Duration(float64(l.Median) * math.Exp(l.Sigma*rng.NormFloat64()))
}

// Trace draws from times that were measured, each as likely as the other.
type Trace []time.Duration

// Draw draws a time.
func (t Trace) Draw(rng *rand.Rand) time.Duration { return t[rng.IntN(len(t))] }

// behaviour is a Behaviour at work.
type behaviour struct {
	Behaviour
	rng  *rand.Rand
	free []time.Duration // for each worker, when it is done with what it has
}

func newBehaviour(b Behaviour) *behaviour {
	return &behaviour{Behaviour: b, rng: rand.New(rand.NewPCG(b.Seed, 1)), free: make([]time.Duration, b.Workers)}
}

// slow says whether answers take time.
func (b *behaviour) slow() bool { return b.ServiceTime != nil }

// done is when a request that comes now will be done.
func (b *behaviour) done(now time.Duration) time.Duration {
	takes := b.ServiceTime.Draw(b.rng)
	if len(b.free) == 0 {
		return now + takes
	}
	next := 0
	for i, at := range b.free {
		if at < b.free[next] {
			next = i
		}
	}
	b.free[next] = max(now, b.free[next]) + takes
	return b.free[next]
}

// fails says whether the next request is spoiled.
func (b *behaviour) fails() bool { return b.Failure.Ratio > 0 && b.rng.Float64() < b.Failure.Ratio }

// awakes is when the stall that now lies in ends; now itself outside of stalls.
func (b *behaviour) awakes(now time.Duration) time.Duration {
	if b.Stall.Every <= 0 || now%b.Stall.Every < b.Stall.Every-b.Stall.For {
		return now
	}
	return now - now%b.Stall.Every + b.Stall.Every
}

// A job is a request being worked on.
type job struct {
	at   time.Duration // when it is done
	conn *conn
	gen  uint32
}

// jobs are those under way, a heap by when they are done.
type jobs []job

func (j jobs) Len() int           { return len(j) }
func (j jobs) Less(a, b int) bool { return j[a].at < j[b].at }
func (j jobs) Swap(a, b int)      { j[a], j[b] = j[b], j[a] }
func (j *jobs) Push(x any)        { *j = append(*j, x.(job)) }
func (j *jobs) Pop() any {
	last := len(*j) - 1
	x := (*j)[last]
	*j = (*j)[:last]
	return x
}
