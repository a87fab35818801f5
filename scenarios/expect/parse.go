package expect

import (
	"fmt"

	"netlab/scenarios/metric"
)

// A term is a node of a parsed expression. Truths are 0 and 1.
type term interface {
	eval(values map[string]float64) float64
	walk(func(*name))
	// check gives the unit of the term, or says what does not fit.
	check(units func(string) (metric.Unit, error)) (metric.Unit, error)
	at() int
}

type (
	name struct {
		text   string
		column int
	}
	constant struct{ token }
	compare  struct {
		left, right term
		operator    token
	}
	junction struct { // and, or
		left, right term
		word        token
	}
	negation struct {
		of   term
		word token
	}
)

func (n *name) eval(values map[string]float64) float64 { return values[n.text] }
func (c *constant) eval(map[string]float64) float64    { return c.value }

func (c *compare) eval(values map[string]float64) float64 {
	l, r := c.left.eval(values), c.right.eval(values)
	switch c.operator.text {
	case "==":
		return truth(l == r)
	case "!=":
		return truth(l != r)
	case "<":
		return truth(l < r)
	case "<=":
		return truth(l <= r)
	case ">":
		return truth(l > r)
	}
	return truth(l >= r)
}

func (j *junction) eval(values map[string]float64) float64 {
	l, r := j.left.eval(values) != 0, j.right.eval(values) != 0
	if j.word.text == "and" {
		return truth(l && r)
	}
	return truth(l || r)
}

func (n *negation) eval(values map[string]float64) float64 { return truth(n.of.eval(values) == 0) }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (n *name) walk(f func(*name))     { f(n) }
func (c *constant) walk(f func(*name)) {}
func (c *compare) walk(f func(*name))  { c.left.walk(f); c.right.walk(f) }
func (j *junction) walk(f func(*name)) { j.left.walk(f); j.right.walk(f) }
func (n *negation) walk(f func(*name)) { n.of.walk(f) }

func (n *name) at() int     { return n.column }
func (c *constant) at() int { return c.column }
func (c *compare) at() int  { return c.left.at() }
func (j *junction) at() int { return j.left.at() }
func (n *negation) at() int { return n.word.column }

// maxDepth keeps a malicious heap of parentheses off the stack.
const maxDepth = 100

type parser struct {
	tokens []token
	next   int
	depth  int
}

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != end {
		p.next++
	}
	return t
}

func (p *parser) or() (term, error)  { return p.junction("or", p.and) }
func (p *parser) and() (term, error) { return p.junction("and", p.not) }

func (p *parser) junction(by string, side func() (term, error)) (term, error) {
	left, err := side()
	for err == nil && p.peek().kind == word && p.peek().text == by {
		j := &junction{left: left, word: p.take()}
		j.right, err = side()
		left = j
	}
	return left, err
}

func (p *parser) not() (term, error) {
	if t := p.peek(); t.kind == word && t.text == "not" {
		p.take()
		if err := p.deeper(t); err != nil {
			return nil, err
		}
		of, err := p.not()
		p.depth--
		return &negation{of: of, word: t}, err
	}
	return p.comparison()
}

func (p *parser) comparison() (term, error) {
	left, err := p.operand()
	if err != nil || p.peek().kind != comparison {
		return left, err
	}
	c := &compare{left: left, operator: p.take()}
	if c.right, err = p.operand(); err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind == comparison {
		return nil, &SyntaxError{Column: t.column, Message: "comparisons can't be chained", Suggestion: "write a <= b and b <= c"}
	}
	return c, nil
}

func (p *parser) operand() (term, error) {
	t := p.take()
	switch {
	case t.kind == literal:
		return &constant{t}, nil
	case t.kind == word && (t.text == "true" || t.text == "false"):
		t.unit, t.value = metric.Truth, truth(t.text == "true")
		return &constant{t}, nil
	case t.kind == word && t.text != "and" && t.text != "or" && t.text != "not":
		return &name{t.text, t.column}, nil
	case t.kind == open:
		if err := p.deeper(t); err != nil {
			return nil, err
		}
		inner, err := p.or()
		p.depth--
		if err != nil {
			return nil, err
		}
		if t := p.take(); t.kind != closing {
			return nil, &SyntaxError{Column: t.column, Message: fmt.Sprintf("expected ), found %s", t), Suggestion: "close the parenthesis"}
		}
		return inner, nil
	}
	return nil, &SyntaxError{
		Column:     t.column,
		Message:    fmt.Sprintf("expected a figure or a number, found %s", t),
		Suggestion: "as in fault.down.blackout <= 3.5s",
	}
}

func (p *parser) deeper(t token) error {
	if p.depth++; p.depth > maxDepth {
		return &SyntaxError{Column: t.column, Message: "too deeply nested", Suggestion: "write several expectations"}
	}
	return nil
}
