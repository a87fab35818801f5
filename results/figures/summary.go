package report

import (
	"bytes"
	"encoding/json"
	"fmt"
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

	Topology     []string           `json:"topology,omitempty"` // one line per path of the load
	Setup        results.Setup      `json:"setup"`
	Checks       []Check            `json:"checks,omitempty"`
	MeasuredS    float64            `json:"measured_s"` // length of the measured part
	Load         map[string]*Stream `json:"load"`
	Probes       map[string]*Stream `json:"probes"`
	Faults       map[string]*Fault  `json:"faults"`
	Expectations []Expectation      `json:"expectations"`
	Validity     Validity           `json:"validity"`
	Warnings     []string           `json:"warnings,omitempty"`

	Dir string `json:"-"` // where the bundle lies; not part of what was measured
}

// Summarize computes the summary from the bundle's raw data.
func Summarize(b *results.Bundle) (*Summary, error) {
	r, err := readRun(b)
	if err != nil {
		return nil, fmt.Errorf("summarize %s: %w", b.Dir, err)
	}
	return r.summarize(), nil
}

func (r *run) summarize() *Summary {
	s := &Summary{
		Schema:      Schema,
		Scenario:    r.manifest.Scenario.Name,
		Description: strings.TrimSpace(r.scenario.Description),
		Started:     r.manifest.Started,
		Seed:        r.manifest.Seed,
		TimeScale:   r.manifest.TimeScale,
		Topology:    topologyLines(r.scenario),
		Setup:       r.manifest.Setup,
		Checks:      r.checks(),
		MeasuredS:   seconds(r.span.end - r.span.begin),
		Load:        make(map[string]*Stream),
		Probes:      make(map[string]*Stream),
		Faults:      make(map[string]*Fault),
		Warnings:    r.warnings(),
		Dir:         r.dir,
	}
	for _, stream := range r.streams {
		if stream.Kind == results.Probe {
			s.Probes[stream.Name] = r.streamFigures(stream)
		} else {
			s.Load[stream.Name] = r.streamFigures(stream)
		}
	}
	for i := range r.faults {
		fault := &r.faults[i]
		if fault.injected() {
			s.Faults[fault.Name] = r.faultFigures(fault)
		}
	}
	s.Validity = r.validity()
	s.Expectations = evaluate(r.scenario, s)
	s.judge()
	return s
}

func (s *Summary) judge() {
	s.Verdict = Pass
	for _, c := range s.Checks {
		if !c.pass() {
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
