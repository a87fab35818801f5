package record

import (
	"math"
	"math/bits"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"netlab/analysis"
)

const (
	highest  = int64(time.Hour) // greater values count as this one
	halfBits = 10               // 1,024 buckets for each power of two: three digits
	half     = 1 << halfBits
)

// places is how many buckets there are up to the highest value.
var places = place(highest) + 1

// A Histogram counts times in nanoseconds with three digits. It has the buckets of an HdrHistogram
// from 1 ns to 1 h, so that export and merge lose nothing, and counts in 2 ns where that
// package takes 8.
type Histogram struct {
	counts   []uint64
	n        uint64
	sum      float64
	min, max int64
}

// NewHistogram returns an empty histogram.
func NewHistogram() *Histogram {
	return &Histogram{counts: make([]uint64, places), min: highest}
}

// place is the bucket of a value: those below 2,048 have one each, then every power of two has half
// as many as that, each twice as wide as before.
func place(v int64) int {
	shift := bits.Len64(uint64(v)|(2*half-1)) - (halfBits + 1)
	return shift<<halfBits + int(v>>shift)
}

// middle is the middle of a bucket, by which a value is off by 0.05 % at most.
func middle(place int) float64 {
	if place < 2*half {
		return float64(place)
	}
	shift := place>>halfBits - 1
	low := int64(place&(half-1)|half) << shift
	return float64(low) + float64(int64(1)<<shift-1)/2
}

// Record counts a value. One below 0 counts as 0.
func (h *Histogram) Record(v int64) {
	v = max(0, v)
	h.sum += float64(v)
	h.n++
	h.min, h.max = min(h.min, v), max(h.max, v)
	h.counts[place(min(v, highest))]++
}

// Count is how many values there are.
func (h *Histogram) Count() uint64 { return h.n }

// Mean is exact; 0 when there are no values.
func (h *Histogram) Mean() float64 {
	if h.n == 0 {
		return 0
	}
	return h.sum / float64(h.n)
}

// Max is the greatest value, exactly.
func (h *Histogram) Max() int64 { return h.max }

// Rank is the value that so many values are not greater than, counted from 1.
func (h *Histogram) Rank(rank uint64) float64 {
	switch {
	case h.n == 0:
		return 0
	case rank <= 1:
		return float64(h.min)
	case rank >= h.n:
		return float64(h.max)
	}
	var seen uint64
	for i, n := range h.counts[:place(min(h.max, highest))+1] {
		if seen += n; seen >= rank {
			return min(max(middle(i), float64(h.min)), float64(h.max))
		}
	}
	return float64(h.max)
}

// Quantile is the nearest rank among so many, of which the histogram holds those that have a value: +Inf
// where it falls on one that has none, NaN among none at all.
func (h *Histogram) Quantile(of uint64, q float64) float64 {
	rank := analysis.Rank(of, q)
	switch {
	case of == 0:
		return math.NaN()
	case rank > h.n:
		return math.Inf(1)
	}
	return h.Rank(rank)
}

// Merge adds the values of another histogram.
func (h *Histogram) Merge(o *Histogram) {
	if o.n == 0 {
		return
	}
	for i, n := range o.counts[:place(min(o.max, highest))+1] {
		h.counts[i] += n
	}
	h.n += o.n
	h.sum += o.sum
	h.min, h.max = min(h.min, o.min), max(h.max, o.max)
}

// Reset empties the histogram.
func (h *Histogram) Reset() {
	if h.n > 0 {
		clear(h.counts[:place(min(h.max, highest))+1])
	}
	h.n, h.sum, h.min, h.max = 0, 0, highest, 0
}

// HDR is the histogram as an HdrHistogram, with so many requests that were never answered counted as
// the highest value.
func (h *Histogram) HDR(unanswered uint64) *hdrhistogram.Histogram {
	s := &hdrhistogram.Snapshot{LowestTrackableValue: 1, HighestTrackableValue: highest, SignificantFigures: 3}
	s.Counts = make([]int64, len(hdrhistogram.New(1, highest, 3).Export().Counts))
	for i, n := range h.counts {
		s.Counts[i] = int64(n)
	}
	s.Counts[place(highest)] += int64(unanswered)
	return hdrhistogram.Import(s)
}
