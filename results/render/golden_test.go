package render

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/results"
)

// What an earlier netlab derived from its bundles comes out again, byte for byte. The summary is
// compared in figures; the page, whose looks may change, is not in the golden bundles.
func TestGoldenBundlesDeriveTheSameFiles(t *testing.T) {
	dirs, err := filepath.Glob("../testdata/golden/*")
	if err != nil || len(dirs) < 6 {
		t.Fatalf("golden bundles: %q, %v", dirs, err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			b, err := results.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			_, files, err := derive(b)
			if err != nil {
				t.Fatal(err)
			}
			for name, got := range files {
				if name == "report.html" || name == "summary.json" {
					continue
				}
				want, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("%s differs (-stored +recomputed):\n%s", name, diff)
				}
			}
		})
	}
}
