package scenarios_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"netlab/scenarios"
	"netlab/sim"
)

// A suggestion is the text to write instead: written there, the language takes it, and nothing says the same of it again. That
// holds for every error case, and for the file that has every key with each value of it made wrong in many ways.
func TestSuggestionsAreValidThemselves(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no error cases: %v", err)
	}
	tried := 0
	for _, file := range files {
		tried += trySuggestions(t, filepath.Base(file), read(t, file))
	}
	for _, wrong := range mistaken(read(t, "testdata/good/everything.yaml")) {
		tried += trySuggestions(t, wrong.what, wrong.text)
	}
	if tried < 500 {
		t.Errorf("only %d suggestions were tried", tried)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// trySuggestions takes each suggestion of a file and says how many there were.
func trySuggestions(t *testing.T, name, src string) (tried int) {
	t.Helper()
	_, _, diags := sim.Load("s.yaml", []byte(src))
	for _, d := range diags {
		if d.Replaces == "" {
			continue
		}
		tried++
		taken := []byte(take(src, d))
		_, _, after := sim.Load("s.yaml", taken)
		same := strings.ReplaceAll(d.Message, unquoted(d.Replaces), unquoted(d.Suggestion))
		for _, a := range after {
			if (a.Message == same || a.OfForm()) && a.Line == d.Line && a.Column == d.Column {
				t.Errorf("%s:\n  said %s\n  then %s", name, d, a)
			}
		}
	}
	return tried
}

func unquoted(s string) string { return strings.Trim(s, `"'`) }

// take writes what a diagnostic suggests.
func take(src string, d scenarios.Diagnostic) string {
	lines := strings.Split(src, "\n")
	line := []rune(lines[d.Line-1])
	lines[d.Line-1] = string(line[:d.Column-1]) + d.Suggestion + strings.TrimPrefix(string(line[d.Column-1:]), d.Replaces)
	return strings.Join(lines, "\n")
}

type mistake struct{ what, text string }

var scalarValue = regexp.MustCompile(`(: |\[|, |- )("[^"]*"|'[^']*'|[^\s,\[\]{}:'"#&*]+)`)

// mistaken is a file with each of its values made wrong, one at a time.
func mistaken(src string) []mistake {
	var out []mistake
	for _, at := range scalarValue.FindAllStringSubmatchIndex(src, -1) {
		value := src[at[4]:at[5]]
		if strings.HasPrefix(src[at[5]:], ":") {
			continue // a key
		}
		wrong := []string{"-1", "0", "0s", "99999999", "1.5", "0x10", "1 s",
			"5 Secs", "3k", "12 Mbps", "0.5kb", "200%", "300 pct", "yes", "no", "~x",
			"1e3", "80-90", "90/80", "b", "B", "10.0.0.1", "10.0.0.1/33", "Ab c", "http", "2540400h", ".5s", `"5"`, "99999 gbit",
			`"a\eb"`, value + "x", strings.ToUpper(value), value + " ", "_" + value, strings.Repeat(value, 20)}
		for i, w := range wrong {
			if (i+at[4])%7 != 0 { // each kind of mistake in a seventh of the places: all would take minutes
				continue
			}
			out = append(out, mistake{value + " → " + w, src[:at[4]] + w + src[at[5]:]})
		}
	}
	return out
}
