package scenarios

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// variable is ${NAME} or ${NAME:-default}, or the escape $${ for a plain ${.
var variable = regexp.MustCompile(`\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}`)

// An environment replaces variables where a file asks for them, and nowhere else.
type environment struct {
	lookup  func(string) (string, bool)
	changed bool
	missing map[*yaml.Node]string // values that ask for a variable that is not there, and its name
}

// apply replaces the variables in every value below n. A value that is nothing but one variable
// has the type that YAML gives to the text put in, also between quotes: in {weight: "${W:-50}"}
// the quotes are there for YAML's braces.
func (e *environment) apply(n *yaml.Node) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue // a key
		}
		e.apply(c)
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
		e.changed = true
		value, ok := e.lookup(m[1])
		switch {
		case ok:
			return strings.ReplaceAll(value, "${", "$${")
		case m[2] != "":
			return m[3]
		}
		e.missing[n] = m[1]
		return ""
	})
	if whole && e.changed {
		n.Style, n.Tag = 0, ""
		if n.ShortTag() == "!!null" {
			n.Tag = "!!str"
		}
	}
}

// unescape is the text that a value stands for.
func unescape(s string) string { return strings.ReplaceAll(s, "$${", "${") }
