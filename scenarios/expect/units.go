package expect

import (
	"fmt"

	"netlab/scenarios/metric"
)

// Check says whether every name is known to units and every comparison compares like with like.
// The error is a *SyntaxError.
func (e *Expression) Check(units func(name string) (metric.Unit, error)) error {
	u, err := e.root.check(units)
	if err == nil && u != metric.Truth {
		return &SyntaxError{
			Column:     e.root.at(),
			Message:    fmt.Sprintf("%s is no expectation", u),
			Suggestion: "compare it, as in fault.down.blackout <= 3.5s",
		}
	}
	return err
}

func (n *name) check(units func(string) (metric.Unit, error)) (metric.Unit, error) {
	u, err := units(n.text)
	if e, ok := err.(*SyntaxError); ok {
		at := *e
		at.Column = n.column
		return "", &at
	}
	return u, err
}

func (c *constant) check(func(string) (metric.Unit, error)) (metric.Unit, error) { return c.unit, nil }

func (c *compare) check(units func(string) (metric.Unit, error)) (metric.Unit, error) {
	l, err := c.left.check(units)
	if err != nil {
		return "", err
	}
	r, err := c.right.check(units)
	if err != nil {
		return "", err
	}
	if l == r || plain(c.left, r) || plain(c.right, l) {
		return metric.Truth, nil
	}
	return "", &SyntaxError{
		Column:     c.operator.column,
		Message:    fmt.Sprintf("can't compare %s with %s", l, r),
		Suggestion: "write the unit: 3.5s, 100%, 1000/s",
	}
}

// plain says whether t is a literal without a unit that can stand for other: any zero, and a
// ratio written as 0.995.
func plain(t term, other metric.Unit) bool {
	c, ok := t.(*constant)
	return ok && c.unit == metric.Count && other != metric.Truth && (c.value == 0 || other == metric.Fraction)
}

func (j *junction) check(units func(string) (metric.Unit, error)) (metric.Unit, error) {
	for _, side := range []term{j.left, j.right} {
		if err := truths(side, units); err != nil {
			return "", err
		}
	}
	return metric.Truth, nil
}

func (n *negation) check(units func(string) (metric.Unit, error)) (metric.Unit, error) {
	return metric.Truth, truths(n.of, units)
}

func truths(t term, units func(string) (metric.Unit, error)) error {
	u, err := t.check(units)
	if err == nil && u != metric.Truth {
		err = &SyntaxError{
			Column:     t.at(),
			Message:    fmt.Sprintf("expected a comparison, found %s", u),
			Suggestion: "compare it, as in fault.down.blackout <= 3.5s",
		}
	}
	return err
}
