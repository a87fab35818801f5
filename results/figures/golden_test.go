package figures

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/results"
)

// mended are the bugs that the program had when it made the golden bundles: what it wrote into
// summary.json, and what is right.
var mended = map[string]*strings.Replacer{}

// Bundles that an earlier netlab made open, and come to what it found, byte for byte.
func TestGoldenBundles(t *testing.T) {
	dirs, err := filepath.Glob("../testdata/golden/*")
	if err != nil || len(dirs) < 6 {
		t.Fatalf("golden bundles: %q, %v", dirs, err)
	}
	for _, dir := range dirs {
		name := filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			b, err := results.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			got, err := summarize(t, b).JSON()
			if err != nil {
				t.Fatal(err)
			}
			stored, err := os.ReadFile(filepath.Join(dir, "summary.json"))
			if err != nil {
				t.Fatal(err)
			}
			want := string(stored)
			if r := mended[name]; r != nil {
				if want = r.Replace(want); want == string(stored) {
					t.Error("the mended bug is not in the stored summary")
				}
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("summary.json differs (-stored +recomputed):\n%s", diff)
			}
			if len(b.Damage) > 0 {
				t.Errorf("damage: %q", b.Damage)
			}
		})
	}
}
