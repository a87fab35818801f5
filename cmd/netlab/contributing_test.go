package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// costRow is a row of CONTRIBUTING.md's table: what to add, how many files that touches, the name of
// something that is there already, and the files that know it.
var costRow = regexp.MustCompile("(?m)^\\| (an? .*?) \\| (\\d+) \\| `(.+?)` \\| (.*) \\|$")

// What CONTRIBUTING.md says of the cost of a change is so: the example's name stands in the files
// that the row names and in no other, and a feature's own files are not more than it says.
func TestCostOfAChange(t *testing.T) {
	page, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := costRow.FindAllStringSubmatch(string(page), -1)
	if len(rows) < 6 {
		t.Fatalf("CONTRIBUTING.md has %d rows", len(rows))
	}
	for _, row := range rows {
		change, name := row[1], row[3]
		most, err := strconv.Atoi(row[2])
		if err != nil {
			t.Fatal(err)
		}
		var named []string
		for _, file := range strings.Split(row[4], ", ") {
			named = append(named, strings.Trim(file, "`"))
		}
		got := knowing(t, name)
		slices.Sort(named)
		if !slices.Equal(got, named) {
			t.Errorf("%s: %s stands in %v, CONTRIBUTING.md names %v", change, name, got, named)
		}
		if len(named) > most {
			t.Errorf("%s: %d files, CONTRIBUTING.md says %d", change, len(named), most)
		}
	}
}

// knowing are the Go files outside tests in which a word stands.
func knowing(t *testing.T, word string) []string {
	t.Helper()
	grep := exec.Command("git", "grep", "--untracked", "-lwF", "-e", word, "--", "*.go", ":!*_test.go")
	grep.Dir = "../.."
	out, err := grep.Output()
	if err != nil {
		t.Fatalf("search for %s: %v", word, err)
	}
	files := strings.Fields(string(out))
	slices.Sort(files)
	return files
}
