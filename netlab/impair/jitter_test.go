package impair

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// ks is the Kolmogorov–Smirnov distance of the sample from the distribution that has this
// quantile function.
func ks(sample []float64, quantile func(float64) float64) float64 {
	slices.Sort(sample)
	n := float64(len(sample))
	var worst float64
	for i, x := range sample {
		low, high := 0.0, 1.0 // bisect for the probability of x
		for range 50 {
			if mid := (low + high) / 2; quantile(mid) < x {
				low = mid
			} else {
				high = mid
			}
		}
		worst = max(worst, math.Abs(low-float64(i)/n), math.Abs(low-float64(i+1)/n))
	}
	return worst
}

const n = 3000

// critical is the 1 % bound of ks for n independent values.
var critical = 1.63 / math.Sqrt(n)

func draw(q Quality, gap time.Duration) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	j := newJitter(q, r)
	sample := make([]float64, n)
	for i := range sample {
		sample[i] = float64(j.at(int64(i)*int64(gap), r)) / float64(q.Jitter)
	}
	return sample
}

func TestJitterHasTheDistributionAskedFor(t *testing.T) {
	var text strings.Builder
	text.WriteString("# two humps\n")
	for i := range 500 {
		fmt.Fprintf(&text, "%d %d # left and right\n", -8192+i, 8192-4*i)
	}
	table, err := ParseDistribution(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*Distribution{"default": nil, "normal": Normal, "uniform": Uniform, "pareto": Pareto, "table": table} {
		for form, correlation := range map[string]float64{"smooth": 0, "correlated": 0.25} {
			q := Quality{Jitter: time.Millisecond, Distribution: d, Correlation: correlation}
			// Smooth jitter is sampled at times that share no deviate; correlated values spread
			// the distance a little wider.
			bound := critical
			if correlation > 0 {
				bound *= math.Sqrt((1 + correlation) / (1 - correlation))
			}
			if d := ks(draw(q, 2*smoothness*q.Jitter+1), q.distribution().quantile); d > bound {
				t.Errorf("%s, %s: distance %.4f, want at most %.4f", name, form, d, bound)
			}
		}
	}
}

// Between its deviates smooth jitter must have the same distribution as at them.
func TestSmoothJitterHasItsDistributionAtEveryMoment(t *testing.T) {
	q := Quality{Jitter: time.Millisecond}
	for _, part := range []float64{0.1, 0.3, 0.5, 0.9} {
		sample := make([]float64, n)
		for i := range sample {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			j := newJitter(q, r)
			j.at(0, r)
			sample[i] = float64(j.at(int64(part*float64(j.span)), r)) / float64(q.Jitter)
		}
		if d := ks(sample, Normal.quantile); d > critical {
			t.Errorf("%v of the way: distance %.4f, want at most %.4f", part, d, critical)
		}
	}
}

func TestSmoothJitterKeepsFramesInOrder(t *testing.T) {
	for name, c := range map[string]struct {
		d       *Distribution
		clamped int // of 1,000,000
	}{"normal": {Normal, 0}, "uniform": {Uniform, 0}, "pareto": {Pareto, 1000}} {
		q := Quality{Delay: 10 * time.Millisecond, Jitter: time.Millisecond, Distribution: c.d}
		s := newShape(q, 1, 2)
		const gap = int64(10 * time.Microsecond)
		var last int64
		clamped := 0
		for i := range int64(1_000_000) {
			due := s.schedule(i*gap, i*gap, false)
			if due < last {
				t.Fatalf("%s: frame %d is due %d ns before the one before it", name, i, last-due)
			}
			if due == last {
				clamped++
			}
			last = due
		}
		if clamped > c.clamped {
			t.Errorf("%s: %d of 1,000,000 frames had to wait for the one before", name, clamped)
		}
	}
}

func TestCorrelationIsThatOfNeighbours(t *testing.T) {
	for _, rho := range []float64{0.1, 0.5, 0.9} {
		sample := draw(Quality{Jitter: time.Millisecond, Correlation: rho}, 1)
		var product, square float64
		for i := 1; i < n; i++ {
			product += sample[i] * sample[i-1]
			square += sample[i] * sample[i]
		}
		if got := product / square; math.Abs(got-rho) > 0.05 {
			t.Errorf("correlation %.3f, want %v", got, rho)
		}
	}
}

func TestParseDistributionRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":            "want two values or more",
		"1 2\n3 four": `line 2: "four": want a number between -32768 and 32767`,
		"1 40000":     `line 1: "40000": want a number between -32768 and 32767`,
	} {
		if _, err := ParseDistribution(strings.NewReader(text)); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
