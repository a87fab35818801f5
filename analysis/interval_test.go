package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// binomialSum is P(K ≤ k) added up term by term: slow, and independent of the beta function.
func binomialSum(k, n int, p float64) float64 {
	var sum float64
	ln, _ := math.Lgamma(float64(n + 1))
	for i := 0; i <= k; i++ {
		li, _ := math.Lgamma(float64(i + 1))
		lr, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(ln - li - lr + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return sum
}

func TestBinomialCDFEqualsTheSum(t *testing.T) {
	for _, n := range []int{1, 5, 30, 368, 2000} {
		for _, p := range []float64{.5, .9, .99, .999} {
			for _, k := range []int{0, n / 2, n * 9 / 10, n - 1, n} {
				if got, want := binomialCDF(k, n, p), binomialSum(k, n, p); math.Abs(got-want) > 1e-10 {
					t.Errorf("P(K ≤ %d), n = %d, p = %v: %v, the sum is %v", k, n, p, got, want)
				}
			}
		}
	}
}

func TestQuantileRanksCoverAndAreTight(t *testing.T) {
	for _, n := range []int{5, 30, 100, 368, 1000, 10_000} {
		for _, q := range []float64{.5, .9, .99, .999} {
			for _, confidence := range []float64{.9, .95, .99} {
				t.Run(fmt.Sprintf("n=%d,q=%v,%v", n, q, confidence), func(t *testing.T) {
					lo, hi := quantileRanks(n, q, confidence)
					tail := (1 - confidence) / 2
					below := func(k int) float64 { return binomialSum(k-1, n, q) } // P(K < k)
					if below(lo) > tail+1e-12 || 1-below(hi) > tail+1e-12 {
						t.Errorf("ranks %d and %d miss with %v and %v, want at most %v", lo, hi, below(lo), 1-below(hi), tail)
					}
					if below(lo+1) <= tail-1e-12 {
						t.Errorf("rank %d would do as lower end, got %d", lo+1, lo)
					}
					if 1-below(hi-1) <= tail-1e-12 {
						t.Errorf("rank %d would do as upper end, got %d", hi-1, hi)
					}
				})
			}
		}
	}
}

func sequence(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i + 1)
	}
	return out
}

func TestIntervalIsInfiniteWhereTheSampleIsTooSmall(t *testing.T) {
	if got := QuantileInterval(sequence(367), .99, .95); !math.IsInf(got.Hi, 1) {
		t.Errorf("367 values bound p99 from above by %v: 1 − 0.99³⁶⁷ is below 0.975", got.Hi)
	}
	if got := QuantileInterval(sequence(368), .99, .95); got.Hi != 368 {
		t.Errorf("368 values bound p99 from above by %v, want the greatest", got.Hi)
	}
	if got := QuantileInterval(nil, .5, .95); !math.IsInf(got.Lo, -1) || !math.IsInf(got.Hi, 1) {
		t.Errorf("no values bound the median by %v", got)
	}
}

func TestIntervalSaysTheConfidenceReached(t *testing.T) {
	for _, n := range []int{100, 1000} {
		for _, q := range []float64{.5, .99} {
			got := QuantileInterval(sequence(n), q, .95)
			lo, hi := quantileRanks(n, q, .95)
			want := binomialSum(hi-1, n, q) - binomialSum(lo-1, n, q)
			if got.Confidence < .95 || math.Abs(got.Confidence-want) > 1e-10 {
				t.Errorf("n = %d, q = %v: confidence %v, want %v", n, q, got.Confidence, want)
			}
		}
	}
}

// covers counts how often an interval of AR(1) noise holds the true median 0.
func covers(rho float64, interval func(series, sorted []float64) Interval) float64 {
	const runs, n = 400, 2000
	random := rand.New(rand.NewPCG(1, 2))
	hits := 0
	for range runs {
		series := make([]float64, n)
		value := random.NormFloat64()
		for i := range series {
			value = rho*value + math.Sqrt(1-rho*rho)*random.NormFloat64()
			series[i] = value
		}
		sorted := slices.Clone(series)
		slices.Sort(sorted)
		if in := interval(series, sorted); in.Lo <= 0 && 0 <= in.Hi {
			hits++
		}
	}
	return float64(hits) / runs
}

func TestDependentSeriesNeedTheirEffectiveSize(t *testing.T) {
	naive := func(_, sorted []float64) Interval { return QuantileInterval(sorted, .5, .95) }
	scaled := func(series, sorted []float64) Interval { return SeriesQuantileInterval(series, sorted, .5, .95) }
	if c := covers(.9, naive); c > .6 {
		t.Errorf("independence assumed at ρ = 0.9 covers %.0f %%: the test series is not dependent", 100*c)
	}
	for _, rho := range []float64{0, .5, .9} {
		if c := covers(rho, scaled); c < .92 {
			t.Errorf("ρ = %v: the interval of nominally 95 %% covers %.1f %%", rho, 100*c)
		}
	}
}

func TestRatioIntervalIsClopperPearson(t *testing.T) {
	// By definition the ends put exactly half of the missing probability on each side.
	for _, r := range []Ratio{{1, 20}, {999, 1000}, {500, 1000}} {
		in := r.Interval(.95)
		k, n := int(r.Successes), int(r.Trials)
		if p := 1 - binomialSum(k-1, n, in.Lo); math.Abs(p-.025) > 1e-9 {
			t.Errorf("%v: P(K ≥ %d) at the lower end %v is %v, want 0.025", r, k, in.Lo, p)
		}
		if p := binomialSum(k, n, in.Hi); math.Abs(p-.025) > 1e-9 {
			t.Errorf("%v: P(K ≤ %d) at the upper end %v is %v, want 0.025", r, k, in.Hi, p)
		}
	}
	all := Ratio{1000, 1000}
	if in := all.Interval(.95); all.Value() != 1 || in.Hi != 1 || math.Abs(in.Lo-.996318) > 1e-6 {
		t.Errorf("1000 of 1000: %v in %v, want 1 in [0.996318, 1]", all.Value(), in)
	}
	if v := (Ratio{}).Value(); !math.IsNaN(v) {
		t.Errorf("nothing tried has the ratio %v, want NaN", v)
	}
}
