package loadgen_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"netlab/loadgen"
)

// instants are those of a schedule before end.
func instants(p loadgen.Pacer, end time.Duration) []time.Duration {
	var all []time.Duration
	for n := uint64(0); ; n++ {
		due, stop := p.Next(n)
		if stop || due >= end || n == 1e6 {
			return all
		}
		all = append(all, due)
	}
}

func TestConstant(t *testing.T) {
	got := instants(loadgen.Constant(3), 2*time.Second)
	want := []time.Duration{0, 333333333, 666666666, 1e9, 1333333333, 1666666666}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if due, _ := loadgen.Constant(1e6).Next(3600e6); due != time.Hour {
		t.Errorf("an hour of a million a second ends at %v", due)
	}
	if _, stop := loadgen.Constant(0).Next(0); !stop {
		t.Error("a rate of 0 sends")
	}
}

// TestPoissonGaps holds the gaps against the exponential distribution by a Kolmogorov-Smirnov test at
// 1 %: with n gaps the critical distance is 1.628/√n.
func TestPoissonGaps(t *testing.T) {
	for seed := range uint64(5) {
		for name, p := range map[string]loadgen.Pacer{
			"curve": loadgen.Flat(1000).Poisson(seed),
			"share": loadgen.Split(func() loadgen.Pacer { return loadgen.Flat(4000).Poisson(seed) }, 4, 9)[2],
		} {
			all := instants(p, 20*time.Second)
			gaps := make([]float64, len(all)-1)
			for i := range gaps {
				gaps[i] = (all[i+1] - all[i]).Seconds()
			}
			slices.Sort(gaps)
			var distance float64
			for i, g := range gaps {
				expected := 1 - math.Exp(-1000*g)
				distance = max(distance, math.Abs(expected-float64(i)/float64(len(gaps))), math.Abs(expected-float64(i+1)/float64(len(gaps))))
			}
			if critical := 1.628 / math.Sqrt(float64(len(gaps))); distance > critical {
				t.Errorf("%s, seed %d: distance %.4f over %d gaps, critical %.4f", name, seed, distance, len(gaps), critical)
			}
		}
	}
}

func TestCurve(t *testing.T) {
	c := loadgen.Flat(100).Step(2*time.Second, 300).Ramp(4*time.Second, 2*time.Second, 100).Spike(8*time.Second, time.Second, 1000)
	for at, want := range map[time.Duration]float64{
		0: 100, 1999 * time.Millisecond: 100, 2 * time.Second: 300, 4 * time.Second: 300, 5 * time.Second: 200, 6 * time.Second: 100,
		8 * time.Second: 1000, 8999 * time.Millisecond: 1000, 9 * time.Second: 100, time.Hour: 100, -1: 0,
	} {
		if got := c.Rate(at); math.Abs(got-want) > 1e-6 {
			t.Errorf("rate at %v is %v, want %v", at, got, want)
		}
	}
	counts := func(p loadgen.Pacer) []int {
		n := make([]int, 10)
		for _, at := range instants(p, 10*time.Second) {
			n[at/time.Second]++
		}
		return n
	}
	if got, want := counts(c.Even()), []int{100, 100, 300, 300, 250, 150, 100, 100, 1000, 100}; !slices.Equal(got, want) {
		t.Errorf("even: %v requests in each second, want %v", got, want)
	}
	for i, got := range counts(c.Poisson(3)) {
		want := []float64{100, 100, 300, 300, 250, 150, 100, 100, 1000, 100}[i]
		if math.Abs(float64(got)-want) > 4*math.Sqrt(want) {
			t.Errorf("random: %d requests in second %d, want about %v", got, i, want)
		}
	}
	if got := instants(loadgen.Flat(10).Step(time.Second, 0).Even(), time.Hour); len(got) != 10 {
		t.Errorf("%d requests before the rate fell to 0, want 10", len(got))
	}
}

// TestCurvesAreWalkedRight: whatever the curve, instants ascend and the area up to request n is n.
func TestCurvesAreWalkedRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c loadgen.Curve
		at := time.Duration(0)
		for range rapid.IntRange(1, 6).Draw(t, "points") {
			c = append(c, loadgen.Point{At: at, Rate: rapid.Float64Range(0, 500).Draw(t, "rate")})
			at += time.Duration(rapid.Int64Range(0, 3e9).Draw(t, "gap"))
		}
		last := time.Duration(0)
		for i, due := range instants(c.Even(), 10*time.Second) {
			if due < last {
				t.Fatalf("request %d at %v, after one at %v", i, due, last)
			}
			last = due
			if a := area(c, due); i < 1000 && math.Abs(a-float64(i)) > 1e-3 {
				t.Fatalf("request %d at %v, where the area is %v", i, due, a)
			}
		}
	})
}

// area integrates line by line.
func area(c loadgen.Curve, until time.Duration) (sum float64) {
	for i, p := range c {
		end, rate := until, p.Rate
		if i < len(c)-1 {
			next := c[i+1]
			if next.At == p.At {
				continue
			}
			end = min(until, next.At)
			rate += (next.Rate - p.Rate) * float64(end-p.At) / float64(next.At-p.At)
		}
		if end > p.At {
			sum += (p.Rate + rate) / 2 * (end - p.At).Seconds()
		}
	}
	return sum
}

func TestReplay(t *testing.T) {
	want := []time.Duration{0, 5, 5, 900_000_000}
	p := loadgen.Replay(want)
	if got := instants(p, time.Hour); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if r := p.Rate(0); r != 3 {
		t.Errorf("rate %v around 0", r)
	}
}

// TestSplit: the parts together are the whole, each request once.
func TestSplit(t *testing.T) {
	schedule := func() loadgen.Pacer { return loadgen.Flat(500).Ramp(time.Second, time.Second, 2000).Poisson(5) }
	var together []time.Duration
	for _, part := range loadgen.Split(schedule, 3, 1) {
		all := instants(part, 3*time.Second)
		if len(all) < 800 {
			t.Errorf("a part of %d requests", len(all))
		}
		together = append(together, all...)
	}
	slices.Sort(together)
	if !slices.Equal(together, instants(schedule(), 3*time.Second)) {
		t.Error("the parts differ from the whole")
	}
}

// TestSchedulesBeginAnew: a pacer asked for request 0 again starts over.
func TestSchedulesBeginAnew(t *testing.T) {
	for _, p := range []loadgen.Pacer{loadgen.Flat(100).Poisson(1), loadgen.Flat(100).Ramp(0, time.Second, 200).Even(),
		loadgen.Split(func() loadgen.Pacer { return loadgen.Flat(100).Poisson(1) }, 2, 1)[0]} {
		if a, b := instants(p, time.Second), instants(p, time.Second); !slices.Equal(a, b) {
			t.Errorf("%T differs the second time", p)
		}
	}
}
