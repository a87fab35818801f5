package analysis

import "math"

// NearestRank is the smallest value of a sorted sample that at least the share q of the sample
// does not exceed: a latency that somebody really saw. HdrHistogram (Java) gives the same rank,
// so netlab uses it for every latency percentile. An empty sample gives NaN.
func NearestRank(sorted []float64, q float64) float64 {
	return Quantile(sorted, q, 1)
}

// Rank is the nearest rank among n values: how many of them, from the smallest, the share q is at
// least. It is what NearestRank takes from a sorted sample, for values that are kept another way:
// in a histogram, or as durations. It is 0 for no values, else from 1 to n.
func Rank(n uint64, q float64) uint64 {
	if n == 0 {
		return 0
	}
	position := float64(n) * q
	allowance := fuzz * math.Max(1, math.Abs(position))
	return uint64(math.Min(math.Max(math.Ceil(position-allowance), 1), float64(n)))
}

// fuzz is R's allowance for a product such as 0.99 × 100 that rounding lifts above its integer.
const fuzz = 4 * 0x1p-52

// Quantile is the Hyndman–Fan quantile (The American Statistician 50, 1996) of a sorted sample.
// Kind 1 is the nearest rank, kind 7 the default of R and NumPy, kind 8 the one that Hyndman and
// Fan recommend for estimating a continuous distribution. It panics on a kind outside 1–9.
func Quantile(sorted []float64, q float64, kind int) float64 {
	n := float64(len(sorted))
	if n == 0 || math.IsNaN(q) {
		return math.NaN()
	}
	var position float64 // 1-based, between order statistics
	switch kind {
	case 1, 2:
		position = n * q
	case 3:
		position = n*q - 0.5
	case 4:
		position = n * q
	case 5:
		position = n*q + 0.5
	case 6:
		position = (n + 1) * q
	case 7:
		position = 1 + (n-1)*q
	case 8:
		position = 1.0/3 + (n+1.0/3)*q
	case 9:
		position = 3.0/8 + (n+1.0/4)*q
	default:
		panic("analysis: quantile kind outside 1–9")
	}
	allowance := fuzz * math.Max(1, math.Abs(position))
	rank := math.Floor(position + allowance)
	part := position - rank
	if math.Abs(part) < allowance {
		part = 0
	}
	weight := part // of the next order statistic
	switch kind {
	case 1:
		weight = step(part > 0)
	case 2:
		weight = 0.5 + step(part > 0)/2
	case 3:
		weight = step(part > 0 || math.Mod(rank, 2) != 0)
	}
	low, high := orderStatistic(sorted, rank), orderStatistic(sorted, rank+1)
	switch {
	case weight == 0 || low == high: // also keeps 0 × Inf and Inf − Inf out
		return low
	case weight == 1:
		return high
	}
	return low + weight*(high-low)
}

func step(up bool) float64 {
	if up {
		return 1
	}
	return 0
}

// orderStatistic is the rank-th smallest value, from 1; ranks beyond the ends mean the ends.
func orderStatistic(sorted []float64, rank float64) float64 {
	last := float64(len(sorted))
	return sorted[int(math.Min(math.Max(rank, 1), last))-1]
}
