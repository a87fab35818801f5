package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// traffic is light, so that a busy machine keeps up with it.
const traffic = `
load:
  - {name: web, from: ecs1, target: http://ep-vpc1/, rate: 200/s, connections: 16, timeout: 1s}
probes:
  - {name: reach, from: ecs1, target: tcp://ep-vpc1:80, rate: 200/s}
`

// quick is a story without a fault.
const quick = traffic + "run: {warm_up: 200ms, duration: 500ms}\n"

// scenario writes a shipped scenario in which another story begins where its load did. Edits are
// pairs: what must stand before that, and what is to stand there instead.
func scenario(t *testing.T, name, story string, edits ...string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "..", "scenarios", name))
	if err != nil {
		t.Fatal(err)
	}
	stage, _, ok := strings.Cut(string(src), "\nload:\n")
	if !ok {
		t.Fatalf("%s has no load", name)
	}
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(stage, edits[i]) {
			t.Fatalf("%s does not hold %q", name, edits[i])
		}
		stage = strings.Replace(stage, edits[i], edits[i+1], 1)
	}
	file := filepath.Join(publicFolder(t), name)
	if err := os.WriteFile(file, []byte(stage+"\n"+story), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// publicFolder is t.TempDir for several users: that one is closed to all but its owner.
func publicFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "netlab-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A document is JSON as a reader finds it who knows the command's contract and none of its types.
type document map[string]any

func parse(t *testing.T, text []byte) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatalf("not one JSON document: %v\n%s", err, text)
	}
	return d
}

// at is the value at a path of keys, joined by dots.
func (d document) at(t *testing.T, path string) any {
	t.Helper()
	var value any = map[string]any(d)
	for key := range strings.SplitSeq(path, ".") {
		fields, ok := value.(map[string]any)
		if !ok {
			t.Fatalf("no %s: what holds %s is no object", path, key)
		}
		if value, ok = fields[key]; !ok {
			t.Fatalf("no %s: there is no %s", path, key)
		}
	}
	return value
}

func (d document) number(t *testing.T, path string) float64 {
	t.Helper()
	value, ok := d.at(t, path).(float64)
	if !ok {
		t.Fatalf("%s is %v, not a number", path, d.at(t, path))
	}
	return value
}

func (d document) text(t *testing.T, path string) string {
	t.Helper()
	value, ok := d.at(t, path).(string)
	if !ok {
		t.Fatalf("%s is %v, not text", path, d.at(t, path))
	}
	return value
}
