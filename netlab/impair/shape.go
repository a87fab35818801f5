package impair

import "math/rand/v2"

// A shape is a Quality at work: what it decides on, with the state that it decides by.
type shape struct {
	Quality
	random *rand.Rand
	jitter jitter
	burst  burst
	line   serialiser
	latest int64 // due time of the last frame sent in order
}

// stream tells the two directions of a link apart, which have a seed in common.
func newShape(q Quality, seed, stream uint64) *shape {
	s := &shape{random: rand.New(rand.NewPCG(seed, stream))}
	s.change(q)
	return s
}

// change takes effect on frames that arrive from now on. The line goes on with what it has.
func (s *shape) change(q Quality) {
	if q.Rate > 0 && q.Queue == 0 {
		q.Queue = DefaultQueue
	}
	s.Quality = q
	s.jitter = newJitter(q, s.random)
	s.burst = newBurst(q.BurstLoss)
}

// A fate is what happens to one packet.
type fate struct {
	lost                          *int64 // the count of the reason, or nil
	doubled, corrupted, overtakes bool
}

var ordinary fate

func (f fate) ordinary() bool { return f == ordinary }

// decide draws the fate of a packet of some size that arrives at a time, and tells when the line has
// sent it. Times must not go back.
func (s *shape) decide(at int64, size int, lost *Losses) (f fate, leaves int64) {
	leaves = at
	room := true
	switch {
	case s.Blackhole:
		f.lost = &lost.Blackhole
	case s.burst.loses(at, s.random):
		f.lost = &lost.Burst
	case s.happens(s.Loss):
		f.lost = &lost.Random
	default:
		if s.Rate > 0 {
			leaves, room = s.line.take(at, size, s.Rate, s.Queue)
		}
		if !room {
			f.lost = &lost.Queue
			break
		}
		f.doubled, f.corrupted, f.overtakes = s.happens(s.Duplicate), s.happens(s.Corrupt), s.happens(s.Reorder)
	}
	return f, leaves
}

// tellsPacketsApart says whether packets of one frame may have different fates.
func (s *shape) tellsPacketsApart() bool {
	return s.Loss > 0 || s.BurstLoss != BurstLoss{} || s.Duplicate > 0 || s.Corrupt > 0 || s.Reorder > 0 || s.Rate > 0
}

func (s *shape) happens(chance float64) bool {
	return chance > 0 && s.random.Float64() < chance
}

// schedule gives the due time of a frame that arrives at a time and leaves the line at another.
func (s *shape) schedule(arrival, leaves int64, overtakes bool) int64 {
	if overtakes {
		return leaves
	}
	due := max(leaves, leaves+int64(s.Delay)+s.jitter.at(arrival, s.random))
	if s.Correlation == 0 {
		due = max(due, s.latest)
		s.latest = due
	}
	return due
}
