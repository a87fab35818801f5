package render

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/results"
	"netlab/results/resultstest"
)

func TestGoldenTerminal(t *testing.T) {
	s := report(t, resultstest.Frankfurt().Record(t)).Summary
	s.Dir = "results/20261122T185817Z-frankfurt-5d1c0a"
	var plain bytes.Buffer
	if err := Terminal(&plain, s, 100, false); err != nil {
		t.Fatal(err)
	}
	resultstest.Golden(t, "terminal.txt", plain.Bytes())

	var coloured bytes.Buffer
	if err := Terminal(&coloured, s, 100, true); err != nil {
		t.Fatal(err)
	}
	stripped := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(coloured.String(), "")
	if stripped == coloured.String() {
		t.Error("no colour where colour was asked for")
	}
	withoutBadge := func(s string) string { return strings.NewReplacer("[PASS]", "", " PASS ", "").Replace(s) }
	if diff := cmp.Diff(withoutBadge(plain.String()), withoutBadge(stripped)); diff != "" {
		t.Errorf("colours change the text:\n%s", diff)
	}
}

func report(t *testing.T, b *results.Bundle) *Report {
	t.Helper()
	r, err := NewReport(b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
