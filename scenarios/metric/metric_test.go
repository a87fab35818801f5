package metric

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the tables of the documents anew")

// The tables of the reference are what the registry says.
func TestReferenceOfFiguresIsCurrent(t *testing.T) {
	const file, begin, end = "../../docs/scenario.md", "<!-- figures -->\n", "<!-- end of figures -->\n"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(src), begin)
	now, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the figures", file)
	}
	want := "\n" + table() + "\n" + classTable() + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, now); diff != "" {
		t.Errorf("%s: go test ./scenarios/metric -update (-want +got)\n%s", file, diff)
	}
}

func TestSplit(t *testing.T) {
	for name, want := range map[string]Ref{
		"load.web.p99":                   {Load, "web", "", "p99", ""},
		"load.web.before.errors.refused": {Load, "web", "before", "errors", "refused"},
		"load.web.share.ecs-1":           {Load, "web", "", "share", "ecs-1"},
		"probe.reach.blackout":           {Probe, "reach", "", "blackout", ""},
		"fault.down.before.blackout":     {Fault, "down", "", "before.blackout", ""},
		"load":                           {Load, "", "", "", ""},
	} {
		if got := Split(name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestWhatANameMeans(t *testing.T) {
	for name, known := range map[string]bool{
		"load.web.errors.status":       true,
		"load.web.after.errors.status": true,
		"load.web.errors.open":         false, // counted as load.web.open
		"load.web.errors.strange":      false,
		"load.web.errors":              false,
		"load.web.before.share.ecs1":   false,
		"load.web.share":               false,
		"load.web.blackout":            false,
		"load.web.p99.x":               false,
		"probe.reach.share.ecs1":       false,
		"probe.reach.blackout_min":     true,
		"probe.reach.before.blackout":  false,
		"fault.down.recovered":         true,
		"fault.down.p99":               false,
	} {
		if _, got := Split(name).Figure(); got != known {
			t.Errorf("%s is known: %v, want %v", name, got, known)
		}
	}
}

// A figure of a subject has one row, and each row is whole.
func TestRowsAreWhole(t *testing.T) {
	for _, s := range Subjects() {
		var names, keys []string
		for _, f := range s.Figures() {
			names, keys = append(names, f.Name), append(keys, f.Key)
			if f.Name == "" || f.Key == "" || f.Unit == "" || f.Better == "" || f.Help == "" {
				t.Errorf("%s.%s has an empty column: %+v", s, f.Name, f)
			}
			if f.Unit == Seconds && f.Family != "" && !strings.HasSuffix(f.Family, "_seconds") {
				t.Errorf("%s.%s is in seconds, %s doesn't say so", s, f.Name, f.Family)
			}
			if f.Each == One && strings.Contains(f.Name, ".") {
				t.Errorf("%s.%s: a dot would read as a part of the run", s, f.Name)
			}
		}
		for _, list := range [][]string{names, keys} {
			slices.Sort(list)
			if once := slices.Compact(slices.Clone(list)); len(once) != len(list) {
				t.Errorf("%s: a name or key stands twice in %q", s, list)
			}
		}
	}
}
