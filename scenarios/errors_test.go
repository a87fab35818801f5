package scenarios_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/scenarios"
	"netlab/sim"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Every file of testdata/errors is a scenario with something wrong; its golden file is what
// `netlab validate` says about it.
func TestErrorsReadAsWritten(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no error cases: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, _, diags := sim.Load(filepath.Base(file), src)
			if len(diags) == 0 {
				t.Error("nothing was found wrong")
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(diags.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), diags.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, d := range diags {
				checkPosition(t, string(src), d)
			}
		})
	}
}

// checkPosition holds a diagnostic to its word: it has a position and a suggestion, and what it
// would replace really stands there.
func checkPosition(t *testing.T, src string, d scenarios.Diagnostic) {
	t.Helper()
	lines := strings.Split(src, "\n")
	if d.Line < 1 || d.Line > len(lines) || d.Column < 1 || d.Suggestion == "" {
		t.Errorf("no position or suggestion: %+v", d)
		return
	}
	if d.Replaces == "" {
		return
	}
	line := []rune(lines[d.Line-1])
	if d.Column > len(line) || !strings.HasPrefix(string(line[d.Column-1:]), d.Replaces) {
		t.Errorf("%q does not stand at %d:%d: %s", d.Replaces, d.Line, d.Column, lines[d.Line-1])
	}
}

// The scenarios that ship have nothing wrong with them, not even a warning.
func TestShippedScenariosAreClean(t *testing.T) {
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		if file == "frankfurt-as-published.yaml" {
			continue // its faults are the point
		}
		if diags := check(t, file); len(diags) > 0 {
			t.Errorf("%s:\n%s", file, diags)
		}
	}
}
