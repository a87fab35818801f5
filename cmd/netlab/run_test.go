package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// between checks a figure against what the cloud documents, divided by the scenario's time_scale
// of 10. The lower bound is exact; the upper one leaves room for a machine that does other things.
func between(t *testing.T, d document, path string, least, most float64) {
	t.Helper()
	if value := d.number(t, path); value < least || value > most {
		t.Errorf("%s is %v, want %v to %v", path, value, least, most)
	}
}

// answered checks that every request was answered; on a machine too busy for the figures to hold,
// that most were.
func answered(t *testing.T, d document, ratio string) {
	t.Helper()
	least := 1.
	if d.at(t, "validity.valid") != true {
		least = 0.5
	}
	between(t, d, ratio, least, 1)
}

// checks holds the proofs that the run made of who reaches whom.
func checks(t *testing.T, d document) {
	t.Helper()
	all := d.at(t, "checks").([]any)
	if len(all) < 8 {
		t.Errorf("%d proofs, want at least 8", len(all))
	}
	for _, c := range all {
		check := document(c.(map[string]any))
		if check.text(t, "result") != check.text(t, "wanted") {
			t.Errorf("%s is %s, want %s: %s", check.text(t, "path"), check.text(t, "result"), check.text(t, "wanted"), check.text(t, "why"))
		}
	}
}

func TestRunFailsOverAndBack(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	d, n := rehearse(t, nil, scenario(t, "frankfurt.yaml", traffic+`
run: {warm_up: 500ms, duration: 10s}
timeline:
  - {name: clb_b_down, at: 1s, fail: {clb_cluster: clb-frankfurt, zone: eu-central-1b}, for: 4s}
expect:
  - load.web.before.success_ratio == 100%
  - fault.clb_b_down.blackout <= 3.5s
`))
	if schema, name := d.text(t, "schema"), d.text(t, "scenario"); schema != "netlab.summary/1" || name != "frankfurt" {
		t.Errorf("schema %q, scenario %q", schema, name)
	}
	between(t, d, "setup.namespaces", 12, 12)
	between(t, d, "setup.links", 11, 11)
	answered(t, d, "load.web.before.success_ratio")
	between(t, d, "load.web.after.success_ratio", 0.8, 1) // the failback falls into it
	between(t, d, "faults.clb_b_down.injected_at_s", 1, 2)
	for _, figure := range []string{"detected_after_ms", "rerouted_after_ms", "blackout_ms", "blackout_min_ms"} {
		between(t, d, "faults.clb_b_down."+figure, 2500, 3500)
	}
	// The way back is prepared before it is taken: nothing like the 3 s of the way there.
	between(t, d, "faults.clb_b_down.failback_blackout_ms", 0, 1500)
	if d.number(t, "faults.clb_b_down.failed_requests") == 0 {
		t.Error("no request failed in an outage of 3 s")
	}
	if shares := d.number(t, "load.web.share.ecs2") + d.number(t, "load.web.share.ecs3"); shares < 0.999 || shares > 1.001 {
		t.Errorf("the shares add up to %v", shares)
	}

	// What else the contract names.
	for _, path := range []string{"verdict", "setup.build_ms", "setup.teardown_ms", "load.web.requests", "load.web.success_ratio",
		"load.web.rate", "load.web.p50_ms", "load.web.p99_ms", "load.web.during.success_ratio", "probes.reach.success_ratio",
		"validity.valid"} {
		d.at(t, path)
	}
	for i, e := range d.at(t, "expectations").([]any) {
		expectation := document(e.(map[string]any))
		if expectation.at(t, "pass") != true {
			t.Errorf("expectation %d: %s is %s", i, expectation.text(t, "expr"), expectation.text(t, "actual"))
		}
	}
	checks(t, d)

	// The bundle holds the same document, and all the rest.
	for _, name := range []string{"manifest.json", "scenario.yaml", "events.jsonl", "samples/web.parquet", "samples/reach.parquet",
		"hist/web-before.hlog", "series.csv", "report.html"} {
		if info, err := os.Stat(filepath.Join(n.bundle(t), name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v, want a file with something in it", name, err)
		}
	}
	summary, err := os.ReadFile(filepath.Join(n.bundle(t), "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(summary, n.out.Bytes()) {
		t.Error("summary.json differs from what --json printed")
	}
}

// Documented for interval 2 s, timeout 5 s and threshold 3: 4 s to 6 s where the port is refused,
// 19 s to 21 s where packets are swallowed.
func TestDeadBackendIsFoundByHealthChecks(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	d, _ := rehearse(t, nil, scenario(t, "frankfurt.yaml", traffic+`
run: {warm_up: 200ms, duration: 6500ms}
timeline:
  - {name: refused, at: 500ms, fail: {instance: ecs3, mode: refuse}, for: 1s}
  - {name: hung, at: 3s, fail: {instance: ecs2, mode: hang}, for: 3s}
`))
	between(t, d, "faults.refused.detected_after_ms", 400, 1000)
	// The probe that was under way when the packets began to vanish counts from when it was sent.
	between(t, d, "faults.hung.detected_after_ms", 1850, 2900)
}

// As the document lays things out everything but one server stands in zone B.
func TestNothingSurvivesZoneB(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	d, _ := rehearse(t, nil, scenario(t, "frankfurt.yaml", traffic+`
run: {warm_up: 200ms, duration: 3s}
timeline:
  - {name: zone_b_down, at: 1s, fail: {zone: eu-central-1b}}
`))
	answered(t, d, "load.web.before.success_ratio")
	why := d.text(t, "faults.zone_b_down.why")
	for _, want := range []string{"web had no success after eu-central-1b went down", "reach had no success",
		"its client ecs1 stands there", "endpoint ep-vpc1 has its only ENI there", "clb-frankfurt has its primary node there"} {
		if !strings.Contains(why, want) {
			t.Errorf("the report does not say %q: %s", want, why)
		}
	}
	// Requests that were under way when the zone went count to the outage, answered or not.
	between(t, d, "load.web.during.success_ratio", 0, 0.02)
	between(t, d, "probes.reach.during.success_ratio", 0, 0.02)
}

func TestZoneASurvivesZoneB(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	d, _ := rehearse(t, nil, scenario(t, "frankfurt-multizone.yaml", `
load:
  - {name: web_a, from: ecs4, target: http://ep-vpc1/, rate: 200/s, connections: 16, timeout: 500ms}
probes:
  - {name: reach_a, from: ecs4, target: tcp://ep-vpc1:80, rate: 200/s, timeout: 200ms}
  - {name: reach_b, from: ecs1, target: tcp://ep-vpc1:80, rate: 200/s, timeout: 200ms}
run: {warm_up: 200ms, duration: 9s}
timeline:
  - {name: zone_b_down, at: 500ms, fail: {zone: eu-central-1b}, for: 4500ms}
`))
	answered(t, d, "load.web_a.before.success_ratio")
	between(t, d, "probes.reach_a.blackout_ms", 2500, 3500)
	between(t, d, "probes.reach_b.blackout_ms", 4400, 9000)
	between(t, d, "probes.reach_b.during.success_ratio", 0, 0.02)
	between(t, d, "load.web_a.after.success_ratio", 0.8, 1)
}

func TestProgramThatCannotStartFailsTheRun(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	d, n := rehearse(t, nil, scenario(t, "frankfurt.yaml", quick,
		"web: {http: {port: 80, response_size: 128B}}", "web: {exec: [no-such-program], ready: {tcp: 80}}"))
	if code := n.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	const want = `netlab: instance ecs2: service web: run no-such-program on ecs2: exec: "no-such-program": executable file not found in $PATH`
	if !strings.Contains(n.progress.String(), want+"\n") {
		t.Errorf("does not say %q:\n%s", want, &n.progress)
	}
	if verdict := d.text(t, "verdict"); verdict != "invalid" {
		t.Errorf("verdict %s of a run that failed", verdict)
	}
	between(t, d, "setup.namespaces", 12, 12)
}

func TestExitCodeTellsTheVerdict(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	// One connection that waits 40 ms for each answer can't send 1000 a second.
	const tooMuch = `
load:
  - {name: web, from: ecs3, target: http://ecs2/, rate: 1000/s, connections: 1, timeout: 1s}
run: {warm_up: 0s, duration: 500ms}
`
	for name, c := range map[string]struct {
		file string
		code int
		says string
	}{
		"failed": {scenario(t, "frankfurt.yaml", quick+"expect: [load.web.p50 <= 1us]\n"), exitFailed, "[FAIL] frankfurt"},
		"invalid": {scenario(t, "frankfurt.yaml", tooMuch, "inter_zone: {delay: 500us}", "inter_zone: {delay: 20ms}"), exitInvalid,
			"[INVALID] frankfurt"},
	} {
		t.Run(name, func(t *testing.T) {
			n := start(t, nil, "run", c.file)
			code := n.end(t)
			// A machine that others keep busy makes a run invalid, whatever it found: another try.
			for range 9 {
				if code == c.code || code != exitInvalid {
					break
				}
				n = start(t, nil, "run", c.file)
				code = n.end(t)
			}
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if !strings.Contains(n.out.String(), c.says) {
				t.Errorf("no %q in:\n%s", c.says, &n.out)
			}
		})
	}
}
