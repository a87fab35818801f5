package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// makeSchema makes the language's schema from the same types and tags as Decode reads.
func makeSchema() ([]byte, error) {
	comments, err := readComments()
	if err != nil {
		return nil, fmt.Errorf("read the types' comments: %w", err)
	}
	g := &schemaMaker{comments: comments, defs: map[string]any{}}
	root := g.mapping(reflect.TypeFor[Scenario]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "netlab scenario"
	root["$defs"] = g.defs
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	return out.Bytes(), nil
}

// A schemaMaker collects a definition for each struct type.
type schemaMaker struct {
	comments comments
	defs     map[string]any
}

type object = map[string]any

// mapping is the schema of a struct.
func (g *schemaMaker) mapping(t reflect.Type) object {
	s := shapeOf(t)
	properties := object{}
	var required []string
	for _, f := range s.fields {
		owner, field := fieldOf(t, f.index)
		p := g.value(field.Type, f.rule)
		if f.keyed {
			p = object{"type": "object", "propertyNames": object{"pattern": words["name"].pattern.String()},
				"additionalProperties": g.value(field.Type.Elem(), rule{})}
		}
		if f.required {
			required = append(required, f.key)
			if p["type"] == "array" && p["minItems"] == nil {
				p["minItems"] = 1
			}
		}
		if text := g.comments.fields[owner.Name()+"."+field.Name]; text != "" {
			p["description"] = text
		}
		if f.defaults {
			p["default"] = plainValue(f.fallback)
		}
		properties[f.key] = p
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if text := g.comments.types[t.Name()]; text != "" {
		out["description"] = text
	}
	if len(required) > 0 {
		out["required"] = required
	}
	if len(s.forms) > 0 {
		out["anyOf"] = forms(s.forms)
	}
	return out
}

// forms allows each form's keys and forbids those of the others.
func forms(all []form) []any {
	var out []any
	for _, f := range all {
		forbidden := object{}
		for _, other := range all {
			for _, key := range append(append([]string{}, other.needs...), other.allows...) {
				if !f.has(key) {
					forbidden[key] = false
				}
			}
		}
		alternative := object{"properties": forbidden}
		if len(f.needs) > 0 {
			alternative["required"] = f.needs
		}
		out = append(out, alternative)
	}
	return out
}

// value is the schema of a field's type under its rule.
func (g *schemaMaker) value(t reflect.Type, r rule) object {
	switch {
	case t.Kind() == reflect.Pointer:
		return g.value(t.Elem(), r)
	case isScalar(t):
		return scalarSchema(t, r)
	case t.Kind() == reflect.Slice:
		inner := r
		inner.fewest, inner.many = "", ""
		out := object{"type": "array", "items": g.value(t.Elem(), inner)}
		if fewest, err := strconv.Atoi(r.fewest); err == nil {
			out["minItems"] = fewest
			out["maxItems"], _ = strconv.Atoi(r.many)
		}
		return out
	}
	if _, known := g.defs[t.Name()]; !known {
		g.defs[t.Name()] = object{} // holds the place while it is being made
		g.defs[t.Name()] = g.mapping(t)
	}
	return object{"$ref": "#/$defs/" + t.Name()}
}

// environmentPattern lets a value ask for a variable, whatever it is meant to be.
const environmentPattern = `\$\{[A-Za-z_]`

func pattern(p string) string { return "(" + p + ")|" + environmentPattern }

func scalarSchema(t reflect.Type, r rule) object {
	switch t {
	case addrType:
		return object{"type": "string", "pattern": pattern(addrPattern)}
	case prefixType:
		return object{"type": "string", "pattern": pattern(prefixPattern)}
	case targetType:
		return object{"type": "string", "pattern": pattern(targetPattern())}
	case portRangeType:
		return object{"type": "string", "pattern": pattern(portRangePattern)}
	case durationType:
		return object{"type": "string", "pattern": pattern(durationPattern)}
	}
	switch r.as {
	case "rate":
		return object{"type": "string", "pattern": pattern(ratePattern)}
	case "size":
		return object{"type": "string", "pattern": pattern(sizePattern)}
	case "bandwidth":
		return object{"type": "string", "pattern": pattern(bandwidthPattern)}
	case "ratio":
		return object{"type": []string{"number", "string"}, "minimum": 0, "maximum": 1, "pattern": pattern(ratioPattern)}
	}
	switch t.Kind() {
	case reflect.String:
		return textSchema(r)
	case reflect.Bool:
		return object{"type": []string{"boolean", "string"}, "pattern": environmentPattern}
	}
	out := object{"type": []string{"integer", "string"}, "pattern": environmentPattern}
	switch {
	case t.Kind() == reflect.Float64:
		out["type"] = []string{"number", "string"}
	case t.Kind() == reflect.Uint16:
		out["minimum"], out["maximum"] = 1, 65535
	case t.Kind() == reflect.Uint64:
		out["minimum"] = 0
	}
	if r.lowest != "" {
		out["minimum"], out["maximum"] = plainValue(r.lowest), plainValue(r.top)
	}
	return out
}

func textSchema(r rule) object {
	if len(r.enum) > 0 {
		return object{"anyOf": []any{object{"enum": r.enum}, object{"type": "string", "pattern": environmentPattern}}}
	}
	out := object{"type": "string"}
	if w := words[r.as]; w.pattern != nil {
		out["pattern"] = pattern(w.pattern.String())
	} else if w.not != nil {
		out["not"] = object{"pattern": w.not.String()}
	}
	if most, err := strconv.Atoi(r.most); err == nil {
		out["minLength"], _ = strconv.Atoi(r.shortest)
		out["maxLength"] = most
	}
	return out
}

// plainValue is the JSON value of a default or bound.
func plainValue(s string) any {
	switch kind := plainKind(s); {
	case kind == boolean:
		return s == "true"
	case kind == number && !strings.ContainsAny(s, ".eE"):
		i, _ := strconv.ParseInt(s, 10, 64)
		return i
	case kind == number:
		f, _ := strconv.ParseFloat(s, 64)
		return f
	}
	return s
}
