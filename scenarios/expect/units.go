package expect

import "fmt"

// A Unit is what a figure is measured in.
type Unit string

const (
	Count     Unit = "a plain number"
	Seconds   Unit = "a duration"
	Fraction  Unit = "a ratio"
	PerSecond Unit = "a rate"
	Truth     Unit = "true or false"
)

// Check says whether every name is known to units and every comparison compares like with like.
// The error is a *SyntaxError.
func (e *Expression) Check(units func(name string) (Unit, error)) error {
	u, err := e.root.check(units)
	if err == nil && u != Truth {
		return &SyntaxError{Column: e.root.at(), Message: fmt.Sprintf("%s is no expectation", u),
			Suggestion: "compare it, as in fault.down.blackout <= 3.5s"}
	}
	return err
}

func (n *name) check(units func(string) (Unit, error)) (Unit, error) {
	u, err := units(n.text)
	if e, ok := err.(*SyntaxError); ok {
		at := *e
		at.Column = n.column
		return "", &at
	}
	return u, err
}

func (c *constant) check(func(string) (Unit, error)) (Unit, error) { return c.unit, nil }

func (c *compare) check(units func(string) (Unit, error)) (Unit, error) {
	l, err := c.left.check(units)
	if err != nil {
		return "", err
	}
	r, err := c.right.check(units)
	if err != nil {
		return "", err
	}
	if l == r || plain(c.left, r) || plain(c.right, l) {
		return Truth, nil
	}
	return "", &SyntaxError{Column: c.operator.column, Message: fmt.Sprintf("can't compare %s with %s", l, r),
		Suggestion: "write the unit: 3.5s, 100%, 1000/s"}
}

// plain says whether t is a literal without a unit that can stand for other: any zero, and a
// ratio written as 0.995.
func plain(t term, other Unit) bool {
	c, ok := t.(*constant)
	return ok && c.unit == Count && other != Truth && (c.value == 0 || other == Fraction)
}

func (j *junction) check(units func(string) (Unit, error)) (Unit, error) {
	for _, side := range []term{j.left, j.right} {
		if err := truths(side, units); err != nil {
			return "", err
		}
	}
	return Truth, nil
}

func (n *negation) check(units func(string) (Unit, error)) (Unit, error) {
	return Truth, truths(n.of, units)
}

func truths(t term, units func(string) (Unit, error)) error {
	u, err := t.check(units)
	if err == nil && u != Truth {
		err = &SyntaxError{Column: t.at(), Message: fmt.Sprintf("expected a comparison, found %s", u),
			Suggestion: "compare it, as in fault.down.blackout <= 3.5s"}
	}
	return err
}
