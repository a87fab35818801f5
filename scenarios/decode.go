package scenarios

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Decode reads a scenario file. The scenario is nil when the source is not YAML at all; with
// other errors it holds what could be read, good for nothing but further checks.
func Decode(filename string, src []byte) (*Scenario, Diagnostics) {
	root, diags := readYAML(filename, src)
	if root == nil {
		return nil, diags
	}
	s := &Scenario{Source: &Source{File: filename, root: root}}
	d := &decoder{source: s.Source, diags: diags, shapes: map[reflect.Type]*shape{}}
	if n, _ := d.source.lookup("cloud.region"); n != nil {
		d.region = n.text
	}
	d.value(root, "", reflect.ValueOf(s).Elem(), rule{})
	d.diags = append(d.diags, s.check()...)
	d.diags.Sort()
	return s, d.diags
}

// maxValues bounds what aliases can blow a small file up to.
const maxValues = 1 << 19

// A decoder fills Go values from nodes as their tags say.
type decoder struct {
	source *Source
	region string // to spell zones out in suggestions
	diags  Diagnostics
	shapes map[reflect.Type]*shape
	values int
}

func (d *decoder) report(g Diagnostic) { d.diags = append(d.diags, g) }

// errorAt is an error about the node n, which stands for path.
func (d *decoder) errorAt(n *node, path, format string, args ...any) Diagnostic {
	return Diagnostic{File: d.source.File, Line: n.at.line, Column: n.at.column, Path: path,
		Message: fmt.Sprintf(format, args...), Severity: Error, written: n.written()}
}

func (d *decoder) shape(t reflect.Type) *shape {
	if d.shapes[t] == nil {
		d.shapes[t] = shapeOf(t)
	}
	return d.shapes[t]
}

// value fills v from n. What is wrong is reported, and v left as it is.
func (d *decoder) value(n *node, path string, v reflect.Value, r rule) {
	if d.values++; d.values >= maxValues {
		if d.values == maxValues {
			d.report(d.errorAt(n, path, "the file holds more than %d values", maxValues).Advise("aliases count each time they are used"))
		}
		return
	}
	switch {
	case n.kind == unusable:
		return
	case n.kind == absent:
		d.report(d.errorAt(n, path, "no value").Advise("write one, or leave the key out"))
		return
	case v.Kind() == reflect.Pointer:
		made := reflect.New(v.Type().Elem())
		d.value(n, path, made.Elem(), r)
		v.Set(made)
	case isScalar(v.Type()):
		d.scalar(n, path, v, r)
	case v.Kind() == reflect.Slice:
		d.list(n, path, v, r)
	case v.Kind() == reflect.Struct:
		d.mapping(n, path, v)
	default:
		panic("scenarios: no way to decode " + v.Type().String())
	}
}

func (d *decoder) list(n *node, path string, v reflect.Value, r rule) {
	if n.kind != list {
		g := d.errorAt(n, path, "expected a list, found %s", n.kind)
		if n.kind == text {
			g = g.Instead("[" + n.text + "]")
		} else {
			g = g.Advise("put each item on a line of its own after a hyphen")
		}
		d.report(g)
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		d.value(item, fmt.Sprintf("%s[%d]", path, i), out.Index(i), r)
	}
	v.Set(out)
}

// keyed fills a list that is written as a mapping from names to items.
func (d *decoder) keyed(n *node, path string, v reflect.Value) {
	if n.kind != mapping {
		d.report(d.errorAt(n, path, "expected a mapping of names, found %s", n.kind).Advise("write name: {…}"))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.entries), len(n.entries))
	for i, e := range n.entries {
		here := join(path, e.key)
		if err := parseWord(e.key, "name", ""); err != nil {
			d.bad(&node{kind: text, at: e.at, text: e.key}, here, err)
		}
		out.Index(i).FieldByName("Name").SetString(e.key)
		d.value(e.value, here, out.Index(i), rule{})
	}
	v.Set(out)
}

func (d *decoder) mapping(n *node, path string, v reflect.Value) {
	s := d.shape(v.Type())
	if n.kind != mapping {
		d.report(d.errorAt(n, path, "expected a mapping, found %s", n.kind).Advise("keys: %s", strings.Join(s.keys(), ", ")))
		return
	}
	for _, f := range s.fields {
		if f.defaults && !f.inline {
			d.scalar(&node{kind: plainKind(f.fallback), text: f.fallback}, path, v.FieldByIndex(f.index), rule{as: f.rule.as})
		}
	}
	for _, e := range n.entries {
		here := join(path, e.key)
		f := s.field(e.key)
		if f == nil {
			d.unknown(e, here, s)
			continue
		}
		at := reach(v, f.index)
		if f.keyed {
			d.keyed(e.value, here, at)
		} else {
			d.value(e.value, here, at, f.rule)
		}
		if f.required && e.value.kind == list && len(e.value.items) == 0 {
			d.report(d.errorAt(e.value, here, "the list is empty").Advise("at least one is needed"))
		}
	}
	for _, f := range s.fields {
		if f.required && n.get(f.key) == nil {
			d.report(d.errorAt(n, path, "missing key %s", f.key).Advise("add %s: …", f.key))
		}
	}
	d.form(n, path, s)
}

// unknown reports a key that the mapping does not have.
func (d *decoder) unknown(e entry, path string, s *shape) {
	key := &node{kind: text, at: e.at, text: e.key}
	for _, p := range s.planned {
		if p == e.key {
			d.report(d.errorAt(key, path, "%s is not emulated yet", e.key).Advise("netlab knows what it means and cannot run it; leave it out"))
			return
		}
	}
	g := d.errorAt(key, path, "unknown key %s", e.key)
	if near := Closest(e.key, append(s.keys(), s.planned...)); near != "" && s.field(near) != nil {
		g = g.Instead(near)
	} else {
		g = g.Advise("keys: %s", strings.Join(s.keys(), ", "))
	}
	d.report(g)
}

// form checks that the keys go together.
func (d *decoder) form(n *node, path string, s *shape) {
	if len(s.forms) == 0 {
		return
	}
	var used []string // keys that belong to some form
	for _, e := range n.entries {
		for _, p := range s.planned {
			if p == e.key {
				return // already refused
			}
		}
		for _, f := range s.forms {
			if f.has(e.key) {
				used = append(used, e.key)
				break
			}
		}
	}
	var best *form
	bestHits := 0
	for i, f := range s.forms {
		hits := 0
		for _, key := range used {
			if f.has(key) {
				hits++
			}
		}
		complete := true
		for _, key := range f.needs {
			complete = complete && n.get(key) != nil
		}
		if complete && hits == len(used) {
			return
		}
		if hits > bestHits {
			best, bestHits = &s.forms[i], hits
		}
	}
	choices := make([]string, len(s.forms))
	for i, f := range s.forms {
		choices[i] = f.String()
	}
	all := "one of: " + strings.Join(choices, ", ")
	if best == nil {
		d.report(d.errorAt(n, path, "nothing is asked for").Advise("%s", all))
		return
	}
	for _, key := range used {
		if !best.has(key) {
			d.report(d.errorAt(n, path, "%s does not go with %s", key, best.needs[0]).Advise("%s", all))
			return
		}
	}
	for _, key := range best.needs {
		if n.get(key) == nil {
			d.report(d.errorAt(n, path, "%s needs %s", used[0], key).Advise("add %s: …, or %s", key, all))
			return
		}
	}
}

var (
	durationType  = reflect.TypeFor[time.Duration]()
	addrType      = reflect.TypeFor[netip.Addr]()
	prefixType    = reflect.TypeFor[netip.Prefix]()
	targetType    = reflect.TypeFor[Target]()
	portRangeType = reflect.TypeFor[PortRange]()
)

func isScalar(t reflect.Type) bool {
	switch t {
	case durationType, addrType, prefixType, targetType, portRangeType:
		return true
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Struct, reflect.Pointer:
		return false
	}
	return true
}

// scalar fills v from a scalar node.
func (d *decoder) scalar(n *node, path string, v reflect.Value, r rule) {
	if n.kind == list || n.kind == mapping {
		d.report(d.errorAt(n, path, "expected a single value, found %s", n.kind).Advise("write %s", example(v.Type(), r)))
		return
	}
	value, err := d.parse(n, v.Type(), r)
	if err != nil {
		d.bad(n, path, err)
		return
	}
	v.Set(reflect.ValueOf(value).Convert(v.Type()))
}

func (d *decoder) bad(n *node, path string, err error) {
	g := d.errorAt(n, path, "%s", err.Error())
	if b := (*badValue)(nil); errors.As(err, &b) {
		if b.instead != "" {
			g = g.Instead(b.instead)
		} else {
			g = g.Advise("%s", b.advice)
		}
	}
	d.report(g)
}

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
	if t.Kind() == reflect.Uint16 {
		r.lowest, r.top = "1", "65535" // the only such numbers are ports
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
	length := len([]rune(n.text))
	if shortest, _ := strconv.Atoi(r.shortest); length < shortest {
		return "", &badValue{message: fmt.Sprintf("%d characters are too few", length), advice: "between " + r.shortest + " and " + r.most}
	}
	if most, err := strconv.Atoi(r.most); err == nil && length > most {
		return "", &badValue{message: fmt.Sprintf("%d characters are too many", length), advice: "between " + r.shortest + " and " + r.most}
	}
	if len(r.enum) == 0 || contains(strings.Join(r.enum, " "), n.text) {
		return n.text, nil
	}
	if contains(strings.Join(r.planned, " "), n.text) {
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

// plainKind is the kind that YAML gives to an unquoted default.
func plainKind(s string) kind {
	if s == "true" || s == "false" {
		return boolean
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return number
	}
	return text
}

// reach is the field at index, made where it lies behind a nil pointer.
func reach(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
