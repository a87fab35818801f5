package scenarios

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// variable is ${NAME} or ${NAME:-default}, or the escape $${ for a plain ${.
var variable = regexp.MustCompile(`\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}`)

// variables are put in where a file asks for them, and nowhere else.
type variables struct {
	lookup  Environment
	changed bool
	missing map[*yaml.Node]string // values that ask for a variable that is not there, and its name
}

// apply replaces the variables in every value below n. A value that is nothing but one variable
// has the type that YAML gives to the text put in, also between quotes: in {weight: "${W:-50}"}
// the quotes are there for YAML's braces.
func (v *variables) apply(n *yaml.Node) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue // a key
		}
		v.apply(c)
	}
	if n.Kind != yaml.ScalarNode || !strings.Contains(n.Value, "${") {
		return
	}
	whole := variable.FindString(n.Value) == n.Value
	n.Value = variable.ReplaceAllStringFunc(n.Value, func(s string) string {
		m := variable.FindStringSubmatch(s)
		if m[1] == "" {
			return s // the escape, which unescape turns into ${
		}
		v.changed = true
		value, ok := v.lookup(m[1])
		switch {
		case ok:
			return strings.ReplaceAll(value, "${", "$${")
		case m[2] != "":
			return m[3]
		}
		v.missing[n] = m[1]
		return ""
	})
	if whole && v.changed {
		n.Style, n.Tag = 0, ""
		if n.ShortTag() == "!!null" {
			n.Tag = "!!str"
		}
	}
}

// unescape is the text that a value stands for.
func unescape(s string) string { return strings.ReplaceAll(s, "$${", "${") }
