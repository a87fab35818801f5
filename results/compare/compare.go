package compare

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

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
	Inconclusive Finding = "inconclusive" // the runs are too few or too unlike each other
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
}

// Compared is one figure of both sides. Change is B over A, less one: 0.05 is 5 % more in B.
type Compared struct {
	Name    string         `json:"name"`
	A       figures.Number `json:"a"` // medians, in base units
	B       figures.Number `json:"b"`
	Change  figures.Share  `json:"change"`
	Lo      figures.Share  `json:"change_lo"`
	Hi      figures.Share  `json:"change_hi"`
	P       figures.Share  `json:"p"` // corrected for the number of gated figures (Holm)
	Gated   bool           `json:"gated"`
	Verdict Finding        `json:"verdict"`
}

// Bounds are what a comparison is made to.
type Bounds struct {
	Margin     float64 // differences smaller than this do not matter
	Confidence float64
	Gate       []string // figures that decide the verdict; empty: those of gate
}

// DefaultBounds take a difference of 5 % for one that matters.
var DefaultBounds = Bounds{Margin: 0.05, Confidence: 0.95}

// gate are the figures that decide by default, and those that are only shown: what the registry
// says of them. Loads are compared before the faults, where there are any.
func gate(s *figures.Summary) (gated, shown []string) {
	add := func(prefix string, all []metric.Figure, closedLoop bool) {
		for _, f := range all {
			switch {
			case f.Role == metric.Decides || f.Role == metric.DecidesClosedLoop && closedLoop:
				gated = append(gated, prefix+f.Name)
			case f.Role == metric.Shown:
				shown = append(shown, prefix+f.Name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Load)) {
		prefix := "load." + name + "."
		if s.Load[name].Before != nil {
			prefix += "before."
		}
		add(prefix, metric.PartFigures(), s.Load[name].Asked == 0)
	}
	for _, name := range s.FaultNames() {
		add("fault."+name+".", metric.Fault.Figures(), false)
	}
	return gated, shown
}

// worse says whether a change of a figure is for the worse.
func worse(name string, change figures.Share) bool {
	figure, _ := metric.Split(name).Figure()
	switch figure.Better {
	case metric.More:
		return change < 0
	case metric.Steady:
		return true
	}
	return change > 0
}

// Runs sets the runs B against the runs A.
func Runs(a, b []*figures.Summary, bounds Bounds) (*Comparison, error) {
	c := &Comparison{Schema: Schema, Margin: figures.Share(bounds.Margin), Confidence: figures.Share(bounds.Confidence)}
	a, b = c.usable("A", a), c.usable("B", b)
	if len(a) == 0 || len(b) == 0 {
		return nil, fmt.Errorf("compare: %d and %d valid runs: at least one of each is needed", len(a), len(b))
	}
	c.Scenario = a[0].Scenario
	for _, s := range slices.Concat(a, b) {
		if s.Scenario != c.Scenario {
			return nil, fmt.Errorf("compare: runs of two scenarios, %s and %s", c.Scenario, s.Scenario)
		}
	}
	c.A, c.B = dirs(a), dirs(b)
	a, b, c.Paired = inTurns(a, b)
	if !c.Paired && len(a) > 1 && len(b) > 1 {
		c.Notes = append(c.Notes, "A and B did not take turns: a machine that drifted between them looks like a difference")
	}
	gated, shown := gate(a[0])
	if len(bounds.Gate) > 0 {
		isGate := func(name string) bool { return slices.Contains(bounds.Gate, name) }
		gated, shown = bounds.Gate, slices.DeleteFunc(slices.Concat(gated, shown), isGate)
	}
	for _, name := range gated {
		if _, err := a[0].Value(name); err != nil {
			return nil, fmt.Errorf("compare: %w", err)
		}
		c.Figures = append(c.Figures, c.compare(name, a, b))
		c.Figures[len(c.Figures)-1].Gated = true
	}
	c.judge(bounds)
	for _, name := range shown {
		figure := c.compare(name, a, b)
		figure.Verdict = figure.finding(bounds)
		c.Figures = append(c.Figures, figure)
	}
	return c, nil
}

func dirs(runs []*figures.Summary) []string {
	out := make([]string, len(runs))
	for i, s := range runs {
		out[i] = s.Dir
	}
	return out
}

// usable leaves out the runs whose figures cannot be trusted, and says so.
func (c *Comparison) usable(side string, runs []*figures.Summary) []*figures.Summary {
	var out []*figures.Summary
	for _, s := range runs {
		if s.Validity.Valid {
			out = append(out, s)
			continue
		}
		c.Notes = append(c.Notes, fmt.Sprintf("left out of %s: %s is not valid: %s", side, s.Dir, s.Validity.Problems[0]))
	}
	slices.SortStableFunc(out, func(x, y *figures.Summary) int { return x.Started.Compare(y.Started) })
	return out
}

// inTurns pairs the runs when A and B took turns in any order (ABAB, ABBA, …): each couple of
// neighbours in time holds one of both, so that whatever drifts slowly falls on both alike.
func inTurns(a, b []*figures.Summary) ([]*figures.Summary, []*figures.Summary, bool) {
	if len(a) != len(b) || len(a) < 2 {
		return a, b, false
	}
	for i := range a {
		couple := []time.Time{a[i].Started, b[i].Started}
		slices.SortFunc(couple, time.Time.Compare)
		if i+1 < len(a) && (!couple[1].Before(a[i+1].Started) || !couple[1].Before(b[i+1].Started)) {
			return a, b, false
		}
	}
	return a, b, true
}

func values(runs []*figures.Summary, name string) []float64 {
	out := make([]float64, len(runs))
	for i, s := range runs {
		v, err := s.Value(name)
		if err != nil {
			v = math.NaN()
		}
		out[i] = v
	}
	return out
}

func median(values []float64) float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return analysis.Quantile(sorted, .5, 7)
}

// compare works on logarithms: a ratio is a difference there, whatever the figure's size.
func (c *Comparison) compare(name string, a, b []*figures.Summary) Compared {
	x, y := values(a, name), values(b, name)
	out := Compared{
		Name: name, A: figures.Number(median(x)), B: figures.Number(median(y)),
		Change: figures.Share(math.NaN()), Lo: figures.Share(math.Inf(-1)), Hi: figures.Share(math.Inf(1)),
		P: figures.Share(math.NaN()),
	}
	if same(x, y) {
		out.Change, out.Lo, out.Hi, out.P = 0, 0, 0, 1
		return out
	}
	logs := func(values []float64) bool {
		for i, v := range values {
			if !(v > 0) || math.IsInf(v, 1) {
				return false // no ratio of nothing, or of what never ended
			}
			values[i] = math.Log(v)
		}
		return true
	}
	if !logs(x) || !logs(y) {
		return out
	}
	var result analysis.Comparison
	if c.Paired {
		differences := make([]float64, len(x))
		for i := range x {
			differences[i] = y[i] - x[i]
		}
		result = analysis.SignedRank(differences, float64(c.Confidence))
	} else {
		result = analysis.MannWhitney(y, x, float64(c.Confidence))
	}
	out.Change = figures.Share(math.Expm1(result.Shift))
	out.Lo, out.Hi = figures.Share(math.Expm1(result.Interval.Lo)), figures.Share(math.Expm1(result.Interval.Hi))
	out.P = figures.Share(result.P)
	return out
}

func same(x, y []float64) bool {
	for _, v := range slices.Concat(x, y) {
		if v != x[0] {
			return false
		}
	}
	return true
}

// finding judges one figure: the interval of its change against the margin.
func (f *Compared) finding(bounds Bounds) Finding {
	margin := figures.Share(bounds.Margin)
	switch {
	case math.IsNaN(float64(f.Change)):
		return Inconclusive
	case -margin < f.Lo && f.Hi < margin:
		return Same
	case f.P > figures.Share(1-bounds.Confidence) || (f.Lo <= 0 && 0 <= f.Hi) || (-margin < f.Change && f.Change < margin):
		return Inconclusive
	case worse(f.Name, f.Change):
		return Worse
	}
	return Better
}

// judge corrects the gated figures for being several and sums them up: one that is worse makes
// all worse, else one that is open leaves all open.
func (c *Comparison) judge(bounds Bounds) {
	p := make([]float64, len(c.Figures))
	for i := range c.Figures {
		if p[i] = float64(c.Figures[i].P); math.IsNaN(p[i]) {
			p[i] = 1
		}
	}
	c.Verdict = Same
	findings := make(map[Finding]int)
	for i, adjusted := range analysis.Holm(p) {
		f := &c.Figures[i]
		if !math.IsNaN(float64(f.P)) {
			f.P = figures.Share(adjusted)
		}
		f.Verdict = f.finding(bounds)
		findings[f.Verdict]++
	}
	for _, finding := range []Finding{Worse, Inconclusive, Better} {
		if findings[finding] > 0 {
			c.Verdict = finding
			return
		}
	}
}
