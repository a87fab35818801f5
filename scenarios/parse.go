package scenarios

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// parse reads a scalar into a value that converts to type t.
func (d *decoder) parse(n *node, t reflect.Type, r rule) (any, error) {
	switch t {
	case addrType:
		return parseAddr(n.text)
	case prefixType:
		return parsePrefix(n.text)
	case targetType:
		return parseTarget(n.text, d.region)
	case portRangeType:
		return parsePortRange(n.text)
	}
	if q := quantityOf(t, r); q != nil {
		v, err := q(n.text)
		if err != nil {
			return nil, err
		}
		return v, withinUnits(v, n, r, q)
	}
	switch t.Kind() {
	case reflect.String:
		return parseText(n, r, d.region)
	case reflect.Bool:
		return parseBool(n)
	}
	return parseNumber(n, t, r)
}

// quantityOf is the parser of numbers that are written with a unit, or nil.
func quantityOf(t reflect.Type, r rule) func(string) (float64, error) {
	switch {
	case t == durationType:
		return parseDuration
	case r.as == "rate":
		return parseRate
	case r.as == "size":
		return parseSize
	case r.as == "bandwidth":
		return parseBandwidth
	case r.as == "ratio":
		return parseRatio
	}
	return nil
}

// withinUnits checks the range of a number with a unit, which a schema can't.
func withinUnits(v float64, n *node, r rule, bound func(string) (float64, error)) error {
	err := within(v, n.text, r, bound)
	if bad, ok := err.(*badValue); ok {
		bad.beyondSchema = n.kind == text
	}
	return err
}

// within checks a rule's range.
func within(v float64, written string, r rule, bound func(string) (float64, error)) error {
	if r.lowest == "" {
		return nil
	}
	low, _ := bound(r.lowest)
	top, _ := bound(r.top)
	if v >= low && v <= top {
		return nil
	}
	bad := &badValue{message: fmt.Sprintf("%s is not between %s and %s", written, r.lowest, r.top), instead: r.top}
	if v < low {
		bad.instead = r.lowest
	}
	if r.lowest == r.top {
		bad.message = fmt.Sprintf("%s is not known, only %s", written, r.top)
	}
	return bad
}

func parseText(n *node, r rule, region string) (string, error) {
	if n.kind != text {
		bad := &badValue{message: fmt.Sprintf("expected text, found %s", n.kind), instead: strconv.Quote(n.text)}
		if len(r.enum) > 0 {
			bad.instead, bad.advice = "", "one of "+strings.Join(r.enum, ", ")
		}
		if n.kind == boolean && slices.Contains(r.enum, "on") {
			bad.instead = map[bool]string{true: "on", false: "off"}[strings.EqualFold(n.text, "true")]
		}
		return "", bad
	}
	if err := parseWord(n.text, r.as, region); err != nil {
		return "", err
	}
	if most, err := strconv.Atoi(r.most); err == nil {
		shortest, _ := strconv.Atoi(r.shortest)
		if length := len([]rune(n.text)); length < shortest || length > most {
			return "", &badValue{message: fmt.Sprintf("the text has %d characters", length),
				advice: fmt.Sprintf("%d to %d are allowed", shortest, most)}
		}
	}
	if len(r.enum) == 0 || slices.Contains(r.enum, n.text) {
		return n.text, nil
	}
	bad := &badValue{message: fmt.Sprintf("unknown value %q", n.text), advice: "one of " + strings.Join(r.enum, ", ")}
	if bad.instead = Closest(n.text, r.enum); len(r.enum) == 1 {
		bad.instead = r.enum[0]
	}
	return "", bad
}

func parseBool(n *node) (bool, error) {
	if n.kind == boolean {
		return strings.EqualFold(n.text, "true"), nil
	}
	bad := &badValue{message: fmt.Sprintf("%q is neither true nor false", n.text), advice: "write true or false"}
	switch l := strings.ToLower(n.text); {
	case contains("yes on true 1 y enabled", l):
		bad.instead = "true"
	case contains("no off false 0 n disabled", l):
		bad.instead = "false"
	}
	return false, bad
}

// parseNumber reads numbers without a unit.
func parseNumber(n *node, t reflect.Type, r rule) (any, error) {
	whole := t.Kind() != reflect.Float64
	digits := strings.TrimPrefix(n.text, "-")
	plain := digits != "" && strings.Trim(digits, "0123456789") == ""
	v, err := strconv.ParseFloat(n.text, 64)
	switch {
	case n.kind == text && plain: // it is quoted
		return nil, &badValue{message: fmt.Sprintf("%q is text, not a number", n.text), instead: n.text}
	case n.kind != number || err != nil || strings.ContainsAny(n.text, "xXoObB_pPnN"):
		return nil, &badValue{message: fmt.Sprintf("%q is not a number", n.text), advice: "write " + example(t, r)}
	case whole && !plain:
		return nil, &badValue{message: n.text + " is not a whole number", advice: "write " + example(t, r)}
	case t.Kind() == reflect.Uint16 && (v < 1 || v > 65535):
		return nil, &badValue{message: n.text + " is not a port", advice: "write a number from 1 to 65535"}
	}
	if err := within(v, n.text, r, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }); err != nil {
		return nil, err
	}
	if !whole {
		return v, nil
	}
	out := reflect.New(t).Elem()
	if out.CanUint() {
		u, err := strconv.ParseUint(n.text, 10, 64)
		if err != nil {
			return nil, &badValue{message: n.text + " is out of range", advice: "write a whole number from 0 to 18446744073709551615"}
		}
		return u, nil
	}
	i, err := strconv.ParseInt(n.text, 10, 64)
	if err != nil {
		return nil, &badValue{message: n.text + " is out of range", advice: "write " + example(t, r)}
	}
	return i, nil
}

// example says in words what to write.
func example(t reflect.Type, r rule) string {
	switch {
	case len(r.enum) > 0:
		return "one of " + strings.Join(r.enum, ", ")
	case r.lowest != "":
		return "a value from " + r.lowest + " to " + r.top
	case t == durationType:
		return "a duration such as 2s"
	case t == addrType:
		return "an address such as 10.0.0.182"
	case t == prefixType:
		return "a block such as 10.0.0.0/16"
	case t == targetType:
		return "a target such as http://ep-vpc1/"
	case t == portRangeType:
		return "a range such as 80/80"
	case r.as == "rate":
		return "a rate such as 1000/s"
	case r.as == "size":
		return "a size such as 128B"
	case r.as == "bandwidth":
		return "a bandwidth such as 100Mbit/s"
	case words[r.as].what != "":
		return words[r.as].what
	case t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Uint16:
		return "a port from 1 to 65535"
	case t.Kind() == reflect.Float64:
		return "a number"
	}
	return "a whole number"
}
