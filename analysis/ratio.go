package analysis

import "gonum.org/v1/gonum/mathext"

// A Ratio is a share of successes with its exact (Clopper–Pearson) interval, which never claims
// more than the counts show: 1,000 of 1,000 is 100 %, but at 95 % only "more than 99.63 %".
type Ratio struct {
	Successes, Trials uint64
}

// Value is the share of successes. Nothing tried is no failure: 0 of 0 is NaN, which no
// comparison accepts.
func (r Ratio) Value() float64 { return float64(r.Successes) / float64(r.Trials) }

// Interval bounds the probability of success.
func (r Ratio) Interval(confidence float64) Interval {
	out := Interval{Lo: 0, Hi: 1, Confidence: confidence}
	k, n, tail := float64(r.Successes), float64(r.Trials), (1-confidence)/2
	if r.Successes > 0 {
		out.Lo = mathext.InvRegIncBeta(k, n-k+1, tail)
	}
	if r.Successes < r.Trials {
		out.Hi = mathext.InvRegIncBeta(k+1, n-k, 1-tail)
	}
	return out
}
