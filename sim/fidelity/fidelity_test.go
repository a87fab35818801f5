package fidelity_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/scenarios"
	"netlab/sim"
	"netlab/sim/cloud"
	"netlab/sim/fidelity"
)

var update = flag.Bool("update", false, "write docs/fidelity.md anew")

func TestDocumentIsCurrent(t *testing.T) {
	const file = "../../docs/fidelity.md"
	want := fidelity.Markdown(refused(t))
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what the code says: go generate ./sim/fidelity (-want +got)\n%s", file, diff)
	}
}

// refused is what NotEmulated says of the file that has every key and every verb.
func refused(t *testing.T) []string {
	t.Helper()
	const file = "../../scenarios/testdata/good/everything.yaml"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := scenarios.Decode(file, src)
	var all []string
	for _, d := range sim.NotEmulated(s) {
		what, _, _ := strings.Cut(d.Message, " is not emulated yet")
		all = append(all, strings.ToUpper(what[:1])+what[1:])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Whoever renames a test or leaves a behaviour without one hears of it here.
func TestRowsHaveTests(t *testing.T) {
	sources := map[string]string{} // package → the text of its tests
	seen := map[string]bool{}
	for _, section := range fidelity.Sections() {
		for _, row := range section.Rows {
			if seen[row.Behaviour] {
				t.Errorf("%s: twice", row.Behaviour)
			}
			seen[row.Behaviour] = true
			switch {
			case row.Source == "":
				t.Errorf("%s: neither a source nor a reason", row.Behaviour)
			case len(row.Tests) == 0 && row.Label != cloud.Unknown:
				t.Errorf("%s is %s and has no test", row.Behaviour, row.Label)
			}
			for _, test := range row.Tests {
				if missing := find(t, sources, test); missing != "" {
					t.Errorf("%s: %s: %s", row.Behaviour, test, missing)
				}
			}
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d rows", len(seen))
	}
}

// reference is package.TestName or package.TestName/case.
var reference = regexp.MustCompile(`^([a-z/]+)\.(Test[A-Za-z0-9]+)(?:/(.+))?$`)

// find says what is missing of a test, or "".
func find(t *testing.T, sources map[string]string, test string) string {
	t.Helper()
	m := reference.FindStringSubmatch(test)
	if m == nil {
		return "is no name of a test"
	}
	pkg, name, part := m[1], m[2], m[3]
	if _, read := sources[pkg]; !read {
		sources[pkg] = testSources(t, pkg)
	}
	if !strings.Contains(sources[pkg], "\nfunc "+name+"(t *testing.T)") {
		return "the package has no such test"
	}
	for _, file := range []string{"../../scenarios/" + part + ".yaml", "../../scenarios/testdata/errors/" + part + ".yaml"} {
		if _, err := os.Stat(file); err == nil {
			return ""
		}
	}
	if part != "" && !strings.Contains(sources[pkg], `"`+part+`"`) {
		return "no such case"
	}
	return ""
}

func testSources(t *testing.T, pkg string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pkg), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString("\n")
		all.Write(src)
	}
	return all.String()
}
