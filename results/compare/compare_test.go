package compare

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"netlab/results/figures"
	"netlab/results/resultstest"
	"netlab/scenarios"
)

// A side makes up runs whose median latency and blackout lie around a mean of 1 ms and 3 s times
// factor, with a coefficient of variation.
type side struct {
	factor, variation float64
	change            func(i int, s *figures.Summary) // of the i-th run
}

func (m side) runs(random *rand.Rand, starts []time.Duration) []*figures.Summary {
	var out []*figures.Summary
	for i, start := range starts {
		scale := func() figures.Millis { return figures.Millis(m.factor * math.Exp(m.variation*random.NormFloat64())) }
		answers := figures.Answers{P50: scale(), P90: 2 * scale(), P99: 3 * scale(), SuccessRatio: 1}
		s := &figures.Summary{
			Scenario: "x", Dir: "runs", Started: time.Unix(0, 0).Add(start), Validity: figures.Validity{Valid: true},
			Load:   map[string]*figures.Traffic{"web": {Asked: 1000, Answers: answers, Before: &answers}},
			Faults: map[string]*figures.Fault{"f": {Times: figures.Times{Blackout: 3000 * scale(), ReroutedAfter: 2990, FailbackBlackout: 0}}},
		}
		if m.change != nil {
			m.change(i, s)
		}
		out = append(out, s)
	}
	return out
}

// turns are the starts of n runs of each side that take turns and change places: A B B A A B …
func turns(n int) (a, b []time.Duration) {
	for i := range n {
		first, second := time.Duration(2*i)*minute, time.Duration(2*i+1)*minute
		if i%2 == 1 {
			first, second = second, first
		}
		a, b = append(a, first), append(b, second)
	}
	return a, b
}

// every are the starts of n runs, a minute apart.
func every(n int, from time.Duration) (out []time.Duration) {
	for i := range n {
		out = append(out, from+time.Duration(i)*minute)
	}
	return out
}

func inTurnsMadeUp(t *testing.T, random *rand.Rand, n int, x, y side) *Comparison {
	t.Helper()
	a, b := turns(n)
	return compareMadeUp(t, x.runs(random, a), y.runs(random, b))
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
	against := func(n int, factorB, variation float64) *Comparison {
		return inTurnsMadeUp(t, random, n, side{factor: 1, variation: variation}, side{factor: factorB, variation: variation})
	}
	for _, tt := range []struct {
		name string
		c    *Comparison
		want Finding
	}{
		{"20 % slower", against(12, 1.2, .03), Worse},
		{"20 % faster", against(12, 1/1.2, .03), Better},
		{"the same", against(12, 1, .003), Same},
		{"1 % slower, which does not matter", against(12, 1.01, .003), Same},
		{"too noisy", against(12, 1, .1), Inconclusive},
		{"one run each", against(1, 2, .01), Inconclusive},
		{"five pairs", against(5, 1.05, .01), Inconclusive},
		{"eight pairs, of which three figures that decide can show nothing", against(8, 1.05, .001), Inconclusive},
	} {
		if tt.c.Verdict != tt.want {
			t.Errorf("%s: %s, want %s: %+v", tt.name, tt.c.Verdict, tt.want, tt.c.Figures)
		}
		if tt.c.Paired != (tt.name != "one run each") {
			t.Errorf("%s: paired %v", tt.name, tt.c.Paired)
		}
	}
}

// Failures and outages decide, from three pairs on where they are there on one side only.
func TestFailuresAndOutagesDecide(t *testing.T) {
	random := rand.New(rand.NewPCG(31, 32))
	steady := side{factor: 1, variation: .001}
	with := func(change func(i int, s *figures.Summary)) side {
		return side{factor: 1, variation: .001, change: change}
	}
	failing := func(part figures.Share) side {
		return with(func(_ int, s *figures.Summary) { s.Load["web"].SuccessRatio = 1 - part })
	}
	blackout := func(ms float64) side {
		return with(func(_ int, s *figures.Summary) { s.Faults["f"].Blackout = figures.Millis(ms) })
	}
	for _, tt := range []struct {
		name string
		n    int
		a, b side
		want Finding
	}{
		{"10 % of the requests fail", 3, steady, failing(.1), Worse},
		{"40 % fail", 12, steady, failing(.4), Worse},
		{"they fail no more, and three pairs say nothing of the latency", 3, failing(.1), steady, Inconclusive},
		{"1 % fails, in many runs", 12, steady, failing(.01), Worse},
		{"1 % fails, in three pairs", 3, steady, failing(.01), Worse},
		{"half a percent fails, in three pairs", 3, steady, failing(.005), Inconclusive},
		{"an outage of 3 s where there was none", 3, blackout(0), blackout(3000), Worse},
		{"one that never ends where there was one of 3 s", 3, blackout(3000), blackout(math.Inf(1)), Worse},
		{"endless on both sides", 12, blackout(math.Inf(1)), blackout(math.Inf(1)), Same},
		{"an outage in one of twelve runs", 12, blackout(0), with(func(i int, s *figures.Summary) {
			s.Faults["f"].Blackout = 0
			if i == 4 {
				s.Faults["f"].Blackout = 3000
			}
		}), Inconclusive},
		{"a fault that one side lacks", 12, steady, with(func(_ int, s *figures.Summary) { delete(s.Faults, "f") }), Inconclusive},
		{"a load that the other side lacks", 12, with(func(_ int, s *figures.Summary) { delete(s.Load, "web") }), steady, Inconclusive},
	} {
		c := inTurnsMadeUp(t, random, tt.n, tt.a, tt.b)
		if c.Verdict != tt.want {
			t.Errorf("%s: %s, want %s: %+v", tt.name, c.Verdict, tt.want, c.Figures)
		}
		if strings.Contains(tt.name, "lacks") && !strings.Contains(strings.Join(c.Notes, "\n"), "12 of 12 runs") {
			t.Errorf("%s: nobody says so: %v", tt.name, c.Notes)
		}
	}
}

// Runs that did not take turns, or in which A always came first, are never called better or worse.
func TestOnlyRunsInTurnsAreJudged(t *testing.T) {
	random := rand.New(rand.NewPCG(33, 34))
	x, y := side{factor: 1, variation: .02}, side{factor: 1.3, variation: .02}
	for name, starts := range map[string][2][]time.Duration{
		"in blocks":      {every(12, 0), every(12, time.Hour)},
		"A always first": {every(12, 0), every(12, 30*time.Second)},
	} {
		c := compareMadeUp(t, x.runs(random, starts[0]), y.runs(random, starts[1]))
		if c.Verdict != Inconclusive || len(c.Notes) == 0 {
			t.Errorf("%s: %s, notes %v", name, c.Verdict, c.Notes)
		}
	}
}

// A thing compared with itself alarms in at most 1 of 100 comparisons, whatever the machine does
// meanwhile; and a change of 5 % at a noise of 3 % is found in 9 of 10.
func TestComparisonWithItselfSeldomAlarms(t *testing.T) {
	trials := 2000
	if testing.Short() {
		trials = 200 // under the race detector, which is there for other faults
	}
	machines := map[string]func(random *rand.Rand) func(run int, first bool) float64{
		"still noise": func(*rand.Rand) func(int, bool) float64 { return func(int, bool) float64 { return 0 } },
		"linear drift": func(*rand.Rand) func(int, bool) float64 {
			return func(run int, _ bool) float64 { return .01 * float64(run) }
		},
		"a step": func(random *rand.Rand) func(int, bool) float64 {
			at := random.IntN(32)
			return func(run int, _ bool) float64 {
				if run >= at {
					return .2
				}
				return 0
			}
		},
		"a random walk": func(random *rand.Rand) func(int, bool) float64 {
			var at float64
			return func(int, bool) float64 { at += .02 * random.NormFloat64(); return at }
		},
		"the first of a pair suffers": func(*rand.Rand) func(int, bool) float64 {
			return func(_ int, first bool) float64 {
				if first {
					return .1
				}
				return 0
			}
		},
	}
	for name, machine := range machines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(13, 14))
			alarms := 0
			for range trials {
				if v := onMachine(t, random, 16, 0, machine(random)).Verdict; v == Worse || v == Better {
					alarms++
				}
			}
			if alarms > max(trials/100, 4) {
				t.Errorf("%d of %d comparisons of equals raise an alarm", alarms, trials)
			}
		})
	}
	t.Run("a change is found", func(t *testing.T) {
		t.Parallel()
		random := rand.New(rand.NewPCG(15, 16))
		found := 0
		for range trials {
			if onMachine(t, random, 16, math.Log(1.05), func(int, bool) float64 { return 0 }).Verdict == Worse {
				found++
			}
		}
		if found < trials*9/10 {
			t.Errorf("a change of 5 %% at a noise of 3 %% is found in %d of %d", found, trials)
		}
	})
}

// onMachine compares n pairs in turns on a machine that adds to the logarithm of each run's latency.
func onMachine(t *testing.T, random *rand.Rand, n int, shift float64, machine func(run int, first bool) float64) *Comparison {
	t.Helper()
	startsA, startsB := turns(n)
	a, b := side{factor: 1}.runs(random, startsA), side{factor: 1}.runs(random, startsB)
	for i := range n {
		order := []*figures.Summary{a[i], b[i]}
		if i%2 == 1 {
			order = []*figures.Summary{b[i], a[i]}
		}
		for place, s := range order {
			log := machine(2*i+place, place == 0) + .03*random.NormFloat64()
			if s == b[i] {
				log += shift
			}
			s.Load["web"].Before.P50 = figures.Millis(math.Exp(log))
			s.Faults["f"].Blackout = 3000
		}
	}
	c, err := Runs(a, b, Bounds{Margin: .03, Confidence: .99})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestComparisonLeavesInvalidRunsOut(t *testing.T) {
	random := rand.New(rand.NewPCG(15, 16))
	steady := side{factor: 1, variation: .01}
	startsA, startsB := turns(4)
	a, b := steady.runs(random, startsA), steady.runs(random, startsB)
	a[0].Validity = figures.Validity{Problems: []string{"steal"}}
	c := compareMadeUp(t, a, b)
	notes := strings.Join(c.Notes, "\n")
	if len(c.A) != 3 || len(c.B) != 3 || !strings.Contains(notes, "left out of A: runs is not valid: steal") ||
		!strings.Contains(notes, "left out of B: runs, with its partner") {
		t.Errorf("A has %d runs, B %d, notes are %q", len(c.A), len(c.B), c.Notes)
	}
	if _, err := Runs(a[:1], b, DefaultBounds); err == nil || !strings.Contains(err.Error(), "0 and 4 valid runs") {
		t.Errorf("nothing was compared: %v", err)
	}
	b[1].Scenario = "y"
	if _, err := Runs(a, b, DefaultBounds); err == nil || !strings.Contains(err.Error(), "two scenarios, x and y") {
		t.Errorf("two scenarios were compared: %v", err)
	}
	bounds := DefaultBounds
	bounds.Gate = []string{"load.nobody.p50"}
	if _, err := Runs(b[2:], b[2:], bounds); err == nil {
		t.Error("a gate that names nothing was taken")
	}
}

func TestBoundsThatCannotBe(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 18))
	a, b := side{factor: 1}.runs(random, every(2, 0)), side{factor: 1}.runs(random, every(2, time.Hour))
	for _, bounds := range []Bounds{
		{Margin: .05, Confidence: 0}, {Margin: .05, Confidence: 2}, {Margin: .05, Confidence: math.NaN()},
		{Margin: -1, Confidence: .95}, {Margin: math.NaN(), Confidence: .95}, {Margin: 0, Confidence: .95},
		{Margin: .05, Confidence: .95, Gate: []string{"load.web.p50", "load.web.p50"}},
	} {
		if _, err := Runs(a, b, bounds); err == nil {
			t.Errorf("%+v was taken", bounds)
		}
	}
}

func TestRunsThatHaveNothingToSayToEachOther(t *testing.T) {
	random := rand.New(rand.NewPCG(23, 24))
	decode := func(rate string) *scenarios.Scenario {
		src := "netlab: 1\nname: x\ncloud: {region: eu-central-1}\nrun: {duration: 5s}\n" +
			"load: [{name: web, from: a, target: \"http://b/\", rate: " + rate + "}]\n"
		s, _ := scenarios.Decode("x.yaml", []byte(src)) // without a cloud, which is of no account here
		return s
	}
	made := func(rate string) side {
		return side{factor: 1, change: func(i int, s *figures.Summary) {
			s.Made.Scenario, s.Dir = decode(rate), fmt.Sprintf("%s-%d-%d", rate, i, s.Started.Unix())
		}}
	}
	a, b := made("100/s").runs(random, every(2, 0)), made("200/s").runs(random, every(2, time.Hour))
	if _, err := Runs(a, b, DefaultBounds); err == nil || !strings.Contains(err.Error(), "load[0].rate: 100 and 200") {
		t.Errorf("scenarios that differ: %v", err)
	}
	unlike := DefaultBounds
	unlike.Unlike = true
	if c, err := Runs(a, b, unlike); err != nil || !strings.Contains(strings.Join(c.Notes, "\n"), "load[0].rate") {
		t.Errorf("scenarios that may differ: %v", err)
	}
	if _, err := Runs(a, a, DefaultBounds); err == nil || !strings.Contains(err.Error(), "are one run") {
		t.Errorf("the same bundles on both sides: %v", err)
	}
	copied := *a[0]
	copied.Dir = "elsewhere"
	if _, err := Runs(a, []*figures.Summary{&copied}, DefaultBounds); err == nil || !strings.Contains(err.Error(), "are one run") {
		t.Errorf("a copy of a bundle: %v", err)
	}
	same := made("100/s").runs(random, every(2, time.Hour))
	same[0].Made.Host.CPU, same[1].Made.Host.CPU = "one", "another"
	if c, err := Runs(a, same, DefaultBounds); err != nil || !strings.Contains(strings.Join(c.Notes, "\n"),
		"different processors: one, another") {
		t.Errorf("runs of two machines: %v", err)
	}
}

func TestGoldenComparison(t *testing.T) {
	random := rand.New(rand.NewPCG(19, 20))
	c := inTurnsMadeUp(t, random, 12, side{factor: 1, variation: .02}, side{factor: 1.1, variation: .02})
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

// One run a side shows nothing, not even that both are endless, or 0.
func TestOneRunOfEachShowsNothing(t *testing.T) {
	for _, p99 := range []figures.Millis{3, figures.Millis(math.Inf(1))} {
		made := side{factor: 1, change: func(_ int, s *figures.Summary) { s.Load["web"].P99 = p99 }}
		random := rand.New(rand.NewPCG(29, 30))
		bounds := DefaultBounds
		bounds.Gate = []string{"load.web.p99"}
		for n, want := range map[int]Finding{1: Inconclusive, 2: Inconclusive, 3: Same} {
			a, b := turns(n)
			c, err := Runs(made.runs(random, a), made.runs(random, b), bounds)
			if err != nil {
				t.Fatal(err)
			}
			if c.Verdict != want {
				t.Errorf("p99 is %v in all of %d runs a side: %s, want %s", p99, n, c.Verdict, want)
			}
		}
	}
}

// What would bring an open comparison to its end counts every figure that differs, though the correction
// takes their p-values to 1.
func TestAdviceCountsTheFiguresThatDiffer(t *testing.T) {
	random := rand.New(rand.NewPCG(31, 32))
	varied := side{factor: 1, variation: .3}
	c := inTurnsMadeUp(t, random, 2, varied, varied)
	if c.tested < 2 {
		t.Fatalf("%d figures differ", c.tested)
	}
	want := fmt.Sprintf("with %d figures to tell apart, at least %d pairs", c.tested, fewestPairs(.99, c.tested))
	if got := c.advice(); !strings.Contains(got, want) {
		t.Errorf("%q does not say %q", got, want)
	}
}
