package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
	"time"

	"netlab/results"
)

// Bundles come from anywhere. Two thousand of them, each with something changed and hashes that say it is right: all are read or refused,
// without a panic, in short time and little memory. The seed is fixed, so that what is found can be found again.
func TestHostileBundles(t *testing.T) {
	mutations := 2000
	if testing.Short() {
		mutations = 200
	}
	seeds, err := filepath.Glob("../testdata/golden/*")
	if err != nil || len(seeds) == 0 {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(9, 9))
	bundles := make([]map[string][]byte, len(seeds))
	for i, seed := range seeds {
		bundles[i] = recordedFiles(t, seed)
	}
	read := 0
	for n := range mutations {
		files := bundles[n%len(bundles)]
		name, mutated := mutate(random, files)
		dir := filepath.Join(t.TempDir(), "run")
		writeBundle(t, dir, files, name, mutated)
		what := fmt.Sprintf("mutation %d, of %s in %s", n, name, filepath.Base(seeds[n%len(seeds)]))
		err := within(t, what, func() error { return renderAll(dir) })
		if err == nil {
			read++
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d of %d were read", read, mutations)
	if read == 0 || read == mutations {
		t.Errorf("%d of %d were read: the mutations are too strong or too weak", read, mutations)
	}
}

// recordedFiles are the files of a bundle from which the others are derived.
func recordedFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, pattern := range []string{"manifest.json", "events.jsonl", "scenario.yaml", "samples/*"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name, err := filepath.Rel(dir, path)
			if err == nil {
				out[name], err = os.ReadFile(path)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// mutate changes one of the files.
func mutate(random *rand.Rand, files map[string][]byte) (name string, mutated []byte) {
	names := []string{"manifest.json", "events.jsonl", "scenario.yaml"}
	for name := range files {
		if filepath.Dir(name) == "samples" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	name = names[random.IntN(len(names))]
	b := bytes.Clone(files[name])
	for range 1 + random.IntN(4) {
		if len(b) == 0 {
			break
		}
		at := random.IntN(len(b))
		if random.IntN(2) == 0 { // where a file tells how it is made
			at = max(0, len(b)-1-random.IntN(min(len(b), 2000)))
		}
		switch random.IntN(7) {
		case 0:
			b[at] ^= 1 << random.IntN(8)
		case 1:
			b[at] = byte(random.IntN(256))
		case 2:
			b = b[:at]
		case 3:
			b = append(b[:at:at], b[min(len(b), at+1+random.IntN(64)):]...)
		case 4:
			piece := bytes.Clone(b[at:min(len(b), at+1+random.IntN(64))])
			to := random.IntN(len(b))
			b = append(b[:to:to], append(piece, b[to:]...)...)
		case 5:
			for i := at; i < min(len(b), at+8); i++ {
				b[i] = 0xff
			}
		case 6: // another number where one stands
			end := at
			for end < len(b) && b[end] >= '0' && b[end] <= '9' {
				end++
			}
			if end > at {
				numbers := []string{"0", "-1", "9223372036854775807", "18446744073709551615", "1e300", strconv.Itoa(random.IntN(1 << 30))}
				b = append(b[:at:at], append([]byte(numbers[random.IntN(len(numbers))]), b[end:]...)...)
			}
		}
	}
	return name, b
}

// writeBundle writes the files with one changed. Where the manifest can be read, its hashes are those of the files.
func writeBundle(t *testing.T, dir string, files map[string][]byte, changed string, mutated []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "samples"), 0o755); err != nil {
		t.Fatal(err)
	}
	var list []results.File
	for name, text := range files {
		if name == changed {
			text = mutated
		}
		sum := sha256.Sum256(text)
		list = append(list, results.File{Path: name, Bytes: int64(len(text)), SHA256: hex.EncodeToString(sum[:])})
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "manifest.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]any
	if json.Unmarshal(text, &manifest) != nil {
		return
	}
	manifest["files"] = list // every hash is right
	if text, err = json.Marshal(manifest); err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// renderAll reads a bundle and writes it in every format.
func renderAll(dir string) error {
	b, err := results.Open(dir)
	if err != nil {
		return err
	}
	defer b.Close()
	r, err := NewReport(b)
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range Formats() {
		errs = append(errs, f.Write(io.Discard, r))
	}
	_, _, err = derive(b)
	return errors.Join(append(errs, err)...)
}

// within runs f and fails the test for a panic, for a minute without an end and for more than 256 MiB.
func within(t *testing.T, what string, f func() error) error {
	t.Helper()
	const most = 256 << 20
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if bad := recover(); bad != nil {
				t.Errorf("%s: panic: %v\n%s", what, bad, debug.Stack())
				ended <- nil
			}
		}()
		ended <- f()
	}()
	late := time.After(time.Minute)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-late:
			t.Fatalf("%s: no end after a minute", what)
		case <-look.C:
			var m runtime.MemStats
			if runtime.ReadMemStats(&m); m.HeapAlloc > most {
				t.Fatalf("%s: holds %d MiB", what, m.HeapAlloc>>20)
			}
		}
	}
}
