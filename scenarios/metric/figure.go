package metric

import (
	"slices"
	"strings"
)

// A Subject is a kind of thing that has figures.
type Subject string

const (
	Load  Subject = "load"  // a load of the scenario
	Probe Subject = "probe" // a probe of the scenario
	Fault Subject = "fault" // an entry of the timeline
)

// Subjects are all of them.
func Subjects() []Subject { return []Subject{Load, Probe, Fault} }

// Parts are the parts of a run that the figures of loads and probes are told of besides the whole:
// before the first fault, from then until the last heal, and after that.
func Parts() []string { return []string{"before", "during", "after"} }

// A Figure is something that a run measures.
type Figure struct {
	Name   string    // in expectations, after the subject
	Of     []Subject // that have it
	Parts  bool      // told of the parts too
	Key    string    // in summary.json
	Unit   Unit
	Better Better
	Help   string

	// Quantile is the percentile of the response times that the figure is, from 0 to 1.
	Quantile float64
	// Series says that series.csv has the figure for every step of time.
	Series bool
	// Each says that there is one for every class of error or every instance, whose name follows
	// the figure's after a dot.
	Each Each
	// Family is the metric that OpenMetrics has it in; "" for none.
	Family string
	Role   Role   // in comparisons
	Change Change // likewise
}

// An Each is what a figure is counted apart by.
type Each string

const (
	One         Each = ""
	EachClass   Each = "class of error"
	EachPartner Each = "instance" // that answered
)

var (
	senders = []Subject{Load, Probe}
	load    = []Subject{Load}
	probe   = []Subject{Probe}
	fault   = []Subject{Fault}
)

const responseTime = "response time from the intended send time; +Inf where not answered"

// figures are all figures, in the order in which documents and comparisons have them.
var figures = []Figure{
	{Name: "requests", Of: senders, Parts: true, Key: "requests", Unit: Count, Better: More,
		Help: "requests offered", Family: "netlab_requests"},
	{Name: "answered", Of: senders, Parts: true, Key: "answered", Unit: Count, Better: More,
		Help: "requests answered"},
	{Name: "failed", Of: senders, Parts: true, Key: "failed", Unit: Count, Better: Less,
		Help: "requests that failed, by an error or because no connection was free"},
	{Name: "open", Of: senders, Parts: true, Key: "open", Unit: Count, Better: Less,
		Help: "requests still unanswered when the run ended"},

	{Name: "mean", Of: senders, Parts: true, Key: "mean_ms", Unit: Seconds, Better: Less,
		Help: "mean of the response times"},
	{Name: "p50", Of: senders, Parts: true, Key: "p50_ms", Unit: Seconds, Better: Less, Quantile: .5, Series: true,
		Help: responseTime, Family: "netlab_response_time_seconds", Role: Decides},
	{Name: "p75", Of: senders, Parts: true, Key: "p75_ms", Unit: Seconds, Better: Less, Quantile: .75,
		Help: responseTime, Family: "netlab_response_time_seconds"},
	{Name: "p90", Of: senders, Parts: true, Key: "p90_ms", Unit: Seconds, Better: Less, Quantile: .9, Series: true,
		Help: responseTime, Family: "netlab_response_time_seconds", Role: Shown},
	{Name: "p95", Of: senders, Parts: true, Key: "p95_ms", Unit: Seconds, Better: Less, Quantile: .95,
		Help: responseTime, Family: "netlab_response_time_seconds"},
	{Name: "p99", Of: senders, Parts: true, Key: "p99_ms", Unit: Seconds, Better: Less, Quantile: .99, Series: true,
		Help: responseTime, Family: "netlab_response_time_seconds", Role: Shown},
	{Name: "p999", Of: senders, Parts: true, Key: "p999_ms", Unit: Seconds, Better: Less, Quantile: .999,
		Help: responseTime, Family: "netlab_response_time_seconds"},
	{Name: "p9999", Of: senders, Parts: true, Key: "p9999_ms", Unit: Seconds, Better: Less, Quantile: .9999,
		Help: responseTime, Family: "netlab_response_time_seconds"},
	{Name: "max", Of: senders, Parts: true, Key: "max_ms", Unit: Seconds, Better: Less, Quantile: 1, Series: true,
		Help: responseTime, Family: "netlab_response_time_seconds"},

	{Name: "rate", Of: senders, Parts: true, Key: "rate", Unit: PerSecond, Better: More,
		Help: "answers per second", Family: "netlab_answer_rate", Role: DecidesClosedLoop},
	{Name: "success_ratio", Of: senders, Parts: true, Key: "success_ratio", Unit: Fraction, Better: More,
		Help: "answered, of the requests whose fate is known", Family: "netlab_success_ratio", Role: DecidesWhole, Change: Difference},
	{Name: "achieved_ratio", Of: senders, Parts: true, Key: "achieved_ratio", Unit: Fraction, Better: More,
		Help: "sent, of the requests that were due", Change: Difference},
	{Name: "errors", Of: senders, Parts: true, Key: "errors", Unit: Count, Better: Less, Each: EachClass,
		Help: "requests that failed, by the error", Family: "netlab_failed_requests"},
	{Name: "share", Of: load, Key: "share", Unit: Fraction, Better: Steady, Each: EachPartner,
		Help: "part of the answers that an instance gave", Family: "netlab_share_ratio"},

	{Name: "blackout", Of: probe, Key: "blackout_ms", Unit: Seconds, Better: Less,
		Help: "longest time without a success in the measured time, upper bound", Change: Difference},
	{Name: "blackout_min", Of: probe, Key: "blackout_min_ms", Unit: Seconds, Better: Less,
		Help: "longest time without a success in the measured time, lower bound", Change: Difference},

	{Name: "detected_after", Of: fault, Key: "detected_after_ms", Unit: Seconds, Better: Less,
		Help: "from the injection until the control plane noticed", Family: "netlab_fault_detected_after_seconds", Change: Difference},
	{Name: "rerouted_after", Of: fault, Key: "rerouted_after_ms", Unit: Seconds, Better: Less,
		Help: "from the injection until new connections were led elsewhere", Family: "netlab_fault_rerouted_after_seconds",
		Role: Shown, Change: Difference},
	{Name: "first_success_after", Of: fault, Key: "first_success_after_ms", Unit: Seconds, Better: Less,
		Help: "from the injection until service was back", Family: "netlab_fault_first_success_after_seconds", Change: Difference},
	{Name: "blackout", Of: fault, Key: "blackout_ms", Unit: Seconds, Better: Less,
		Help: "longest time without a success, upper bound", Family: "netlab_fault_blackout_seconds", Role: Decides, Change: Difference},
	{Name: "blackout_min", Of: fault, Key: "blackout_min_ms", Unit: Seconds, Better: Less,
		Help: "longest time without a success, lower bound", Family: "netlab_fault_blackout_min_seconds", Change: Difference},
	{Name: "failback_blackout", Of: fault, Key: "failback_blackout_ms", Unit: Seconds, Better: Less,
		Help: "the second dip, upper bound", Family: "netlab_fault_failback_blackout_seconds", Role: Shown, Change: Difference},
	{Name: "failback_blackout_min", Of: fault, Key: "failback_blackout_min_ms", Unit: Seconds, Better: Less,
		Help: "the second dip, lower bound", Change: Difference},
	{Name: "failed_requests", Of: fault, Key: "failed_requests", Unit: Count, Better: Less,
		Help: "requests of the load that the fault cost", Family: "netlab_fault_failed_requests", Change: Difference},
	{Name: "reset_connections", Of: fault, Key: "reset_connections", Unit: Count, Better: Less,
		Help: "kept connections of the load that were ended under a request", Change: Difference},
	{Name: "survived_connections", Of: fault, Key: "survived_connections", Unit: Count, Better: More,
		Help: "kept connections of the load that carried answers before and after", Change: Difference},
	{Name: "recovered", Of: fault, Key: "recovered", Unit: Truth, Better: More,
		Help: "1 when service was back within 1 % of before", Family: "netlab_fault_recovered", Change: Difference},
}

// Figures are those of a subject as a whole, in order.
func (s Subject) Figures() []Figure {
	return slices.DeleteFunc(slices.Clone(figures), func(f Figure) bool { return !slices.Contains(f.Of, s) })
}

// PartFigures are those that a load or probe has before, during and after the faults.
func PartFigures() []Figure {
	return slices.DeleteFunc(Load.Figures(), func(f Figure) bool { return !f.Parts })
}

// Names are the figures' names in expectations, those of each class of error among them. Which
// instances there are only a scenario knows.
func Names(figures []Figure) []string {
	var names []string
	for _, f := range figures {
		switch f.Each {
		case One:
			names = append(names, f.Name)
		case EachClass:
			for _, c := range Classes() {
				if c.Failed {
					names = append(names, f.Name+"."+c.Name)
				}
			}
		}
	}
	return names
}

// A Ref is a figure's name in an expectation, taken apart: load.web.before.errors.refused.
type Ref struct {
	Kind    Subject
	Subject string // web
	Part    string // before, or "" for the whole
	Name    string // errors
	Each    string // refused, or an instance
}

// Split takes a name apart. Nothing says yet that any part of it is known.
func Split(name string) Ref {
	kind, rest, _ := strings.Cut(name, ".")
	subject, rest, _ := strings.Cut(rest, ".")
	r := Ref{Kind: Subject(kind), Subject: subject}
	if part, inner, ok := strings.Cut(rest, "."); ok && r.Kind != Fault && slices.Contains(Parts(), part) {
		r.Part, rest = part, inner
	}
	r.Name = rest
	counted := func(name string) bool {
		return slices.ContainsFunc(figures, func(f Figure) bool { return f.Name == name && f.Each != One })
	}
	if each, of, ok := strings.Cut(rest, "."); ok && counted(each) {
		r.Name, r.Each = each, of
	}
	return r
}

// Figure is what the name means; false when there is no such figure. A class of error must be one
// that there is; an instance is not looked at.
func (r Ref) Figure() (Figure, bool) {
	all := r.Kind.Figures()
	if r.Part != "" {
		all = PartFigures()
	}
	i := slices.IndexFunc(all, func(f Figure) bool { return f.Name == r.Name })
	if i < 0 {
		return Figure{}, false
	}
	f := all[i]
	switch {
	case f.Each == EachClass:
		return f, slices.ContainsFunc(Classes(), func(c Class) bool { return c.Failed && c.Name == r.Each })
	case f.Each == EachPartner:
		return f, r.Each != ""
	}
	return f, r.Each == ""
}
