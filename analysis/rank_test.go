package analysis

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestRankTestsEqualR(t *testing.T) {
	r := rValues(t)
	x, y := r["x"], r["y"]
	check := func(name string, got, want float64) {
		t.Helper()
		if !near(got, want, 1e-12) {
			t.Errorf("%s = %.17g, R says %.17g", name, got, want)
		}
	}
	want := r["mwu.exact x,y W p HL CIlo CIhi"]
	got := MannWhitney(x, y, .95)
	check("W", got.Statistic, want[0])
	check("p", got.P, want[1])
	check("shift", got.Shift, want[2])
	check("lower end", got.Interval.Lo, want[3])
	check("upper end", got.Interval.Hi, want[4])

	want = r["mwu.exact.ties xt,yt W p"]
	got = MannWhitney(r["xt"], r["yt"], .95)
	check("W with ties", got.Statistic, want[0])
	check("p with ties", got.P, want[1])

	var differences []float64
	for i := range y {
		differences = append(differences, x[i]-y[i])
	}
	want = r["signedrank.exact x[1:11]-y V p"]
	got = SignedRank(differences, .95)
	check("V", got.Statistic, want[0])
	check("p of V", got.P, want[1])

	for i, p := range Holm([]float64{.01, .02, .03, .04, .2}) {
		check("Holm", p, r["p.adjust.holm of .01 .02 .03 .04 .2"][i])
	}
	// P(W ≤ 30) of 10 and 10: the counts that the p-values are made of.
	var ranks []int
	for i := range 20 {
		ranks = append(ranks, i+1)
	}
	var below, all float64
	for sum, n := range subsetSums(ranks, 10) {
		all += n
		if sum-55 <= 30 {
			below += n
		}
	}
	check("pwilcox(30, 10, 10)", below/all, r["pwilcox(30,10,10)"][0])
}

func TestTooFewRunsGiveNoInterval(t *testing.T) {
	if in := MannWhitney([]float64{1, 2, 3}, []float64{4, 5, 6}, .95).Interval; !math.IsInf(in.Lo, -1) || !math.IsInf(in.Hi, 1) {
		t.Errorf("3 and 3 values bound the shift by %v: 2 of 20 arrangements are more than 5 %%", in)
	}
	if in := MannWhitney([]float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}, .95).Interval; in.Lo != -7 || in.Hi != -1 {
		t.Errorf("4 and 4 values bound the shift by %v, want all the differences", in)
	}
	if in := SignedRank([]float64{1, 2, 3, 4, 5}, .95).Interval; !math.IsInf(in.Hi, 1) {
		t.Errorf("5 pairs bound the shift by %v: 2 of 32 signs are more than 5 %%", in)
	}
	if in := SignedRank([]float64{1, 2, 3, 4, 5, 6}, .95).Interval; in.Lo != 1 || in.Hi != 6 {
		t.Errorf("6 pairs bound the shift by %v, want [1, 6]", in)
	}
}

func TestSameValuesAreNoDifference(t *testing.T) {
	same := []float64{7, 7, 7, 7, 7, 7, 7}
	if got := MannWhitney(same, same, .95); got.P != 1 || got.Shift != 0 || got.Interval.Lo != 0 || got.Interval.Hi != 0 {
		t.Errorf("identical samples: %+v, want p = 1 and a shift of exactly 0", got)
	}
	if got := SignedRank(make([]float64, 7), .95); got.P != 1 || got.Shift != 0 || got.Interval.Lo != 0 || got.Interval.Hi != 0 {
		t.Errorf("pairs without a difference: %+v, want p = 1 and a shift of exactly 0", got)
	}
}

// The intervals hold the true shift as often as they say, for a skewed distribution too.
func TestRankIntervalsCover(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	const runs, n, shift = 1000, 8, 0.3
	var unpaired, paired int
	for range runs {
		x, y, d := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = shift+random.ExpFloat64(), random.ExpFloat64()
			d[i] = shift + random.ExpFloat64() - random.ExpFloat64()
		}
		if in := MannWhitney(x, y, .95).Interval; in.Lo <= shift && shift <= in.Hi {
			unpaired++
		}
		if in := SignedRank(d, .95).Interval; in.Lo <= shift && shift <= in.Hi {
			paired++
		}
	}
	if unpaired < 935*runs/1000 || paired < 935*runs/1000 {
		t.Errorf("of %d intervals %d (unpaired) and %d (paired) hold the shift, want 95 %%", runs, unpaired, paired)
	}
}

// The normal approximation is R's wilcox.test(xt, yt), whose ties make it approximate: p = .0470695.
func TestNormalApproximationEqualsR(t *testing.T) {
	r := rValues(t)
	x, y := r["xt"], r["yt"]
	p := mannWhitneyNormal(23.5, float64(len(x)), float64(len(y)), midranks(append(append([]float64(nil), x...), y...)))
	if !near(p, .0470695, 1e-6) {
		t.Errorf("p = %.7f, R says .0470695", p)
	}
}

// Large samples take no longer than a moment, and agree with the exact counts where both can be had.
func TestLargeSamples(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 22))
	draw := func(n int, shift float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = shift + random.NormFloat64()
		}
		return out
	}
	exact := MannWhitney(draw(50, 0), draw(50, .5), .95)
	if p := mannWhitneyNormal(exact.Statistic, 50, 50, midranks(draw(100, 0))); math.Abs(p-exact.P) > .01 {
		t.Errorf("exact p = %.4f, approximate %.4f", exact.P, p)
	}
	if got := MannWhitney(draw(200, 1), draw(200, 0), .95); got.P > 1e-9 || got.Interval.Lo > 1 || got.Interval.Hi < 1 {
		t.Errorf("200 and 200 values a deviation apart: %+v", got)
	}
	if got := SignedRank(draw(1100, .3), .95); !(got.P > 0 && got.P < 1e-6) || got.Interval.Lo > .3 || got.Interval.Hi < .3 {
		t.Errorf("1,100 differences around .3: %+v", got)
	}
	if got := SignedRank(draw(1100, 0), .95); got.P < 1e-4 {
		t.Errorf("1,100 differences around 0: %+v", got)
	}
}

func TestNotMeasuredIsNoVerdict(t *testing.T) {
	values := []float64{1, 2, math.NaN(), 4, 5, 6, 7, 8}
	for name, got := range map[string]Comparison{
		"unpaired": MannWhitney(values, []float64{9, 10, 11, 12, 13, 14, 15, 16}, .95),
		"paired":   SignedRank(values, .95),
	} {
		if !math.IsNaN(got.P) || !math.IsNaN(got.Shift) || !math.IsInf(got.Interval.Hi, 1) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
