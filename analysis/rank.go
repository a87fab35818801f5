package analysis

import (
	"cmp"
	"math"
	"slices"
)

// A Comparison of two samples by ranks: nothing is assumed of their distributions but that, were
// there no difference, they would be alike.
type Comparison struct {
	Statistic float64
	P         float64  // two-sided; NaN where a value is NaN
	Shift     float64  // Hodges–Lehmann estimate of the difference
	Interval  Interval // of the shift; infinite where the samples are too small
}

// exactly is the size up to which p-values and intervals are exact: the share of all arrangements at
// least as extreme, with ties too, by counting over midranks. Counting takes time with the cube of the
// size; larger samples are judged by the normal approximation, with its correction for continuity and
// ties (as R's wilcox.test does from 50 on).
const exactly = 50

// MannWhitney compares two independent samples. The statistic counts the pairs in which x is
// greater (ties count half); the shift is the median of all differences x − y.
func MannWhitney(x, y []float64, confidence float64) Comparison {
	if anyNaN(x, y) {
		return unknown
	}
	ranks, sum := midranks(slices.Concat(x, y)), 0
	for _, r := range ranks[:len(x)] {
		sum += r
	}
	n, m := float64(len(x)), float64(len(y))
	out := Comparison{Statistic: float64(sum)/2 - n*(n+1)/2}
	large := max(len(x), len(y)) > exactly
	if !large {
		out.P = extreme(subsetSums(ranks, len(x)), sum)
	} else {
		out.P = mannWhitneyNormal(out.Statistic, n, m, ranks)
	}
	differences := make([]float64, 0, len(x)*len(y))
	for _, a := range x {
		for _, b := range y {
			differences = append(differences, a-b)
		}
	}
	slices.Sort(differences)
	out.Shift = Quantile(differences, .5, 7)
	if large {
		out.Interval = normalInterval(differences, n*m/2, math.Sqrt(n*m*(n+m+1)/12), confidence)
		return out
	}
	// The interval's ends are differences whose ranks come out of the distribution without ties.
	var distinct []int
	for i := range len(x) + len(y) {
		distinct = append(distinct, i+1)
	}
	out.Interval = symmetricInterval(differences, subsetSums(distinct, len(x)), len(x)*(len(x)+1)/2, confidence)
	return out
}

// SignedRank compares paired samples by their differences. The statistic is the sum of the ranks
// of the positive ones (differences of zero are left out); the shift is the median of all means of
// two of them (Walsh averages).
func SignedRank(differences []float64, confidence float64) Comparison {
	if anyNaN(differences) {
		return unknown
	}
	var sizes []float64
	var positive []bool
	for _, d := range differences {
		if d != 0 {
			sizes = append(sizes, math.Abs(d))
			positive = append(positive, d > 0)
		}
	}
	ranks, sum := midranks(sizes), 0
	for i, r := range ranks {
		if positive[i] {
			sum += r
		}
	}
	out := Comparison{Statistic: float64(sum) / 2}
	large := len(differences) > exactly
	if !large {
		out.P = extreme(signSums(ranks), sum)
	} else {
		out.P = signedRankNormal(out.Statistic, ranks)
	}
	var averages []float64
	for i, a := range differences {
		for _, b := range differences[i:] {
			averages = append(averages, (a+b)/2)
		}
	}
	slices.Sort(averages)
	out.Shift = Quantile(averages, .5, 7)
	if large {
		n := float64(len(differences))
		out.Interval = normalInterval(averages, n*(n+1)/4, math.Sqrt(n*(n+1)*(2*n+1)/24), confidence)
		return out
	}
	var distinct []int
	for i := range differences {
		distinct = append(distinct, i+1)
	}
	out.Interval = symmetricInterval(averages, signSums(distinct), 0, confidence)
	return out
}

// midranks are the ranks of the values, doubled so that the mean rank of tied ones is an integer.
func midranks(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks := make([]int, len(values))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && values[order[j]] == values[order[i]] {
			j++
		}
		for _, k := range order[i:j] {
			ranks[k] = i + 1 + j // twice the mean of i+1 … j
		}
		i = j
	}
	return ranks
}

// subsetSums counts the subsets of a size by the sum of their ranks.
func subsetSums(ranks []int, size int) []float64 {
	total := 0
	for _, r := range ranks {
		total += r
	}
	counts := make([][]float64, size+1)
	for k := range counts {
		counts[k] = make([]float64, total+1)
	}
	counts[0][0] = 1
	for _, r := range ranks {
		for k := size; k >= 1; k-- {
			for sum := total; sum >= r; sum-- {
				counts[k][sum] += counts[k-1][sum-r]
			}
		}
	}
	return counts[size]
}

// signSums counts the choices of signs by the sum of the ranks with a plus.
func signSums(ranks []int) []float64 {
	total := 0
	for _, r := range ranks {
		total += r
	}
	counts := make([]float64, total+1)
	counts[0] = 1
	for _, r := range ranks {
		for sum := total; sum >= r; sum-- {
			counts[sum] += counts[sum-r]
		}
	}
	return counts
}

// extreme is the share of arrangements whose sum is at least as far from the mean as this one.
func extreme(counts []float64, sum int) float64 {
	var all, weighted float64
	for s, n := range counts {
		all += n
		weighted += n * float64(s)
	}
	mean := weighted / all
	var beyond float64
	for s, n := range counts {
		if math.Abs(float64(s)-mean) >= math.Abs(float64(sum)-mean)-1e-9 {
			beyond += n
		}
	}
	return beyond / all
}

// symmetricInterval picks the k-th value from either end of the sorted differences, k as great as
// the distribution of the statistic, which begins at lowest, allows.
func symmetricInterval(sorted, counts []float64, lowest int, confidence float64) Interval {
	out := Interval{Lo: math.Inf(-1), Hi: math.Inf(1), Confidence: 1}
	var all, below float64
	for _, n := range counts {
		all += n
	}
	for k := 1; lowest+k-1 < len(counts) && 2*k <= len(sorted)+1; k++ {
		below += counts[lowest+k-1] / all // P(statistic ≤ k−1)
		if below > (1-confidence)/2 {
			break
		}
		out = Interval{Lo: sorted[k-1], Hi: sorted[len(sorted)-k], Confidence: 1 - 2*below}
	}
	return out
}

// Holm adjusts p-values for having been looked at together, so that the chance of a single false
// alarm among them stays what it was for one.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out := make([]float64, len(p))
	least := 0.0
	for i, k := range order {
		least = math.Max(least, math.Min(1, p[k]*float64(len(p)-i)))
		out[k] = least
	}
	return out
}
