package figures

import (
	"cmp"
	"math"
	"slices"
	"time"

	"netlab/analysis"
	"netlab/loadgen"
)

// lateness is the p99 of how much later than intended requests were sent though a connection was
// free for them: the generator's own fault. A request that had to wait because every connection
// was still waiting for an answer tells of the service, not of the generator, and is left out, as
// is the time of the faults, when connections break and are opened again.
func (r *Run) lateness(s *Sender, busy *occupancy) Millis {
	if s.Rate == 0 {
		return unknown // a closed loop has no schedule to be late for
	}
	var late []float64
	for i := range s.Samples {
		sample := &s.Samples[i]
		waited := s.Connections > 0 && busy.at(sample.Intended) >= s.Connections
		if sample.Sent == 0 || waited || r.part(sample) == r.During && !r.During.Empty() {
			continue
		}
		late = append(late, float64(max(0, sample.Sent-sample.Intended)))
	}
	slices.Sort(late)
	return millis(analysis.NearestRank(late, .99))
}

// An occupancy says how many requests were under way, at instants asked for in rising order.
type occupancy struct {
	changes []change
	now     int
}

type change struct {
	at    int64
	count int
}

// pause is how long an engine leaves a connection be that failed, and a little for its timers.
const pause = 150 * time.Millisecond

// newOccupancy counts a connection on which a request failed as in use for a time after that, and one whose request was still open at
// the end as in use for good.
func newOccupancy(samples []loadgen.Sample, counts func(*loadgen.Sample) bool, afterFailure time.Duration) *occupancy {
	var o occupancy
	for i := range samples {
		s := &samples[i]
		if s.Sent == 0 || !counts(s) {
			continue
		}
		free := s.Done
		switch {
		case s.Phase == loadgen.PhaseOpen:
			free = math.MaxInt64
		case free < s.Sent:
			continue
		case !s.OK():
			free += int64(afterFailure)
		}
		o.changes = append(o.changes, change{s.Sent, +1}, change{free, -1})
	}
	slices.SortFunc(o.changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.count, b.count))
	})
	return &o
}

// all are the samples that use connections in the measured part: those due in it, and those that the
// warm-up left under way.
func (s *Sender) all() []loadgen.Sample { return slices.Concat(s.Carried, s.Samples) }

func failed(s *loadgen.Sample) bool { return !s.OK() }

func (o *occupancy) at(instant int64) int {
	for len(o.changes) > 0 && o.changes[0].at < instant {
		o.now += o.changes[0].count
		o.changes = o.changes[1:]
	}
	return o.now
}
