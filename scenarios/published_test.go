package scenarios_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"netlab/scenarios"
	"netlab/sim"
)

// The tutorial's printed values contradict each other in eight ways that a machine can see, and
// put everything into one zone.
func TestPublishedValuesAreFoundWrong(t *testing.T) {
	diags := check(t, "frankfurt-as-published.yaml")
	for _, want := range []struct{ path, message, suggestion string }{
		{"cloud.vpcs[0].cidr_block", "10.10.1.0/16 has host bits set: the block of that length is 10.10.0.0/16", "10.0.0.0/16"},
		{"cloud.vpcs[1].cidr_block", "192.168.2.0/16 has host bits set: the block of that length is 192.168.0.0/16", "192.168.0.0/16"},
		{"cloud.vpcs[0].vswitches[0].cidr_block", "vSwitch vsw1 (10.0.0.0/24) lies outside vpc1's block 10.10.0.0/16",
			"keep 10.0.0.0/24: it fits once vpc1's cidr_block is 10.0.0.0/16"},
		{"cloud.instances[0].private_ip", "10.0.0.182 lies outside vpc1's block 10.10.0.0/16",
			"keep 10.0.0.182: it fits once vpc1's cidr_block is 10.0.0.0/16"},
		{"cloud.instances[1].private_ip", "192.168.20.200 lies outside vSwitch vsw2 (192.168.24.0/24)", "192.168.24.200"},
		{"cloud.instances[2].name", "duplicate name ecs2, first used in line 33", "ecs3"},
		{"cloud.instances[2].private_ip", "10.0.0.2 lies outside vSwitch vsw2 (192.168.24.0/24), inside vsw1 of vpc1", "192.168.24.2"},
		{"cloud.load_balancers[0].servers[0].instance",
			"backend ecs1 is in vpc1, the load balancer in vpc2: a CLB takes backends of its own VPC only", "ecs3"},
	} {
		found := slices.IndexFunc(diags.Errors(), func(d scenarios.Diagnostic) bool { return d.Path == want.path })
		if found < 0 {
			t.Errorf("%s: not found wrong", want.path)
			continue
		}
		d := diags.Errors()[found]
		if d.Message != want.message || d.Suggestion != want.suggestion || d.Line == 0 || d.Column == 0 {
			t.Errorf("%s\ngot  %s\nwant %s (%s)", want.path, d, want.message, want.suggestion)
		}
	}
	if n := len(diags.Errors()); n != 8 {
		t.Errorf("%d errors, want 8:\n%s", n, diags)
	}
	if w := diags.Warnings(); len(w) != 1 || !strings.HasPrefix(w[0].Message, "every resource is in eu-central-1b") {
		t.Errorf("warnings: %s", w)
	}
}

func TestSuggestionsMendThePublishedValues(t *testing.T) {
	const file = "frankfurt-as-published.yaml"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	diags := check(t, file)
	mended := apply(t, string(src), diags)
	s, _, after := sim.Load(file, []byte(mended))
	if errs := after.Errors(); len(errs) > 0 {
		t.Errorf("still wrong: %s", errs)
	}
	if refused := sim.NotEmulated(s); len(refused) > 0 {
		t.Errorf("refused: %s", refused)
	}
}

func check(t *testing.T, file string) scenarios.Diagnostics {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, _, diags := sim.Load(file, src)
	return diags
}

// apply follows every suggestion that is an exact replacement, from the last to the first.
func apply(t *testing.T, src string, diags scenarios.Diagnostics) string {
	t.Helper()
	lines := strings.Split(src, "\n")
	for _, d := range slices.Backward(diags) {
		if d.Replaces == "" {
			continue
		}
		line := []rune(lines[d.Line-1])
		before, after := string(line[:d.Column-1]), string(line[d.Column-1:])
		rest, ok := strings.CutPrefix(after, d.Replaces)
		if !ok {
			t.Fatalf("%s: %q does not stand there", d, d.Replaces)
		}
		lines[d.Line-1] = before + d.Suggestion + rest
	}
	return strings.Join(lines, "\n")
}
