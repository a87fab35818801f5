package render

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"netlab/results"
	"netlab/results/figures"
	"netlab/results/words"
	"netlab/sim/event"
	"netlab/sim/topology"
)

var _ = register(Format{
	Name: "html", Help: "one page that needs no network", Order: 2, File: "report.html", asIs: true,
	Write: writePage,
})

var (
	//go:embed html/page.html
	pageTemplate string
	//go:embed html/page.css
	pageStyle string
	//go:embed html/page.js
	pageScript string
	//go:embed html/uPlot.iife.min.js
	chartScript string
	//go:embed html/uPlot.min.css
	chartStyle string
	//go:embed html/uPlot-LICENSE.txt
	chartLicence string // goes where the charts go
)

// A pageView is what the page's template shows: the summary in words, and what charts need.
type pageView struct {
	*figures.Summary
	Facts            []string
	TopologyImage    template.URL
	Paths            [][]hop
	FaultViews       []faultView
	ExpectationViews []expectationView
	SenderViews      []senderView
	Checks           []checkView
	Notes            []string
	Conditions       []condition
	Events           []eventView
	Tool             string

	Style, ChartStyle   template.CSS
	Script, ChartScript template.JS
	Data                chartLines
}

type (
	hop       struct{ Name, Where string }
	condition struct{ Name, Value string }
	checkView struct {
		figures.Check
		Pass bool
	}
	expectationView = figures.Expectation
	eventView       struct{ At, Text, Mood string }
)

// A faultView is a fault in words.
type faultView struct {
	Name, What, When                                 string
	Blackout, Failback, DetectedAfter, ReroutedAfter string
	FailedRequests                                   string
	ResetConnections, SurvivedConnections            string
	Recovered                                        bool
	Why                                              string
	Probes                                           []string
	// figures.Documented are the same times at documented speed, "" where there is nothing to convert.
	Documented struct{ Blackout, Failback, DetectedAfter, ReroutedAfter string }
}

// writePage writes the report as one file that needs no network.
func writePage(w io.Writer, report *Report) error {
	r, s := report.Run, report.Summary
	view := pageView{
		Summary:          s,
		Facts:            pageFacts(r, s),
		Paths:            hops(s.Topology),
		ExpectationViews: s.Expectations,
		Notes:            append(append([]string(nil), s.Validity.Notes...), s.Warnings...),
		Conditions:       conditions(r, s),
		Events:           eventViews(r),
		Tool:             r.Manifest.Tool.Version,
		Style:            template.CSS(pageStyle),
		ChartStyle:       template.CSS(chartStyle),
		Script:           template.JS(pageScript),
		ChartScript:      template.JS("/*\n" + chartLicence + "*/\n" + chartScript),
		Data:             chartData(r),
	}
	if picture := topologyPicture(r); picture != nil {
		view.TopologyImage = template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(picture))
	}
	for _, name := range s.FaultNames() {
		view.FaultViews = append(view.FaultViews, viewFault(name, s.Faults[name]))
	}
	for _, sender := range r.Senders {
		view.SenderViews = append(view.SenderViews, viewSender(r, sender, s))
	}
	for _, c := range s.Checks {
		view.Checks = append(view.Checks, checkView{c, c.Pass()})
	}
	page, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	if err := page.Execute(w, view); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// topologyPicture draws the scenario's network; nil where the bundle's scenario cannot be drawn,
// which leaves the page with the plain paths.
func topologyPicture(r *figures.Run) []byte {
	if len(r.Cloud.VPCs) == 0 {
		return nil
	}
	picture, err := topology.Graph(topology.Compile(r.Cloud, r.Scenario.Links), "svg")
	if err != nil {
		return nil
	}
	return picture
}

func pageFacts(r *figures.Run, s *figures.Summary) []string {
	facts := []string{
		s.Started.Format("2 January 2006, 15:04:05 UTC"),
		fmt.Sprintf("%s measured", time.Duration(s.MeasuredS*float64(time.Second)).Round(time.Millisecond)),
		fmt.Sprintf("%d namespaces and %d links built in %s", s.Setup.Namespaces, s.Setup.Links, figures.Millis(s.Setup.BuildMS)),
		fmt.Sprintf("seed %d", s.Seed),
	}
	if s.TimeScale != 1 {
		facts = append(facts, fmt.Sprintf("control plane %g times faster than documented", s.TimeScale))
	}
	return facts
}

// hops cuts the topology's lines into their boxes.
func hops(lines []string) [][]hop {
	var out [][]hop
	for _, line := range lines {
		var path []hop
		for _, text := range strings.Split(line, " → ") {
			h := hop{Name: text}
			if name, where, found := strings.Cut(text, " ("); found && strings.Count(text, "(") == 1 {
				h = hop{name, strings.TrimSuffix(where, ")")}
			}
			path = append(path, h)
		}
		out = append(out, path)
	}
	return out
}

func viewFault(name string, f *figures.Fault) faultView {
	v := faultView{
		Name: name, What: f.What, When: fmt.Sprintf("at %.3f s", f.InjectedAt),
		Blackout: words.Bounds(f.BlackoutMin, f.Blackout), Failback: words.Bounds(f.FailbackBlackoutMin, f.FailbackBlackout),
		DetectedAfter: f.DetectedAfter.String(), ReroutedAfter: f.ReroutedAfter.String(),
		FailedRequests:      words.Thousands(f.FailedRequests),
		ResetConnections:    words.Thousands(f.ResetConnections),
		SurvivedConnections: words.Thousands(f.SurvivedConnections),
		Recovered:           f.Recovered, Why: f.Why,
	}
	if f.HealedAt != nil {
		v.When += ", for " + f.HealedAt.String()
	}
	if d := f.Documented; d != nil {
		convert := func(to *string, upper figures.Millis, text string) {
			if upper > 0 { // neither none nor unknown
				*to = text
			}
		}
		convert(&v.Documented.Blackout, d.Blackout, words.Bounds(d.BlackoutMin, d.Blackout))
		convert(&v.Documented.Failback, d.FailbackBlackout, words.Bounds(d.FailbackBlackoutMin, d.FailbackBlackout))
		convert(&v.Documented.DetectedAfter, d.DetectedAfter, d.DetectedAfter.String())
		convert(&v.Documented.ReroutedAfter, d.ReroutedAfter, d.ReroutedAfter.String())
	}
	if len(f.Probes) > 1 {
		for _, probe := range slices.Sorted(maps.Keys(f.Probes)) {
			v.Probes = append(v.Probes, probe+" saw "+words.Bounds(f.Probes[probe].Min, f.Probes[probe].Max))
		}
	}
	return v
}

// conditions are what the figures were measured under.
func conditions(r *figures.Run, s *figures.Summary) []condition {
	m := r.Manifest
	out := []condition{
		{"machine", fmt.Sprintf("%d × %s, %s, Linux %s", m.Host.Cores, m.Host.CPU, m.Host.Arch, m.Host.Kernel)},
		{"stolen by the hypervisor", s.Validity.Steal.String()},
		{"time with tasks waiting for a CPU", s.Validity.CPUPressure.String()},
	}
	for _, name := range slices.Sorted(maps.Keys(s.Validity.LatenessP99)) {
		out = append(out, condition{name + " sent late by", s.Validity.LatenessP99[name].String() + " at p99"})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Validity.Achieved)) {
		achieved := s.Validity.Achieved[name].String()
		out = append(out, condition{name + " offered", achieved + " of the requests that were due, outside the faults"})
	}
	if n := m.Network; n.CongestionControl != "" {
		out = append(out, condition{"TCP", fmt.Sprintf("%s, MTU %d", n.CongestionControl, n.MTU)})
	}
	for _, phase := range m.Setup.Phases {
		out = append(out, condition{"build: " + phase.Name, figures.Millis(phase.MS).String()})
	}
	return append(out, condition{"torn down in", figures.Millis(m.Setup.TeardownMS).String()})
}

// mostEvents bounds the page's size on a run that tells very much.
const mostEvents = 1000

func eventViews(r *figures.Run) []eventView {
	var out []eventView
	for _, e := range r.Events {
		text := words.Narrate(e)
		if text == "" {
			continue
		}
		if len(out) == mostEvents {
			return append(out, eventView{Text: "… the rest is in events.jsonl"})
		}
		v := eventView{At: fmt.Sprintf("%.3f s", time.Duration(e.At-r.Span.Begin).Seconds()), Text: text}
		switch e.What.(type) {
		case event.Inject, event.Failure:
			v.Mood = "fault"
		case event.Warning, event.Node, event.Route:
			v.Mood = "warn"
		}
		out = append(out, v)
	}
	return out
}

func kindName(k results.Kind) string {
	if k == results.Probe {
		return "Probe"
	}
	return "Load"
}
