package results

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"netlab/loadgen"
)

// corpus adds what golden bundles hold, whole and cut.
func corpus(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob("testdata/golden/*/" + pattern)
	if err != nil || len(files) == 0 {
		f.Fatalf("no %s: %v", pattern, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		f.Add(text[:len(text)/2])
	}
}

// No stream of events panics.
func FuzzEvents(f *testing.F) {
	corpus(f, "events.jsonl")
	f.Fuzz(func(_ *testing.T, text []byte) { _, _, _ = decodeEvents(bytes.NewReader(text)) })
}

// No file of samples panics, and none has more rows than its size can hold.
func FuzzSamples(f *testing.F) {
	corpus(f, "samples/*.parquet")
	f.Add([]byte(spoolHead + "x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = readSpool(bytes.NewReader(text), func([]loadgen.Sample) error { return nil })
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "x.parquet"), text, 0o644); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		reader := newRowReader()
		if reader.read(root, "x.parquet") == nil && len(reader.samples.Rows) > rowsPerByte*len(text) {
			t.Errorf("%d rows of %d bytes", len(reader.samples.Rows), len(text))
		}
	})
}
