package analysis

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// unknown is the comparison of what was not measured.
var unknown = Comparison{Statistic: math.NaN(), P: math.NaN(), Shift: math.NaN(),
	Interval: Interval{Lo: math.Inf(-1), Hi: math.Inf(1), Confidence: 1}}

func anyNaN(samples ...[]float64) bool {
	for _, s := range samples {
		for _, v := range s {
			if math.IsNaN(v) {
				return true
			}
		}
	}
	return false
}

// mannWhitneyNormal is the p-value by the normal approximation, with the corrections for continuity
// and for ties (Lehmann, Nonparametrics, 1.3).
func mannWhitneyNormal(statistic, n, m float64, midranks []int) float64 {
	all := n + m
	variance := n * m / 12 * (all + 1 - ties(midranks)/(all*(all-1)))
	return twoSided(statistic-n*m/2, variance)
}

// signedRankNormal is likewise, of the ranks of the differences that are not zero (Lehmann, 3.2).
func signedRankNormal(statistic float64, midranks []int) float64 {
	n := float64(len(midranks))
	variance := n*(n+1)*(2*n+1)/24 - ties(midranks)/48
	return twoSided(statistic-n*(n+1)/4, variance)
}

// ties is the sum of t³ − t over the groups of t equal values.
func ties(midranks []int) float64 {
	groups := map[int]float64{}
	for _, r := range midranks {
		groups[r]++
	}
	var sum float64
	for _, t := range groups {
		sum += t*t*t - t
	}
	return sum
}

func twoSided(deviation, variance float64) float64 {
	if variance <= 0 {
		return 1 // all values are equal
	}
	z := math.Max(0, math.Abs(deviation)-.5) / math.Sqrt(variance)
	return math.Erfc(z / math.Sqrt2)
}

// normalInterval picks the k-th value from either end of the sorted differences, k as great as the
// normal approximation of the statistic allows.
func normalInterval(sorted []float64, mean, deviation, confidence float64) Interval {
	z := mathext.NormalQuantile((1 + confidence) / 2)
	k := int(math.Floor(mean - z*deviation))
	if k < 1 || 2*k > len(sorted)+1 {
		return Interval{Lo: math.Inf(-1), Hi: math.Inf(1), Confidence: 1}
	}
	return Interval{Lo: sorted[k-1], Hi: sorted[len(sorted)-k], Confidence: confidence}
}
