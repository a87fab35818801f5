package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netlab/drill/idealworld/idealtest"
	"netlab/netlab/kernel/kerneltest"
	"netlab/results"
	"netlab/results/figures"
	"netlab/scenarios"
	"netlab/sim"
	"netlab/sim/event"
)

// published is not meant to run: its faults are the point.
const published = "frankfurt-as-published.yaml"

// shortened are overrides that make a shipped scenario quick without touching what it expects.
// What is not listed runs as it ships.
var shortened = map[string][]string{
	"frankfurt.yaml":           {"time_scale=20", "timeline[0].at=2s", "timeline[0].for=3500ms", "run.duration=10s"},
	"frankfurt-multizone.yaml": {"timeline[0].at=2s", "run.warm_up=1s", "run.duration=15s"},
	"schedulers.yaml":          {"load[3].rate=500/s", "run.duration=4s"}, // the hash needs the numbers
	"drain.yaml":               {"timeline[0].at=1s", "timeline[1].at=4s", "timeline[1].for=1s", "run.duration=6s"},
	"security-group.yaml":      {"timeline[0].at=1s", "timeline[1].at=5500ms", "run.duration=10s"},
	"udp.yaml":                 {"timeline[0].at=1s", "run.duration=8500ms"},
	"limits.yaml":              {},
	"two-accounts.yaml":        {"timeline[0].at=1s", "timeline[0].for=2s", "run.duration=6s"},
}

// TestShippedScenariosRun runs each of them as a user would. A machine that is too busy to
// measure on makes a run invalid, which is no failure of the scenario; its proofs hold all the
// same.
func TestShippedScenariosRun(t *testing.T) {
	if testing.Short() {
		kerneltest.Unavailable(t, "-short leaves out a minute and a half of drills")
	}
	needsSandbox(t)
	for _, file := range shipped(t) {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			summary, events := runShipped(t, file, shortened[name])
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, c, _ := sim.LoadWith(name, src, shortened[name], nil)
			ideal := scenes(idealtest.Run(t, file, shortened[name]), c)
			sameStory(t, ideal, scenes(events, c), summary.Verdict != figures.Invalid)
			for _, c := range summary.Checks {
				if c.Result != c.Wanted {
					t.Errorf("%s is %s, want %s: %s", c.Path, c.Result, c.Wanted, c.Why)
				}
			}
			if len(summary.Expectations) == 0 {
				t.Error("nothing is expected of it")
			}
			switch summary.Verdict {
			case figures.Fail:
				t.Errorf("failed: %s", strings.Join(summary.Reasons, "; "))
			case figures.Invalid:
				t.Logf("not valid on this machine: %s", strings.Join(summary.Reasons, "; "))
			}
		})
	}
}

// VPCs whose blocks overlap, with an instance each at the same address: PrivateLink allows it, all
// that is asked for is answered, and by the right one.
func TestOverlappingVPCsPass(t *testing.T) {
	needsSandbox(t)
	file, err := filepath.Abs(filepath.Join("..", "..", "drill", "testdata", "overlapping-vpcs.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	summary, _ := runShipped(t, file, nil)
	for _, c := range summary.Checks {
		if c.Result != c.Wanted {
			t.Errorf("%s is %s, want %s: %s", c.Path, c.Result, c.Wanted, c.Why)
		}
	}
	web := summary.Load["web"]
	if web.SuccessRatio != 1 || web.Share["server"] != 1 {
		t.Errorf("success %v, answered by %v", web.SuccessRatio, web.Share)
	}
}

// A file that ships, and each one that the test above shortens, is there and asks for nothing
// that netlab can't do.
func TestShippedScenariosAreEmulated(t *testing.T) {
	there := map[string]bool{}
	for _, file := range shipped(t) {
		name := filepath.Base(file)
		there[name] = true
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, overrides := range [][]string{nil, shortened[name]} {
			s, diags := scenarios.DecodeWith(name, src, overrides, nil)
			_, more := sim.Build(s)
			if diags = append(diags, more...); len(diags) > 0 {
				t.Errorf("with %v:\n%s", overrides, diags)
			}
			if refused := sim.NotEmulated(s); len(refused) > 0 {
				t.Errorf("not emulated:\n%s", refused)
			}
		}
	}
	for name := range shortened {
		if !there[name] {
			t.Errorf("there is no %s to shorten", name)
		}
	}
}

func shipped(t *testing.T) []string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("..", "..", "scenarios"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, file := range all {
		if filepath.Base(file) != published {
			files = append(files, file)
		}
	}
	if len(files) < len(shortened) {
		t.Fatalf("only %d scenarios ship", len(files))
	}
	return files
}

// runShipped runs a scenario with overrides and reads what netlab says of it, and what happened.
func runShipped(t *testing.T, file string, overrides []string) (figures.Summary, []event.Event) {
	t.Helper()
	folder := t.TempDir()
	args := []string{"run", file, "--json", "--out", folder}
	for _, o := range overrides {
		args = append(args, "--set", o)
	}
	n := start(t, nil, args...)
	code := n.end(t)
	var summary figures.Summary
	if err := json.Unmarshal(n.out.Bytes(), &summary); err != nil || summary.Schema != figures.Schema {
		t.Fatalf("exit code %d, no summary: %v\n%s", code, err, &n.progress)
	}
	bundles, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(bundles) != 1 {
		t.Fatalf("the run left %v, %v", bundles, err)
	}
	bundle, err := results.Open(bundles[0])
	if err != nil {
		t.Fatal(err)
	}
	return summary, bundle.Events
}
