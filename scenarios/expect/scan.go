package expect

import (
	"fmt"
	"strconv"
	"strings"

	"netlab/scenarios/metric"
)

// A token is a word of an expression.
type token struct {
	kind   tokenKind
	text   string
	column int
	value  float64 // of a literal, in base units
	unit   metric.Unit
}

type tokenKind uint8

const (
	end tokenKind = iota
	literal
	word
	comparison
	open
	closing
)

func (t token) String() string {
	if t.kind == end {
		return "end of the expression"
	}
	return strconv.Quote(t.text)
}

// suffixes are the units of literals and what they are worth in base units.
var suffixes = map[string]struct {
	unit  metric.Unit
	worth float64
}{
	"":       {metric.Count, 1},
	"%":      {metric.Fraction, 0.01},
	"ns":     {metric.Seconds, 1e-9},
	"us":     {metric.Seconds, 1e-6},
	"ms":     {metric.Seconds, 1e-3},
	"s":      {metric.Seconds, 1},
	"m":      {metric.Seconds, 60},
	"h":      {metric.Seconds, 3600},
	"/s":     {metric.PerSecond, 1},
	"bit/s":  {metric.PerSecond, 1},
	"kbit/s": {metric.PerSecond, 1e3},
	"Mbit/s": {metric.PerSecond, 1e6},
	"Gbit/s": {metric.PerSecond, 1e9},
}

func scan(src string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(src); {
		from, c := i, src[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n':
			i++
			continue
		case c == '(' || c == ')':
			i++
			kind := open
			if c == ')' {
				kind = closing
			}
			tokens = append(tokens, token{kind: kind, text: src[from:i], column: from + 1})
		case strings.IndexByte("=!<>&|", c) >= 0:
			for i < len(src) && strings.IndexByte("=!<>&|", src[i]) >= 0 {
				i++
			}
			t := token{kind: comparison, text: src[from:i], column: from + 1}
			if err := knownOperator(t); err != nil {
				return nil, err
			}
			tokens = append(tokens, t)
		case c >= '0' && c <= '9' || c == '.':
			for i < len(src) && (src[i] >= '0' && src[i] <= '9' || src[i] == '.') {
				i++
			}
			digits := src[from:i]
			for i < len(src) && (letter(src[i]) || src[i] == '%' || src[i] == '/') {
				i++
			}
			t, err := number(token{kind: literal, text: src[from:i], column: from + 1}, digits)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, t)
		case letter(c):
			for i < len(src) && (letter(src[i]) || src[i] >= '0' && src[i] <= '9' || strings.IndexByte("_.-", src[i]) >= 0) {
				i++
			}
			tokens = append(tokens, token{kind: word, text: src[from:i], column: from + 1})
		default:
			return nil, &SyntaxError{
				Column:     from + 1,
				Message:    fmt.Sprintf("unexpected %q", []rune(src[from:])[0]),
				Suggestion: "write comparisons such as fault.down.blackout <= 3.5s",
			}
		}
	}
	return append(tokens, token{kind: end, column: len(src) + 1}), nil
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func number(t token, digits string) (token, error) {
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return t, &SyntaxError{
			Column:     t.column,
			Message:    fmt.Sprintf("%q is not a number", t.text),
			Suggestion: "write digits with at most one point",
		}
	}
	s, ok := suffixes[t.text[len(digits):]]
	if !ok {
		return t, &SyntaxError{
			Column:     t.column,
			Message:    fmt.Sprintf("unknown unit %q", t.text[len(digits):]),
			Suggestion: "units: ns us ms s m h, %, /s, kbit/s Mbit/s Gbit/s",
		}
	}
	t.value, t.unit = v*s.worth, s.unit
	if s.unit == metric.Fraction {
		t.value = v / 100 // exact for 100%, where v*0.01 need not be
	}
	return t, nil
}

func knownOperator(t token) error {
	var meant string
	switch t.text {
	case "==", "!=", "<", "<=", ">", ">=":
		return nil
	case "=":
		meant = "=="
	case "=<":
		meant = "<="
	case "=>":
		meant = ">="
	case "<>":
		meant = "!="
	case "&&", "&":
		meant = "and"
	case "||", "|":
		meant = "or"
	case "!":
		meant = "not"
	}
	e := &SyntaxError{
		Column:     t.column,
		Message:    fmt.Sprintf("unknown operator %s", t.text),
		Suggestion: "operators: == != < <= > >= and or not",
	}
	if meant != "" {
		e.Suggestion, e.Replaces = meant, t.text
	}
	return e
}
