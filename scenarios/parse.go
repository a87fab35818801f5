package scenarios

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// parse reads a scalar into a value of type t.
func (d *decoder) parse(n *node, t reflect.Type, r rule) (any, error) {
	switch t {
	case durationType:
		v, err := parseDuration(n.text)
		return v, within(err, float64(v), n.text, r, func(s string) float64 { d, _ := parseDuration(s); return float64(d) })
	case addrType:
		return parseAddr(n.text)
	case prefixType:
		return parsePrefix(n.text)
	case targetType:
		return parseTarget(n.text, d.region)
	case portRangeType:
		return parsePortRange(n.text)
	}
	switch r.as {
	case "rate":
		return parseRate(n.text)
	case "size":
		return parseSize(n.text)
	}
	switch t.Kind() {
	case reflect.String:
		return parseText(n, r, d.region)
	case reflect.Bool:
		return parseBool(n)
	}
	return parseNumber(n, t, r)
}

func parseText(n *node, r rule, region string) (string, error) {
	if n.kind != text {
		return "", &badValue{message: fmt.Sprintf("expected text, found %s", n.kind), instead: strconv.Quote(n.text)}
	}
	if err := parseWord(n.text, r.as, region); err != nil {
		return "", err
	}
	if most, err := strconv.Atoi(r.most); err == nil {
		shortest, _ := strconv.Atoi(r.shortest)
		if length := len([]rune(n.text)); length < shortest || length > most {
			return "", &badValue{message: fmt.Sprintf("the text has %d characters", length), advice: fmt.Sprintf("%d to %d are allowed", shortest, most)}
		}
	}
	if len(r.enum) == 0 || slices.Contains(r.enum, n.text) {
		return n.text, nil
	}
	if slices.Contains(r.planned, n.text) {
		return "", &badValue{message: n.text + " is not emulated yet", advice: "netlab can run: " + strings.Join(r.enum, ", ")}
	}
	bad := &badValue{message: fmt.Sprintf("unknown value %q", n.text), advice: "one of " + strings.Join(r.enum, ", ")}
	if len(r.enum) == 1 {
		bad.instead = r.enum[0]
	} else {
		bad.instead = Closest(n.text, r.enum)
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

func parseNumber(n *node, t reflect.Type, r rule) (any, error) {
	whole := t.Kind() != reflect.Float64
	v, err := strconv.ParseFloat(n.text, 64)
	switch {
	case err != nil || n.kind != number || strings.ContainsAny(n.text, "xXpP_nN"):
		bad := &badValue{message: fmt.Sprintf("%q is not a number", n.text), advice: "write " + example(t, r)}
		if err == nil && n.kind == text && strings.Trim(n.text, "0123456789") == "" {
			bad.instead = n.text // it is quoted
		}
		return nil, bad
	case whole && strings.Trim(n.text, "0123456789") != "" && v >= 0:
		return nil, &badValue{message: n.text + " is not a whole number", advice: "write " + example(t, r)}
	}
	if t.Kind() == reflect.Uint16 && (v < 1 || v > 65535) {
		return nil, &badValue{message: n.text + " is not a port", advice: "write a number from 1 to 65535"}
	}
	if err := within(nil, v, n.text, r, func(s string) float64 { f, _ := strconv.ParseFloat(s, 64); return f }); err != nil {
		return nil, err
	}
	switch {
	case !whole:
		return v, nil
	case t.Kind() == reflect.Uint64:
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

// within checks a rule's range; err passes through.
func within(err error, v float64, written string, r rule, bound func(string) float64) error {
	if err != nil || r.lowest == "" || v >= bound(r.lowest) && v <= bound(r.top) {
		return err
	}
	bad := &badValue{message: fmt.Sprintf("%s is not between %s and %s", written, r.lowest, r.top), instead: r.top}
	if r.lowest == r.top {
		bad.message = fmt.Sprintf("%s is not known, only %s", written, r.top)
	}
	if v < bound(r.lowest) {
		bad.instead = r.lowest
	}
	return bad
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
