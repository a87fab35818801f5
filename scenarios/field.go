package scenarios

import (
	"reflect"
	"strings"

	"netlab/scenarios/protocol"
)

// A shape is what a struct type's tags say about the mapping that it is read from.
type shape struct {
	fields []field
	forms  []form
}

// A field is one key of a mapping.
type field struct {
	key      string
	index    []int // for reflect.Value.FieldByIndex
	inline   bool  // inside an inlined pointer, which is made when one of its keys is there
	required bool
	keyed    bool // a list written as a mapping of names
	fallback string
	defaults bool // fallback holds
	rule     rule
}

// A rule is what a scalar must keep.
type rule struct {
	as             string
	enum           []string
	lowest, top    string // range
	shortest, most string // length
	fewest, many   string // items
}

// shapeOf reads the tags of a struct type.
func shapeOf(t reflect.Type) *shape {
	s := &shape{}
	inlined := map[string][]string{} // keys of inlined types
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" {
			for _, text := range strings.Split(f.Tag.Get("forms"), ";") {
				if strings.TrimSpace(text) != "" {
					s.forms = append(s.forms, parseForm(text))
				}
			}
			continue
		}
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if options == "inline" {
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			embedded := shapeOf(inner)
			inlined[inner.Name()] = embedded.keys()
			for _, e := range embedded.fields {
				e.index = append([]int{i}, e.index...)
				e.inline = e.inline || f.Type.Kind() == reflect.Pointer
				s.fields = append(s.fields, e)
			}
			continue
		}
		if key == "-" || key == "" {
			continue
		}
		fallback, defaults := f.Tag.Lookup("default")
		out := field{key: key, index: []int{i}, required: options == "required", keyed: options == "keyed",
			fallback: fallback, defaults: defaults}
		out.rule = rule{as: f.Tag.Get("as"), enum: strings.Fields(f.Tag.Get("enum"))}
		if out.rule.as == "engine" {
			out.rule.enum = protocol.Engines()
		}
		out.rule.lowest, out.rule.top, _ = strings.Cut(f.Tag.Get("range"), "..")
		out.rule.fewest, out.rule.many, _ = strings.Cut(f.Tag.Get("items"), "..")
		out.rule.shortest, out.rule.most, _ = strings.Cut(f.Tag.Get("length"), "..")
		s.fields = append(s.fields, out)
	}
	for i := range s.forms {
		s.forms[i].expand(inlined)
	}
	return s
}

func (s *shape) field(key string) *field {
	for i := range s.fields {
		if s.fields[i].key == key {
			return &s.fields[i]
		}
	}
	return nil
}

func (s *shape) keys() []string {
	var out []string
	for _, f := range s.fields {
		out = append(out, f.key)
	}
	return out
}
