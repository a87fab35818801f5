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
