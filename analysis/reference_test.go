package analysis

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// rValues reads the numbers that R printed, by label.
func rValues(t *testing.T) map[string][]float64 {
	t.Helper()
	f, err := os.Open("testdata/r/ref_R.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	values := make(map[string][]float64)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		label, list, found := strings.Cut(lines.Text(), " = ")
		if !found {
			t.Fatalf("no label in %q", lines.Text())
		}
		for _, field := range strings.Fields(list) {
			values[label] = append(values[label], number(t, field))
		}
	}
	return values
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func near(got, want, relative float64) bool {
	return got == want || math.Abs(got-want) <= relative*math.Abs(want)
}

// A nistSet is a dataset with its certified values.
type nistSet struct {
	data                      []float64
	mean, sd, autocorrelation float64
}

func readNIST(t *testing.T, name string) nistSet {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata/nist", name+".dat"))
	if err != nil {
		t.Fatal(err)
	}
	header, rest, found := regexpCut(`-{5,}\s*\n`, string(text))
	if !found {
		t.Fatalf("%s has no data line", name)
	}
	certified := func(label string) float64 {
		m := regexp.MustCompile(`(?m)^\s*Sample ` + label + `[^:]*:\s*(-?[0-9.]+)`).FindStringSubmatch(header)
		if m == nil {
			t.Fatalf("%s has no %s", name, label)
		}
		return number(t, m[1])
	}
	set := nistSet{
		mean: certified("Mean"), sd: certified("Standard Deviation"),
		autocorrelation: certified("Autocorrelation"),
	}
	for _, field := range strings.Fields(rest) {
		set.data = append(set.data, number(t, field))
	}
	return set
}

func regexpCut(pattern, s string) (before, after string, found bool) {
	at := regexp.MustCompile(pattern).FindStringIndex(s)
	if at == nil {
		return s, "", false
	}
	return s[:at[0]], s[at[1]:], true
}

// digits is NIST's LRE: how many digits of a value are right.
func digits(got, certified float64) float64 {
	if got == certified {
		return 15
	}
	return math.Min(15, -math.Log10(math.Abs(got-certified)/math.Abs(certified)))
}

func TestMomentsKeepNISTDigits(t *testing.T) {
	for _, name := range []string{"Lew", "Lottery", "NumAcc1", "NumAcc2", "NumAcc3"} {
		set := readNIST(t, name)
		if d := digits(Mean(set.data), set.mean); d < 14 {
			t.Errorf("%s: mean has %.1f right digits, want 14", name, d)
		}
		if d := digits(StdDev(set.data), set.sd); d < 8 {
			t.Errorf("%s: standard deviation has %.1f right digits, want 8", name, d)
		}
		if d := digits(Autocorrelation(set.data, 1), set.autocorrelation); d < 9 {
			t.Errorf("%s: autocorrelation has %.1f right digits, want 9", name, d)
		}
	}
}

// The bound of the test above means something: the textbook one-pass formula does not reach it.
func TestNISTCatchesTheNaiveFormula(t *testing.T) {
	set := readNIST(t, "NumAcc3")
	var sum, squares float64
	for _, v := range set.data {
		sum += v
		squares += v * v
	}
	n := float64(len(set.data))
	naive := math.Sqrt((squares - sum*sum/n) / (n - 1))
	if d := digits(naive, set.sd); d >= 8 {
		t.Errorf("the naive formula has %.1f right digits: the data do not catch it", d)
	}
}
