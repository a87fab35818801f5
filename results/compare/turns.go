package compare

import (
	"fmt"
	"slices"
	"time"

	"netlab/results/figures"
)

// pair puts the runs into the order of time and finds out whether A and B took turns. Where they did,
// a run that can't be trusted takes its partner out with it: the neighbours that are left would not
// be neighbours.
//
// Only runs made in turns tell a difference of the things from one of the times, for a machine drifts:
// blocks of A and B gave false verdicts in 12 to 43 % of simulated comparisons of a thing with itself.
// And the turns must change places (A B B A, or at random): whatever only the first run of a pair
// suffers looks like a difference otherwise.
func (c *Comparison) pair(a, b []*figures.Summary) ([]*figures.Summary, []*figures.Summary) {
	byTime := func(x, y *figures.Summary) int { return x.Started.Compare(y.Started) }
	a, b = slices.SortedStableFunc(slices.Values(a), byTime), slices.SortedStableFunc(slices.Values(b), byTime)
	if !inTurns(a, b) {
		a, b = c.trusted("A", a), c.trusted("B", b)
		if len(a) > 1 || len(b) > 1 {
			c.Notes = append(c.Notes, "A and B did not take turns: a machine that drifted between them looks like a difference, "+
				"so nothing is called better or worse. Make the runs in turns: A B B A …")
		}
		return a, b
	}
	c.Paired = true
	var x, y []*figures.Summary
	firsts := 0 // pairs in which A came first
	for i := range a {
		if !a[i].Validity.Valid || !b[i].Validity.Valid {
			c.leaveOut("A", a[i], b[i])
			c.leaveOut("B", b[i], a[i])
			continue
		}
		x, y = append(x, a[i]), append(y, b[i])
		if a[i].Started.Before(b[i].Started) {
			firsts++
		}
	}
	if balanced := 2 * firsts; balanced < len(x)-1 || balanced > len(x)+1 {
		c.Notes = append(c.Notes, fmt.Sprintf("A was first in %d of %d pairs: whatever the first of a pair suffers looks like a difference, "+
			"so nothing is called better or worse. Change places: A B B A …", firsts, len(x)))
	} else {
		c.judged = true
	}
	return x, y
}

// inTurns says whether each couple of neighbours in time holds a run of both sides, so that whatever
// drifts slowly falls on both alike.
func inTurns(a, b []*figures.Summary) bool {
	if len(a) != len(b) || len(a) < 2 {
		return false
	}
	for i := range a {
		couple := []time.Time{a[i].Started, b[i].Started}
		slices.SortFunc(couple, time.Time.Compare)
		if i+1 < len(a) && (!couple[1].Before(a[i+1].Started) || !couple[1].Before(b[i+1].Started)) {
			return false
		}
	}
	return true
}

func (c *Comparison) trusted(side string, runs []*figures.Summary) []*figures.Summary {
	var out []*figures.Summary
	for _, s := range runs {
		if s.Validity.Valid {
			out = append(out, s)
		} else {
			c.leaveOut(side, s, nil)
		}
	}
	return out
}

func (c *Comparison) leaveOut(side string, run, partner *figures.Summary) {
	switch {
	case !run.Validity.Valid:
		c.Notes = append(c.Notes, fmt.Sprintf("left out of %s: %s is not valid: %s", side, run.Dir, run.Validity.Problems[0]))
	case partner != nil:
		c.Notes = append(c.Notes, fmt.Sprintf("left out of %s: %s, with its partner %s", side, run.Dir, partner.Dir))
	}
}

func dirs(runs []*figures.Summary) []string {
	out := make([]string, len(runs))
	for i, s := range runs {
		out[i] = s.Dir
	}
	return out
}
