package analysis

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestQuantilesEqualR(t *testing.T) {
	r := rValues(t)
	x := slices.Clone(r["x"])
	slices.Sort(x)
	for _, kind := range []int{1, 3, 4, 6, 7, 8} {
		want := r[fmt.Sprintf("quantile.type%d x at .01 .25 .5 .9 .99", kind)]
		for i, q := range []float64{.01, .25, .5, .9, .99} {
			if got := Quantile(x, q, kind); !near(got, want[i], 1e-12) {
				t.Errorf("Quantile(x, %v, kind %d) = %.17g, R says %.17g", q, kind, got, want[i])
			}
		}
	}
}

// R has no values of these kinds in the reference file; their definitions give them by hand.
func TestQuantileKindsByDefinition(t *testing.T) {
	x := []float64{10, 20, 30, 40}
	for _, tt := range []struct {
		kind    int
		q, want float64
	}{
		{2, .25, 15}, // the mean of two order statistics where n·q is an integer
		{2, .3, 20},
		{5, .5, 25},
		{5, .25, 15},
		{9, .5, 25},
		{9, .25, 14.375}, // position 3/8 + 4.25/4 = 1.4375
	} {
		if got := Quantile(x, tt.q, tt.kind); !near(got, tt.want, 1e-12) {
			t.Errorf("Quantile(x, %v, kind %d) = %v, want %v", tt.q, tt.kind, got, tt.want)
		}
	}
}

func TestNearestRankIsAnObservedValue(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(i + 1)
	}
	for _, tt := range []struct{ q, want float64 }{
		{0, 1}, {.001, 1}, {.5, 50}, {.9, 90}, {.99, 99}, {.999, 100}, {1, 100},
		{.29, 29}, {.57, 57}, // products that floating point puts above the integer
	} {
		if got := NearestRank(hundred, tt.q); got != tt.want {
			t.Errorf("NearestRank(1…100, %v) = %v, want %v", tt.q, got, tt.want)
		}
	}
}

func TestCensoredValuesStayInfinite(t *testing.T) {
	inf := math.Inf(1)
	x := []float64{1, 2, 3, inf, inf}
	for kind := 1; kind <= 9; kind++ {
		if got := Quantile(x, .99, kind); got != inf {
			t.Errorf("kind %d: p99 of a sample with 40 %% unanswered = %v, want +Inf", kind, got)
		}
		if got := Quantile(x, .2, kind); math.IsNaN(got) || math.IsInf(got, 0) {
			t.Errorf("kind %d: p20 = %v, want a number", kind, got)
		}
	}
}

func TestQuantileOfNothingIsNaN(t *testing.T) {
	if got := NearestRank(nil, .5); !math.IsNaN(got) {
		t.Errorf("NearestRank of nothing = %v, want NaN", got)
	}
}

// Both ways to the nearest rank agree, also where a product such as 0.07 × 100 is not its integer.
func TestRankIsWhatNearestRankTakes(t *testing.T) {
	if got := Rank(0, .5); got != 0 {
		t.Errorf("rank %d among none", got)
	}
	for n := 1; n <= 300; n++ {
		sorted := make([]float64, n)
		for i := range sorted {
			sorted[i] = float64(i + 1)
		}
		for percent := range 101 {
			q := float64(percent) / 100
			exact := max(1, (percent*n+99)/100)
			if got := Rank(uint64(n), q); got != uint64(exact) || NearestRank(sorted, q) != float64(exact) {
				t.Errorf("%d %% of %d: rank %d, nearest rank %v, want %d", percent, n, got, NearestRank(sorted, q), exact)
			}
		}
	}
}
