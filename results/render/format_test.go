package render

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormatsAreWhole(t *testing.T) {
	var orders []int
	for _, f := range Formats() {
		orders = append(orders, f.Order)
		if f.Name == "" || f.Help == "" || f.Write == nil {
			t.Errorf("format %q is not whole", f.Name)
		}
	}
	if once := slices.Compact(slices.Clone(orders)); len(once) != len(orders) || len(orders) < 7 {
		t.Errorf("formats stand in the order %v", orders)
	}
}

// The documents list the formats as they register themselves.
func TestDocumentsListTheFormats(t *testing.T) {
	const begin, end = "<!-- formats -->\n", "<!-- end of formats -->\n"
	want := "\n| format | |\n|---|---|\n"
	for _, f := range Formats() {
		want += "| `" + f.Name + "` | " + f.Help + " |\n"
	}
	want += "\n"
	for _, file := range []string{"../../docs/ci.md"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, found := strings.Cut(string(src), begin)
		now, _, ended := strings.Cut(rest, end)
		if !found || !ended {
			t.Fatalf("%s has no place for the formats", file)
		}
		if diff := cmp.Diff(want, now); diff != "" {
			t.Errorf("%s (-want +got)\n%s", file, diff)
		}
	}
}

// A format is named in its own file and nowhere else. Words that mean other things too (html, json,
// csv, terminal) count where two stand in a list.
func TestFormatsAreNamedOnce(t *testing.T) {
	names := Names()
	seen := map[string]string{}
	for _, folder := range []string{".", "../live", "../compare", "../figures", "../../cmd/netlab"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", folder, files, err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			fileSet := token.NewFileSet()
			file, err := parser.ParseFile(fileSet, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					return true
				}
				at := fileSet.Position(literal.Pos()).String()
				var listed int
				for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' || r == '|' }) {
					if slices.Contains(names, word) {
						listed++
					}
				}
				if listed > 1 {
					t.Errorf("%s lists formats by hand: %q", at, text)
				}
				if slices.Contains([]string{"markdown", "junit", "openmetrics"}, text) {
					if other := seen[text]; other != "" {
						t.Errorf("%s is named at %s and %s", text, other, at)
					}
					seen[text] = at
				}
				return true
			})
		}
	}
	if len(seen) != 3 {
		t.Errorf("only %v were found", seen)
	}
}
