package compare

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"netlab/results/figures"
	"netlab/results/resultstest"
)

// madeUp are n runs whose median latency and blackout lie around a mean of 1 ms and 3 s times
// factor, with a coefficient of variation; they start as often apart from one another as step says.
func madeUp(random *rand.Rand, n int, factor, variation float64, start, step time.Duration) []*figures.Summary {
	var out []*figures.Summary
	for i := range n {
		scale := func() figures.Millis { return figures.Millis(factor * math.Exp(variation*random.NormFloat64())) }
		answers := figures.Answers{P50: scale(), P90: 2 * scale(), P99: 3 * scale(), SuccessRatio: 1}
		out = append(out, &figures.Summary{
			Scenario: "x", Dir: "runs", Started: time.Unix(0, 0).Add(start + time.Duration(i)*step), Validity: figures.Validity{Valid: true},
			Load:   map[string]*figures.Traffic{"web": {Asked: 1000, Answers: answers, Before: &answers}},
			Faults: map[string]*figures.Fault{"f": {Times: figures.Times{Blackout: 3000 * scale(), ReroutedAfter: 2990, FailbackBlackout: 0}}},
		})
	}
	return out
}

func compareMadeUp(t *testing.T, a, b []*figures.Summary) *Comparison {
	t.Helper()
	c, err := Runs(a, b, DefaultBounds)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const minute = time.Minute

func TestVerdicts(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 13))
	turns := func(n int, factorB, variation float64) *Comparison {
		return compareMadeUp(t, madeUp(random, n, 1, variation, 0, 2*minute), madeUp(random, n, factorB, variation, minute, 2*minute))
	}
	for _, tt := range []struct {
		name string
		c    *Comparison
		want Finding
	}{
		{"20 % slower", turns(10, 1.2, .03), Worse},
		{"20 % faster", turns(10, 1/1.2, .03), Better},
		{"the same", turns(10, 1, .005), Same},
		{"1 % slower, which does not matter", turns(10, 1.01, .005), Same},
		{"too noisy", turns(10, 1, .1), Inconclusive},
		{"one run each", turns(1, 2, .01), Inconclusive},
		{"five pairs", turns(5, 2, .01), Inconclusive},
		{"in blocks", compareMadeUp(t, madeUp(random, 6, 1, .02, 0, minute), madeUp(random, 6, 1.2, .02, time.Hour, minute)), Worse},
	} {
		if tt.c.Verdict != tt.want {
			t.Errorf("%s: %s, want %s: %+v", tt.name, tt.c.Verdict, tt.want, tt.c.Figures)
		}
		if tt.c.Paired != (tt.name != "in blocks" && tt.name != "one run each") {
			t.Errorf("%s: paired %v", tt.name, tt.c.Paired)
		}
	}
}

// A thing compared with itself must not alarm more often than the confidence says, though two
// figures are judged; and the figures must not find every change too small to matter.
func TestComparisonWithItselfSeldomAlarms(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	const trials = 400
	var alarms, found int
	for range trials {
		c := compareMadeUp(t, madeUp(random, 8, 1, .08, 0, 2*minute), madeUp(random, 8, 1, .08, minute, 2*minute))
		if c.Verdict == Worse || c.Verdict == Better {
			alarms++
		}
		c = compareMadeUp(t, madeUp(random, 8, 1, .03, 0, 2*minute), madeUp(random, 8, 1.1, .03, minute, 2*minute))
		if c.Verdict == Worse {
			found++
		}
	}
	if alarms > trials*6/100 {
		t.Errorf("%d of %d comparisons of equals raise an alarm", alarms, trials)
	}
	if found < trials*9/10 {
		t.Errorf("a change of 10 %% at a variation of 3 %% is found in %d of %d", found, trials)
	}
}

func TestComparisonLeavesInvalidRunsOut(t *testing.T) {
	random := rand.New(rand.NewPCG(15, 16))
	a, b := madeUp(random, 2, 1, .01, 0, minute), madeUp(random, 2, 1, .01, time.Hour, minute)
	a[0].Validity = figures.Validity{Problems: []string{"steal"}}
	c := compareMadeUp(t, a, b)
	if len(c.A) != 1 || !strings.Contains(strings.Join(c.Notes, "\n"), "left out of A: runs is not valid: steal") {
		t.Errorf("A has %d runs, notes are %q", len(c.A), c.Notes)
	}
	if _, err := Runs(a[:1], b, DefaultBounds); err == nil || !strings.Contains(err.Error(), "0 and 2 valid runs") {
		t.Errorf("nothing was compared: %v", err)
	}
	b[0].Scenario = "y"
	if _, err := Runs(a, b, DefaultBounds); err == nil || !strings.Contains(err.Error(), "two scenarios, x and y") {
		t.Errorf("two scenarios were compared: %v", err)
	}
	if _, err := Runs(b[1:], b[1:], Bounds{Margin: .05, Confidence: .95, Gate: []string{"load.nobody.p50"}}); err == nil {
		t.Error("a gate that names nothing was taken")
	}
}

// What never ended has no ratio to anything: it leaves the question open instead of passing.
func TestEndlessBlackoutIsNoSameness(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 18))
	a, b := madeUp(random, 8, 1, .001, 0, 2*minute), madeUp(random, 8, 1, .001, minute, 2*minute)
	b[3].Faults["f"].Blackout = figures.Millis(math.Inf(1))
	if c := compareMadeUp(t, a, b); c.Verdict != Inconclusive {
		t.Errorf("verdict is %s, want inconclusive", c.Verdict)
	}
}

func TestGoldenComparison(t *testing.T) {
	random := rand.New(rand.NewPCG(19, 20))
	c := compareMadeUp(t, madeUp(random, 8, 1, .02, 0, 2*minute), madeUp(random, 8, 1.1, .02, minute, 2*minute))
	var out bytes.Buffer
	if err := c.Print(&out, 100, false); err != nil {
		t.Fatal(err)
	}
	resultstest.Golden(t, "comparison.txt", out.Bytes())
	document, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	resultstest.Golden(t, "comparison.json", document)
}
