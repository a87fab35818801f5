package scenarios

import (
	"fmt"
	"reflect"
	"strings"
)

// A Table is one mapping of the language, as the reference documents it: made from the same types
// and tags as Decode reads.
type Table struct {
	Name  string // of the Go type
	About string // its comment
	Keys  []Key
	Forms []string // which keys go together; one of them must fit
}

// A Key is one key of a mapping.
type Key struct {
	Name     string
	Is       string // what is written: "duration", "list of names", …
	Of       string // the Table of a mapping's or list's items, or ""
	Range    string // "10s–900s", "1–80 characters"; "" for any
	Enum     []string
	Default  string // "" for none
	Required bool
	About    string // its comment
}

// Reference is the whole language, mapping by mapping, in the order in which they are met.
func Reference() ([]Table, error) {
	comments, err := readComments()
	if err != nil {
		return nil, fmt.Errorf("read the types' comments: %w", err)
	}
	r := &referenceMaker{comments: comments, known: map[reflect.Type]bool{}}
	r.table(reflect.TypeFor[Scenario]())
	return r.tables, nil
}

type referenceMaker struct {
	comments comments
	known    map[reflect.Type]bool
	tables   []Table
}

// table adds a mapping's table, and after it those that it refers to.
func (r *referenceMaker) table(t reflect.Type) {
	if r.known[t] {
		return
	}
	r.known[t] = true
	shape := shapeOf(t)
	table := Table{Name: t.Name(), About: r.comments.types[t.Name()]}
	for _, f := range shape.forms {
		table.Forms = append(table.Forms, f.String())
	}
	var below []reflect.Type
	for _, f := range shape.fields {
		owner, field := fieldOf(t, f.index)
		k := Key{Name: f.key, Enum: f.rule.enum, Range: rangeOf(f.rule), Default: f.fallback, Required: f.required,
			About: r.comments.fields[owner.Name()+"."+field.Name]}
		var inner reflect.Type
		if k.Is, inner = formOf(field.Type, f.rule, f.keyed); inner != nil {
			k.Of = inner.Name()
			below = append(below, inner)
		}
		table.Keys = append(table.Keys, k)
	}
	r.tables = append(r.tables, table)
	for _, t := range below {
		r.table(t)
	}
}

// rangeOf is what a rule allows, in words.
func rangeOf(r rule) string {
	var parts []string
	if r.lowest != "" && r.lowest == r.top {
		parts = append(parts, r.lowest)
	} else if r.lowest != "" {
		parts = append(parts, r.lowest+"–"+r.top)
	}
	if r.most != "" {
		parts = append(parts, r.shortest+"–"+r.most+" characters")
	}
	switch {
	case r.many == "":
	case r.fewest == r.many:
		parts = append(parts, r.many+" items")
	case r.fewest == "0":
		parts = append(parts, "at most "+r.many+" items")
	default:
		parts = append(parts, r.fewest+"–"+r.many+" items")
	}
	return strings.Join(parts, ", ")
}

// formOf is what a value of a type looks like, and the struct type that it is or holds.
func formOf(t reflect.Type, r rule, keyed bool) (is string, of reflect.Type) {
	switch {
	case keyed:
		return "mapping of names", t.Elem()
	case t.Kind() == reflect.Pointer:
		return formOf(t.Elem(), r, false)
	case isScalar(t):
		return scalarForm(t, r), nil
	case t.Kind() == reflect.Slice:
		is, of := formOf(t.Elem(), r, false)
		if of != nil {
			return "list", of
		}
		return "list of " + plural(is), nil
	}
	return "mapping", t
}

func plural(form string) string {
	if before, after, ok := strings.Cut(form, " of "); ok {
		return plural(before) + " of " + after
	}
	return form + "s"
}

// scalarForm is how a single value is written.
func scalarForm(t reflect.Type, r rule) string {
	switch t {
	case addrType:
		return "address"
	case prefixType:
		return "CIDR block"
	case targetType:
		return "target"
	case portRangeType:
		return "port range"
	case durationType:
		return "duration"
	}
	switch {
	case len(r.enum) > 0:
		return "word"
	case r.as == "label" || r.as == "title":
		return "name"
	case r.as != "" && r.as != "tag":
		return strings.ReplaceAll(r.as, "uri", "path")
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Uint16:
		return "port"
	case reflect.Float64:
		return "number"
	case reflect.String:
		return "text"
	}
	return "whole number"
}

// fieldOf is the struct field at an index, and the type that declares it.
func fieldOf(t reflect.Type, index []int) (owner reflect.Type, f reflect.StructField) {
	for _, i := range index {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		owner, f = t, t.Field(i)
		t = f.Type
	}
	return owner, f
}
