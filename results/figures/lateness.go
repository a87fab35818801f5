package figures

import (
	"cmp"
	"slices"

	"netlab/analysis"
	"netlab/loadgen"
)

// lateness is the p99 of how much later than intended requests were sent though a connection was
// free for them: the generator's own fault. A request that had to wait because every connection
// was still waiting for an answer tells of the service, not of the generator, and is left out, as
// is the time of the faults, when connections break and are opened again.
func (r *Run) lateness(s *Sender) Millis {
	if s.Rate == 0 {
		return unknown // a closed loop has no schedule to be late for
	}
	var late []float64
	busy := newOccupancy(s.Samples)
	for i := range s.Samples {
		sample := &s.Samples[i]
		inUse := busy.at(sample.Intended)
		if sample.Sent == 0 || r.part(sample) == r.During && !r.During.Empty() {
			continue
		}
		if s.Connections > 0 && inUse >= s.Connections {
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

func newOccupancy(samples []loadgen.Sample) *occupancy {
	var o occupancy
	for i := range samples {
		if s := &samples[i]; s.Sent != 0 && s.Done >= s.Sent {
			o.changes = append(o.changes, change{s.Sent, +1}, change{s.Done, -1})
		}
	}
	slices.SortFunc(o.changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.count, b.count))
	})
	return &o
}

func (o *occupancy) at(instant int64) int {
	for len(o.changes) > 0 && o.changes[0].at < instant {
		o.now += o.changes[0].count
		o.changes = o.changes[1:]
	}
	return o.now
}
