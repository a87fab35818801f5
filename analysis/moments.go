package analysis

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// Mean is the arithmetic mean; +Inf when a value is censored.
func Mean(values []float64) float64 { return floats.Sum(values) / float64(len(values)) }

// StdDev is the sample standard deviation (divisor n−1), computed in two passes: the one-pass
// Σx² keeps a single digit of NIST's NumAcc3.
func StdDev(values []float64) float64 {
	mean := Mean(values)
	var squares, rest float64
	for _, v := range values {
		d := v - mean
		squares += d * d
		rest += d // zero but for rounding, which it takes back out
	}
	n := float64(len(values))
	return math.Sqrt((squares - rest*rest/n) / (n - 1))
}

// Autocorrelation is the sample autocorrelation at a lag, as NIST defines it: the lagged
// products about the mean over the sum of squares about the mean.
func Autocorrelation(values []float64, lag int) float64 {
	mean := Mean(values)
	var products, squares float64
	for i, v := range values {
		d := v - mean
		squares += d * d
		if i+lag < len(values) {
			products += d * (values[i+lag] - mean)
		}
	}
	if squares == 0 {
		return math.NaN()
	}
	return products / squares
}
