package render

import (
	"bytes"
	"testing"

	"netlab/results/resultstest"
	"netlab/scenarios/visible/visibletest"
)

// A run in which every name and text is hostile, as a scenario, a server or a bundle of somebody's can make it: every format shows it.
func TestHostileTextIsShown(t *testing.T) {
	for _, f := range Formats() {
		r := report(t, resultstest.Frankfurt().Record(t))
		visibletest.Spoil(r.Summary)
		visibletest.Spoil(r.Run.Manifest)
		for i := range r.Run.Events {
			visibletest.Spoil(&r.Run.Events[i])
		}
		for _, s := range r.Run.Senders {
			visibletest.Spoil(&s.Sender)
			visibletest.Spoil(&s.Servers)
		}
		for i := range r.Run.Scenario.Cloud.VPCs {
			visibletest.Spoil(&r.Run.Scenario.Cloud.VPCs[i].Description)
		}
		r.Width, r.Colour = 100, true
		var out bytes.Buffer
		if err := f.Write(&out, r); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		visibletest.Check(t, f.Name, out.String(), f.styled)
	}
}

func TestHostileTextIsShownInHistogramLogs(t *testing.T) {
	r := report(t, resultstest.Frankfurt().Record(t))
	for _, s := range r.Run.Senders {
		visibletest.Spoil(&s.Name)
	}
	logs, err := histogramLogs(r.Run)
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range logs {
		visibletest.Check(t, "histogram log", string(log), false)
	}
}
