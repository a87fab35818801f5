package figures

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"netlab/results"
	"netlab/scenarios"
)

// Schema names the format of the summary document. Within a major version fields are only added.
const Schema = "netlab.summary/1"

// A Verdict is the outcome of a run.
type Verdict string

const (
	Pass    Verdict = "pass"
	Fail    Verdict = "fail"    // an expectation was not met
	Invalid Verdict = "invalid" // the figures cannot be trusted, whatever they say
)

// A Summary is what one run came to. Its JSON form is the document of `netlab run --json` and the
// bundle's summary.json. Latencies that are "Infinity" belong to requests that were never
// answered; null stands for what was not measured.
type Summary struct {
	Schema      string    `json:"schema"`
	Scenario    string    `json:"scenario"`
	Description string    `json:"description,omitempty"`
	Started     time.Time `json:"started"`
	Seed        uint64    `json:"seed"`
	TimeScale   float64   `json:"time_scale"`
	Verdict     Verdict   `json:"verdict"`
	Reasons     []string  `json:"reasons,omitempty"` // why the verdict is not pass

	Topology     []string            `json:"topology,omitempty"` // one line per path of the load
	Setup        results.Setup       `json:"setup"`
	Checks       []Check             `json:"checks,omitempty"`
	MeasuredS    float64             `json:"measured_s"` // length of the measured part
	Load         map[string]*Traffic `json:"load"`
	Probes       map[string]*Traffic `json:"probes"`
	Faults       map[string]*Fault   `json:"faults"`
	Expectations []Expectation       `json:"expectations"`
	Validity     Validity            `json:"validity"`
	Warnings     []string            `json:"warnings,omitempty"`

	Dir  string `json:"-"` // where the bundle lies; not part of what was measured
	Made Made   `json:"-"` // likewise
}

// Made is from what, by what and where a run was made.
type Made struct {
	Scenario *scenarios.Scenario // nil: nobody knows
	Tool     results.Tool
	Host     results.Host
	Network  results.Network
}

// Summarize computes the summary from the bundle's raw data.
func Summarize(b *results.Bundle) (*Summary, error) {
	r, err := Read(b)
	if err != nil {
		return nil, fmt.Errorf("summarize %s: %w", b.Dir, err)
	}
	return r.Summarize(), nil
}

// Summarize computes what the run came to.
func (r *Run) Summarize() *Summary {
	s := &Summary{
		Schema:      Schema,
		Scenario:    r.Manifest.Scenario.Name,
		Description: strings.TrimSpace(r.Scenario.Description),
		Started:     r.Manifest.Started,
		Seed:        r.Manifest.Seed,
		TimeScale:   r.Manifest.TimeScale,
		Topology:    topologyLines(r.Scenario, r.Cloud),
		Setup:       r.Manifest.Setup,
		Checks:      r.checks(),
		MeasuredS:   seconds(r.Span.End - r.Span.Begin),
		Load:        make(map[string]*Traffic),
		Probes:      make(map[string]*Traffic),
		Faults:      make(map[string]*Fault),
		Warnings:    r.warnings(),
		Dir:         r.Dir,
		Made:        Made{Scenario: r.Scenario, Tool: r.Manifest.Tool, Host: r.Manifest.Host, Network: r.Manifest.Network},
	}
	for _, sender := range r.Senders {
		if sender.Kind == results.Probe {
			s.Probes[sender.Name] = r.traffic(sender)
		} else {
			s.Load[sender.Name] = r.traffic(sender)
		}
	}
	for i := range r.Faults {
		fault := &r.Faults[i]
		if fault.Injected() {
			s.Faults[fault.Name] = r.faultFigures(fault)
		}
	}
	s.Validity = r.validity()
	s.Expectations = evaluate(r.Scenario, s)
	s.judge()
	return s
}

func (s *Summary) judge() {
	s.Verdict = Pass
	for _, c := range s.Checks {
		if !c.Pass() {
			s.Verdict = Fail
			s.Reasons = append(s.Reasons, fmt.Sprintf("%s is %s, should be %s: %s", c.Path, c.Result, c.Wanted, c.Why))
		}
	}
	for _, e := range s.Expectations {
		if !e.Pass {
			s.Verdict = Fail
			s.Reasons = append(s.Reasons, fmt.Sprintf("expected %s, measured %s", e.Expr, e.Actual))
		}
	}
	if !s.Validity.Valid {
		s.Verdict = Invalid
		s.Reasons = append(append([]string(nil), s.Validity.Problems...), s.Reasons...)
	}
}

// JSON is the summary as one document, the same bytes for the same bundle.
func (s *Summary) JSON() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // expectations hold < and >
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(s); err != nil {
		return nil, fmt.Errorf("encode summary: %w", err)
	}
	return out.Bytes(), nil
}

// decodeScenario reads the scenario that the bundle holds: it was valid when the run began.
func decodeScenario(b *results.Bundle) (*scenarios.Scenario, error) {
	if b.Scenario == nil {
		return &scenarios.Scenario{}, nil // the run was cut; its damage says so
	}
	scenario, found := scenarios.Decode("scenario.yaml", b.Scenario)
	if errors := found.Errors(); len(errors) > 0 {
		return nil, fmt.Errorf("decode %s", errors[0])
	}
	return scenario, nil
}

// MeasuredAt is the instant that the figures stand for: the end of the measured part.
func (s *Summary) MeasuredAt() time.Time {
	return s.Started.Add(time.Duration(s.MeasuredS * float64(time.Second)))
}

// FaultNames are the faults in the order in which they struck.
func (s *Summary) FaultNames() []string {
	return slices.SortedFunc(maps.Keys(s.Faults), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Faults[a].InjectedAt, s.Faults[b].InjectedAt), cmp.Compare(a, b))
	})
}
