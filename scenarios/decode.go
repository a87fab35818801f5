package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Decode reads a scenario file. The scenario is nil when the source is not YAML at all; with
// other errors it holds what could be read, good for nothing but further checks. A value that asks for
// a variable gets its default: see DecodeWith.
func Decode(filename string, src []byte) (*Scenario, Diagnostics) {
	return DecodeWith(filename, src, nil, nil)
}

// An Environment gives a variable's value, and says whether it is set, as os.LookupEnv does.
type Environment func(name string) (value string, set bool)

// DecodeWith reads a scenario file in which some values are replaced: an override is path=value,
// as in run.duration=5s or cloud.instances[0].private_ip=10.0.0.7, the value in YAML. A value may ask for
// a variable of the environment, as ${NAME} or ${NAME:-default}; where that is nil, none is set.
func DecodeWith(filename string, src []byte, overrides []string, env Environment) (*Scenario, Diagnostics) {
	source, diags := read(filename, src, overrides, env)
	if source == nil {
		return nil, diags
	}
	s := &Scenario{Source: source}
	d := &decoder{source: source, diags: diags, shapes: map[reflect.Type]*shape{}}
	if n, _ := d.source.lookup("cloud.region"); n != nil {
		d.region = n.text
	}
	d.value(source.root, nil, reflect.ValueOf(s).Elem(), rule{})
	d.diags = append(d.diags, s.check()...)
	d.diags.Sort()
	return s, d.diags
}

// A decoder fills Go values from nodes as their tags say.
type decoder struct {
	source *Source
	region string // to spell zones out in suggestions
	diags  Diagnostics
	shapes map[reflect.Type]*shape
	values int

	guesses int  // mistyped keys whose meaning was sought
	stopped bool // there were too many errors
}

// maxGuesses bounds the search for what was meant: nobody reads thousands of suggestions.
const maxGuesses = 1000

func (d *decoder) report(g Diagnostic) {
	d.diags = append(d.diags, g)
	d.source.failed[g.Path] = true
}

// errorAt is an error about the node n, which stands for path.
func (d *decoder) errorAt(n *node, path *crumb, format string, args ...any) Diagnostic {
	g := d.source.describe(Error, n.at, path.String(), clip(fmt.Sprintf(format, args...)), d.source.written(n.at, n.text))
	g.form = true
	return g
}

func (d *decoder) shape(t reflect.Type) *shape {
	if d.shapes[t] == nil {
		d.shapes[t] = shapeOf(t)
	}
	return d.shapes[t]
}

// value fills v from n. What is wrong is reported, and v left as it is.
func (d *decoder) value(n *node, path *crumb, v reflect.Value, r rule) {
	if d.values++; d.values >= maxExpanded {
		if d.values == maxExpanded {
			d.report(d.errorAt(n, path, "the file holds more than %d values", maxExpanded).Advise("aliases count each time they are used"))
		}
		return
	}
	if len(d.diags) >= maxErrors {
		d.stop(n, path)
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

// stop says once that the rest of the file is left unread.
func (d *decoder) stop(n *node, path *crumb) {
	if !d.stopped {
		d.stopped = true
		d.report(d.errorAt(n, path, "more than %d errors", maxErrors).Advise("mend the others first: from here on the file was not read"))
	}
}

func (d *decoder) list(n *node, path *crumb, v reflect.Value, r rule) {
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
	if fewest, err := strconv.Atoi(r.fewest); err == nil {
		many, _ := strconv.Atoi(r.many)
		if len(n.items) < fewest || len(n.items) > many {
			d.report(d.errorAt(n, path, "the list has %d items", len(n.items)).Advise("%s", counted(fewest, many)))
			if len(n.items) > many {
				return
			}
		}
		r.fewest = "" // the rule is this list's, not that of lists in it
	}
	out := reflect.MakeSlice(v.Type(), 0, 0)
	for i, item := range n.items {
		if d.stopped || d.values > maxExpanded {
			break
		}
		out = reflect.Append(out, reflect.Zero(v.Type().Elem()))
		d.value(item, &crumb{up: path, index: i}, out.Index(i), r)
	}
	v.Set(out)
}

func counted(fewest, most int) string {
	if fewest == most {
		return fmt.Sprintf("exactly %d are wanted", most)
	}
	return fmt.Sprintf("%d to %d are allowed", fewest, most)
}

// keyed fills a list that is written as a mapping from names to items.
func (d *decoder) keyed(n *node, path *crumb, v reflect.Value) {
	if n.kind != mapping {
		d.report(d.errorAt(n, path, "expected a mapping of names, found %s", n.kind).Advise("write name: {…}"))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.entries), len(n.entries))
	for i, e := range n.entries {
		here := &crumb{up: path, key: e.key, named: true}
		if err := parseWord(e.key, "name", ""); err != nil {
			d.bad(&node{kind: text, at: e.at, text: e.key}, here, err)
		}
		out.Index(i).FieldByName("Name").SetString(e.key)
		d.value(e.value, here, out.Index(i), rule{})
	}
	v.Set(out)
}

func (d *decoder) mapping(n *node, path *crumb, v reflect.Value) {
	s := d.shape(v.Type())
	if n.kind != mapping {
		d.report(d.errorAt(n, path, "expected a mapping, found %s", n.kind).Advise("keys: %s", strings.Join(s.keys(), ", ")))
		return
	}
	d.defaults(v)
	present := map[string]bool{} // a mistyped key counts as the one that was meant
	for _, e := range n.entries {
		if d.stopped {
			return
		}
		here := &crumb{up: path, key: e.key, named: true}
		f := s.field(e.key)
		if f == nil {
			present[d.unknown(e, here, s)] = true
			continue
		}
		present[e.key] = true
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
		if f.required && !present[f.key] {
			d.report(d.errorAt(n, path, "missing key %s", f.key).Advise("add %s: …", f.key))
		}
	}
	d.form(n, path, s, present)
}

// defaults fills in what the file may leave out.
func (d *decoder) defaults(v reflect.Value) {
	for _, f := range d.shape(v.Type()).fields {
		if f.inline {
			continue
		}
		field := v.FieldByIndex(f.index)
		if f.defaults {
			d.scalar(&node{kind: plainKind(f.fallback), text: f.fallback}, nil, field, rule{as: f.rule.as})
		} else if field.Kind() == reflect.Struct && !isScalar(field.Type()) {
			d.defaults(field)
		}
	}
}

// unknown reports a key that the mapping does not have, and gives the one that was meant.
func (d *decoder) unknown(e entry, path *crumb, s *shape) string {
	key := &node{kind: text, at: e.at, text: e.key}
	if len(d.diags) >= maxErrors {
		d.stop(e.value, path)
		return ""
	}
	near := ""
	if d.guesses++; d.guesses <= maxGuesses {
		near = Closest(e.key, s.keys())
	}
	g := d.errorAt(key, path, "unknown key %s", e.key)
	if near != "" {
		g = g.Instead(near)
	} else {
		g = g.Advise("keys: %s", strings.Join(s.keys(), ", "))
	}
	d.report(g)
	return near
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
func (d *decoder) scalar(n *node, path *crumb, v reflect.Value, r rule) {
	if n.kind == list || n.kind == mapping {
		d.report(d.errorAt(n, path, "expected a single value, found %s", n.kind).Advise("write %s", example(v.Type(), r)))
		return
	}
	value, err := d.parse(n, v.Type(), r)
	if err != nil {
		// What follows goes on as if the suggestion had been taken: one mistake, one message. What
		// would itself be refused is no suggestion.
		b := &badValue{}
		if errors.As(err, &b) && b.instead != "" {
			var refused error
			if value, refused = d.parse(written(b.instead), v.Type(), r); refused != nil {
				b.instead = ""
				b.advice = cmp.Or(b.advice, "write "+example(v.Type(), r))
			}
		}
		if d.bad(n, path, err) == "" {
			return
		}
	}
	v.Set(reflect.ValueOf(value).Convert(v.Type()))
}

// bad reports a scalar and gives the exact text that is suggested in its place, if any.
func (d *decoder) bad(n *node, path *crumb, err error) string {
	g := d.errorAt(n, path, "%s", err.Error())
	b := &badValue{}
	errors.As(err, &b)
	g.form = !b.beyondSchema
	if b.instead != "" {
		g = g.Instead(b.instead)
	} else {
		g = g.Advise("%s", b.advice)
	}
	d.report(g)
	return b.instead
}

// written is the node of a text as a file would have it.
func written(s string) *node {
	if unquoted, err := strconv.Unquote(s); err == nil {
		return &node{kind: text, text: unquoted}
	}
	return &node{kind: plainKind(s), text: s}
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
