package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netlab/netlab/kernel/kerneltest"
	"netlab/results/figures"
	"netlab/scenarios"
	"netlab/sim"
)

// A chapter of docs/scenario.md is a heading and the YAML under it.
type chapter struct {
	heading string
	blocks  []string
}

func chapters(t *testing.T) []chapter {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "..", "docs", "scenario.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []chapter
	for part := range strings.SplitSeq(string(src), "\n## ") {
		heading, text, _ := strings.Cut(part, "\n")
		c := chapter{heading: heading}
		for {
			_, rest, found := strings.Cut(text, "```yaml\n")
			block, after, closed := strings.Cut(rest, "```\n")
			if !found || !closed {
				break
			}
			c.blocks = append(c.blocks, block)
			text = after
		}
		if len(c.blocks) > 0 {
			all = append(all, c)
		}
	}
	return all
}

// fragments are a chapter's changes to the first drill: "# PATH" and the value.
func (c chapter) fragments(t *testing.T) []string {
	t.Helper()
	var overrides []string
	for _, block := range c.blocks {
		path, value, _ := strings.Cut(block, "\n")
		path, marked := strings.CutPrefix(path, "# ")
		if !marked {
			t.Fatalf("%s: a fragment does not say where it belongs:\n%s", c.heading, block)
		}
		overrides = append(overrides, path+"="+value)
	}
	return overrides
}

// TestExamplesOfTheScenarioReference: the first drill passes as it stands in docs/scenario.md, and
// with each later chapter's changes it is valid, emulated, and runs.
func TestExamplesOfTheScenarioReference(t *testing.T) {
	all := chapters(t)
	if len(all) < 8 {
		t.Fatalf("only %d chapters have examples", len(all))
	}
	const file = "first-drill.yaml"
	first := all[0].blocks[0]
	for i, c := range all {
		t.Run(c.heading, func(t *testing.T) {
			var overrides []string
			if i > 0 {
				overrides = c.fragments(t)
			}
			s, diags := scenarios.DecodeWith(file, []byte(first), overrides, nil)
			_, more := sim.Build(s)
			if diags = append(diags, more...); len(diags) > 0 {
				t.Fatalf("not valid:\n%s", diags)
			}
			if refused := sim.NotEmulated(s); len(refused) > 0 {
				t.Fatalf("not emulated:\n%s", refused)
			}
			if testing.Short() {
				kerneltest.Unavailable(t, "-short leaves out some drills of a few seconds")
			}
			needsSandbox(t)
			t.Parallel()
			at := filepath.Join(publicFolder(t), file)
			if err := os.WriteFile(at, []byte(first), 0o644); err != nil {
				t.Fatal(err)
			}
			if i > 0 { // what is shown is how things are written; that it works, other tests show
				overrides = append(overrides, "run.warm_up=200ms")
			}
			summary, _ := runShipped(t, at, overrides)
			if summary.Verdict == figures.Fail {
				t.Errorf("failed: %s", strings.Join(summary.Reasons, "; "))
			}
		})
	}
}
