package analysis

import "time"

// A Probe is one question put to a service: when it was sent, and whether that very question was
// answered. A question that was only answered because it was sent again later is not OK.
type Probe struct {
	Sent int64 // nanoseconds
	OK   bool
}

// An Outage is a longest run of unanswered probes, in nanoseconds of their send times. The
// service was out for at least lastLost − firstLost and for less than firstOK − lastOK.
//
// Receive times would be wrong here: a gap between answers is one probe interval longer than the
// outage, and a late answer makes it longer still.
type Outage struct {
	LastOK    int64 // the last probe answered before it
	FirstLost int64
	LastLost  int64
	FirstOK   int64 // the first probe answered after it
	Lost      int

	FromStart bool // no probe was answered before it: LastOK is unknown
	ToEnd     bool // no probe was answered after it: FirstOK is unknown
}

// Lower is how long the outage lasted at least.
func (o Outage) Lower() time.Duration { return time.Duration(o.LastLost - o.FirstLost) }

// Upper is how long it lasted at most; false when its beginning or end was not seen.
func (o Outage) Upper() (time.Duration, bool) {
	if o.FromStart || o.ToEnd {
		return 0, false
	}
	return time.Duration(o.FirstOK - o.LastOK), true
}

// Outages are the runs of unanswered probes, in order. The probes are sorted by send time.
func Outages(probes []Probe) []Outage {
	var out []Outage
	for i := 0; i < len(probes); {
		if probes[i].OK {
			i++
			continue
		}
		first := i
		for i < len(probes) && !probes[i].OK {
			i++
		}
		o := Outage{
			FirstLost: probes[first].Sent, LastLost: probes[i-1].Sent, Lost: i - first,
			FromStart: first == 0, ToEnd: i == len(probes),
		}
		if !o.FromStart {
			o.LastOK = probes[first-1].Sent
		}
		if !o.ToEnd {
			o.FirstOK = probes[i].Sent
		}
		out = append(out, o)
	}
	return out
}

// Longest is the outage that lasted longest for certain, that is by its lower bound; of equals
// the one with the greater upper bound. It is nil when there is none.
func Longest(outages []Outage) *Outage {
	var longest *Outage
	for i := range outages {
		if longest == nil || longer(&outages[i], longest) {
			longest = &outages[i]
		}
	}
	return longest
}

func longer(a, b *Outage) bool {
	if a.Lower() != b.Lower() {
		return a.Lower() > b.Lower()
	}
	upperA, boundedA := a.Upper()
	upperB, boundedB := b.Upper()
	if boundedA != boundedB {
		return !boundedA
	}
	return upperA > upperB
}
