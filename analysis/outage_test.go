package analysis

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// probes are one a millisecond; a dot is an answer, an x none.
func probes(pattern string) []Probe {
	out := make([]Probe, len(pattern))
	for i, c := range pattern {
		out[i] = Probe{Sent: int64(i) * int64(time.Millisecond), OK: c == '.'}
	}
	return out
}

func TestOutageBounds(t *testing.T) {
	type bounds struct {
		Lower, Upper time.Duration
		Bounded      bool
		Lost         int
	}
	const ms = time.Millisecond
	for _, tt := range []struct {
		pattern string
		want    bounds
	}{
		{"..xxxx..", bounds{3 * ms, 5 * ms, true, 4}},
		{"..x..", bounds{0, 2 * ms, true, 1}},
		{".x.xxx.xx.", bounds{2 * ms, 4 * ms, true, 3}}, // the longest of three
		{"xx..", bounds{1 * ms, 0, false, 2}},           // began before the first probe
		{"..xxx", bounds{2 * ms, 0, false, 3}},          // not over at the end
		{"xxx", bounds{2 * ms, 0, false, 3}},
		{".x.x", bounds{0, 0, false, 1}}, // of two equals the one that may be longer
	} {
		longest := Longest(Outages(probes(tt.pattern)))
		if longest == nil {
			t.Errorf("%s: no outage found", tt.pattern)
			continue
		}
		got := bounds{Lower: longest.Lower(), Lost: longest.Lost}
		got.Upper, got.Bounded = longest.Upper()
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.pattern, diff)
		}
	}
	if longest := Longest(Outages(probes("....."))); longest != nil {
		t.Errorf("an outage where every probe was answered: %+v", longest)
	}
	if longest := Longest(Outages(nil)); longest != nil {
		t.Errorf("an outage without probes: %+v", longest)
	}
}

// The bracket must hold the truth whatever the phase of the outage against the probes, and at a
// probe a millisecond be no wider than two probe intervals.
func TestBracketHoldsTheTruth(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		begin := time.Millisecond + time.Duration(random.IntN(int(100*time.Millisecond)))
		truth := 2*time.Millisecond + time.Duration(random.IntN(int(100*time.Millisecond)))
		var sent []Probe
		at := time.Duration(0)
		for at < 300*time.Millisecond {
			sent = append(sent, Probe{Sent: int64(at), OK: at < begin || at >= begin+truth})
			at += time.Millisecond
		}
		longest := Longest(Outages(sent))
		upper, bounded := longest.Upper()
		if !bounded || longest.Lower() > truth || upper < truth {
			t.Fatalf("outage of %v from %v: bracket [%v, %v]", truth, begin, longest.Lower(), upper)
		}
		if upper-longest.Lower() > 2*time.Millisecond {
			t.Fatalf("bracket [%v, %v] is wider than two probe intervals", longest.Lower(), upper)
		}
	}
}
