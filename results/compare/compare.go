package compare

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"netlab/analysis"
	"netlab/results/figures"
	"netlab/scenarios/metric"
)

// Schema names the format of a comparison's document.
const Schema = "netlab.comparison/1"

// A Finding is what a comparison says of one figure, or of all.
type Finding string

const (
	Better       Finding = "better"
	Worse        Finding = "worse"
	Same         Finding = "same"         // any difference is smaller than the margin
	Inconclusive Finding = "inconclusive" // the runs are too few, too unlike each other, or not made in turns
)

// A Comparison says how the runs B differ from the runs A. The run is the unit: requests of one
// run resemble each other, and a test that pools them alarms in a third of the comparisons of a
// thing with itself.
type Comparison struct {
	Schema     string        `json:"schema"`
	Scenario   string        `json:"scenario"`
	Verdict    Finding       `json:"verdict"`
	A          []string      `json:"a"` // the bundles that were compared
	B          []string      `json:"b"`
	Paired     bool          `json:"paired"` // A and B took turns, and neighbours were compared
	Margin     figures.Share `json:"margin"`
	Confidence figures.Share `json:"confidence"`
	Figures    []Compared    `json:"figures"`
	Notes      []string      `json:"notes,omitempty"`

	tested int  // gated figures that the correction is for
	judged bool // the runs' order can tell a difference of the things from one of the times
}

// Compared is one figure of both sides. Change is B over A, less one, where the scale is ratio: 0.05
// is 5 % more in B. Where it is difference, Change is B less A in the figure's base unit: seconds,
// parts of one, a number.
type Compared struct {
	Name    string         `json:"name"`
	A       figures.Number `json:"a"` // medians, in base units
	B       figures.Number `json:"b"`
	Scale   string         `json:"scale"` // ratio | difference
	Change  figures.Number `json:"change"`
	Lo      figures.Number `json:"change_lo"`
	Hi      figures.Number `json:"change_hi"`
	Matters figures.Number `json:"matters"` // changes smaller than this do not matter
	P       figures.Share  `json:"p"`       // corrected for the number of gated figures (Holm)
	Gated   bool           `json:"gated"`
	Verdict Finding        `json:"verdict"`

	apart bool // every pair differs alike, and by far more than what matters
}

// Bounds are what a comparison is made to.
type Bounds struct {
	Margin     float64 // ratios nearer to 1 than this do not matter
	Confidence float64
	Gate       []string // figures that decide the verdict; empty: those of the registry
	Unlike     bool     // runs of scenarios that differ may be compared
}

// DefaultBounds take a difference of 5 % for one that matters, and are wrong in 1 of 100 comparisons
// of a thing with itself, however many figures are judged.
var DefaultBounds = Bounds{Margin: 0.05, Confidence: 0.99}

// What matters on the scale of differences: a part of a thousand of the requests, and 50 ms of an
// outage, which is what a probe of 1,000/s and a busy machine make uncertain.
const (
	pointsThatMatter = 0.001
	outageThatMatter = 0.05
	// endless stands for what never ended: longer than any run, and alike to itself.
	endless = 1e6
)

// Runs sets the runs B against the runs A.
func Runs(a, b []*figures.Summary, bounds Bounds) (*Comparison, error) {
	if err := bounds.check(); err != nil {
		return nil, err
	}
	c := &Comparison{Schema: Schema, Margin: figures.Share(bounds.Margin), Confidence: figures.Share(bounds.Confidence)}
	a, b = c.pair(a, b)
	if len(a) == 0 || len(b) == 0 {
		return nil, fmt.Errorf("compare: %d and %d valid runs: at least one of each is needed", len(a), len(b))
	}
	c.Scenario = a[0].Scenario
	if err := c.comparable(a, b, bounds.Unlike); err != nil {
		return nil, err
	}
	c.A, c.B = dirs(a), dirs(b)
	gated, shown := gate(slices.Concat(a, b))
	if len(bounds.Gate) > 0 {
		isGate := func(name string) bool { return slices.Contains(bounds.Gate, name) }
		gated, shown = bounds.Gate, slices.DeleteFunc(slices.Concat(gated, shown), isGate)
	}
	for _, name := range gated {
		if !known(name, slices.Concat(a, b)) {
			return nil, fmt.Errorf("compare: %s: no run has such a figure", name)
		}
		f := c.compare(name, a, b, bounds)
		f.Gated = true
		c.Figures = append(c.Figures, f)
	}
	c.judge(bounds)
	for _, name := range shown {
		f := c.compare(name, a, b, bounds)
		f.Verdict = c.finding(&f, bounds)
		c.Figures = append(c.Figures, f)
	}
	return c, nil
}

func (b Bounds) check() error {
	switch {
	case !(b.Confidence > .5 && b.Confidence < 1):
		return fmt.Errorf("compare: confidence %v is not between 0.5 and 1: write 0.99", b.Confidence)
	case !(b.Margin > 0 && b.Margin < 1):
		return fmt.Errorf("compare: margin %v is not between 0 and 1: write 0.05 for 5 %%", b.Margin)
	}
	for i, name := range b.Gate {
		if slices.Contains(b.Gate[:i], name) {
			return fmt.Errorf("compare: %s is named twice", name)
		}
	}
	return nil
}

// gate are the figures that decide by default, and those that are only shown: what the registry
// says of them, of all that any run has. Response times are compared before the faults, where there
// are any; failures, of the whole run.
func gate(runs []*figures.Summary) (gated, shown []string) {
	loads, faults := map[string]bool{}, map[string]bool{}
	for _, s := range runs {
		for name, traffic := range s.Load {
			loads[name] = loads[name] || traffic.Before != nil
		}
		for _, name := range s.FaultNames() {
			faults[name] = true
		}
	}
	add := func(of, part string, all []metric.Figure, closedLoop bool) {
		for _, f := range all {
			switch {
			case f.Role == metric.DecidesWhole:
				gated = append(gated, of+f.Name)
			case f.Role == metric.Decides || f.Role == metric.DecidesClosedLoop && closedLoop:
				gated = append(gated, of+part+f.Name)
			case f.Role == metric.Shown:
				shown = append(shown, of+part+f.Name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(loads)) {
		part := ""
		if loads[name] {
			part = "before."
		}
		closed := slices.ContainsFunc(runs, func(s *figures.Summary) bool { return s.Load[name] != nil && s.Load[name].Asked == 0 })
		add("load."+name+".", part, metric.PartFigures(), closed)
	}
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		add("fault."+name+".", "", metric.Fault.Figures(), false)
	}
	return gated, shown
}

func known(name string, runs []*figures.Summary) bool {
	return slices.ContainsFunc(runs, func(s *figures.Summary) bool {
		_, err := s.Value(name)
		return err == nil
	})
}

// values are a figure's in all runs; NaN where a run has none.
func values(runs []*figures.Summary, name string) (out []float64, missing int) {
	for _, s := range runs {
		v, err := s.Value(name)
		if err != nil {
			v = math.NaN()
		}
		if math.IsNaN(v) {
			missing++
		}
		out = append(out, v)
	}
	return out, missing
}

func median(values []float64) float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return analysis.Quantile(sorted, .5, 7)
}

// compare sets one figure of both sides against each other. A ratio is a difference of logarithms,
// whatever the figure's size.
func (c *Comparison) compare(name string, a, b []*figures.Summary, bounds Bounds) Compared {
	figure, _ := metric.Split(name).Figure()
	x, lacksA := values(a, name)
	y, lacksB := values(b, name)
	unknown := figures.Number(math.NaN())
	out := Compared{
		Name: name, A: figures.Number(median(x)), B: figures.Number(median(y)), Scale: "ratio", Matters: figures.Number(bounds.Margin),
		Change: unknown, Lo: figures.Number(math.Inf(-1)), Hi: figures.Number(math.Inf(1)), P: figures.Share(math.NaN()),
	}
	if figure.Change == metric.Difference {
		out.Scale, out.Matters = "difference", figures.Number(matters(figure, median(x), bounds))
	}
	if lacksA+lacksB > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("%s was not measured in %d of %d runs A and %d of %d runs B: it can't be compared",
			name, lacksA, len(x), lacksB, len(y)))
		return out
	}
	back := func(v float64) figures.Number { return figures.Number(v) }
	if out.Scale == "ratio" && !same(x, y) {
		if err := errors.Join(logarithms(x), logarithms(y)); err != nil {
			c.Notes = append(c.Notes, fmt.Sprintf("%s can't be compared as a ratio: %v", name, err))
			return out
		}
		back = func(v float64) figures.Number { return figures.Number(math.Expm1(v)) }
	}
	finite(x)
	finite(y)
	if same(x, y) {
		out.Change, out.P = 0, 1
		if min(len(x), len(y)) >= fewestAlike { // else the interval stays endless
			out.Lo, out.Hi = 0, 0
		}
		return out
	}
	var result analysis.Comparison
	if c.Paired {
		differences := make([]float64, len(x))
		for i := range x {
			differences[i] = y[i] - x[i]
		}
		result = analysis.SignedRank(differences, bounds.Confidence)
		out.apart = figure.Change == metric.Difference && apart(differences, float64(out.Matters))
	} else {
		result = analysis.MannWhitney(y, x, bounds.Confidence)
	}
	out.Change, out.Lo, out.Hi = back(result.Shift), back(result.Interval.Lo), back(result.Interval.Hi)
	out.P = figures.Share(result.P)
	return out
}

// matters is the smallest difference of a figure that matters.
func matters(f metric.Figure, usual float64, bounds Bounds) float64 {
	switch f.Unit {
	case metric.Seconds:
		return outageThatMatter
	case metric.Fraction:
		return pointsThatMatter
	case metric.Truth:
		return .5
	}
	return math.Max(1, bounds.Margin*usual)
}

func logarithms(values []float64) error {
	for i, v := range values {
		switch {
		case v <= 0:
			return errors.New("it is 0 in a run")
		case math.IsInf(v, 1):
			return errors.New("it is endless in a run")
		}
		values[i] = math.Log(v)
	}
	return nil
}

// finite ranks what never ended above all that did.
func finite(values []float64) {
	for i, v := range values {
		if math.IsInf(v, 1) {
			values[i] = endless
		}
	}
}

func same(x, y []float64) bool {
	for _, v := range slices.Concat(x, y) {
		if v != x[0] {
			return false
		}
	}
	return true
}

// fewestAlike is how many runs of each side say, by having the same figure, that the sides are alike.
const fewestAlike = 3

// fewestApart is how many pairs show an outage, or failures, that are there on one side only.
const fewestApart = 3

// apart says whether every pair differs in the same direction and by ten times what matters. Where
// each run of one side has an outage of seconds, or fails a hundredth of its requests, and no run of
// the other does, that is no noise of the machine, and no test of ranks is needed to see it.
func apart(differences []float64, matters float64) bool {
	if len(differences) < fewestApart {
		return false
	}
	for _, d := range differences {
		if math.Signbit(d) != math.Signbit(differences[0]) || math.Abs(d) < 10*matters {
			return false
		}
	}
	return true
}

// finding judges one figure: the interval of its change against what matters.
func (c *Comparison) finding(f *Compared, bounds Bounds) Finding {
	change, matters := float64(f.Change), float64(f.Matters)
	switch {
	case math.IsNaN(change):
		return Inconclusive
	case -matters < float64(f.Lo) && float64(f.Hi) < matters:
		return Same
	case !c.judged:
		return Inconclusive
	case f.apart:
	case !(float64(f.P) <= 1-bounds.Confidence) || (f.Lo <= 0 && 0 <= f.Hi) || math.Abs(change) < matters:
		return Inconclusive
	}
	if worse(f.Name, change) {
		return Worse
	}
	return Better
}

// worse says whether a change of a figure is for the worse.
func worse(name string, change float64) bool {
	figure, _ := metric.Split(name).Figure()
	switch figure.Better {
	case metric.More:
		return change < 0
	case metric.Steady:
		return true
	}
	return change > 0
}

// judge corrects the gated figures for being several and sums them up: one that is worse makes
// all worse, else one that is open leaves all open. A figure that is the same in every run could not
// alarm whatever happened, and is not counted among those that the correction is for (Tarone,
// Biometrics 46, 1990).
func (c *Comparison) judge(bounds Bounds) {
	var p []float64
	var tested []*Compared
	for i := range c.Figures {
		if f := &c.Figures[i]; f.P < 1 { // not NaN either
			tested, p = append(tested, f), append(p, float64(f.P))
		}
	}
	c.tested = len(tested)
	for i, adjusted := range analysis.Holm(p) {
		tested[i].P = figures.Share(adjusted)
	}
	c.Verdict = Same
	findings := make(map[Finding]int)
	for i := range c.Figures {
		f := &c.Figures[i]
		f.Verdict = c.finding(f, bounds)
		findings[f.Verdict]++
	}
	for _, finding := range []Finding{Worse, Inconclusive, Better} {
		if findings[finding] > 0 {
			c.Verdict = finding
			return
		}
	}
}
