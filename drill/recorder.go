package drill

import (
	"slices"
	"sync"
	"time"

	"netlab/analysis"
	"netlab/loadgen"
	"netlab/sim/event"
)

// A recorder keeps samples until they are taken. Its lock is held for an append only, so the
// engine's thread hardly ever waits for it.
type recorder struct {
	mu      sync.Mutex
	samples []loadgen.Sample
	spare   []loadgen.Sample // taken before, and stored since
	latency []time.Duration  // scratch of take
}

// newRecorder has room for what a fast stream records in an interval, so that the engine's thread
// need not allocate.
func newRecorder() *recorder {
	const room = 1 << 14
	return &recorder{samples: make([]loadgen.Sample, 0, room), spare: make([]loadgen.Sample, 0, room)}
}

func (r *recorder) Record(s *loadgen.Sample) {
	r.mu.Lock()
	r.samples = append(r.samples, *s)
	r.mu.Unlock()
}

// take returns the samples since the last take, valid until the next, and their figures.
func (r *recorder) take(interval time.Duration) (event.Tick, []loadgen.Sample) {
	r.mu.Lock()
	taken := r.samples
	r.samples, r.spare = r.spare[:0], taken
	r.mu.Unlock()

	stats := event.Tick{Interval: interval}
	r.latency = r.latency[:0]
	for i := range taken {
		if s := &taken[i]; s.OK() {
			r.latency = append(r.latency, time.Duration(s.Done-s.Intended))
		}
	}
	stats.OK = uint64(len(r.latency))
	stats.Failed = uint64(len(taken)) - stats.OK
	if len(r.latency) > 0 {
		slices.Sort(r.latency)
		stats.P50 = r.latency[analysis.Rank(stats.OK, .5)-1]
		stats.P99 = r.latency[analysis.Rank(stats.OK, .99)-1]
	}
	return stats, taken
}
