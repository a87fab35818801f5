package scenarios

import "go.yaml.in/yaml/v3"

// read parses the YAML and puts variables and overrides in.
func read(filename string, src []byte, overrides []string, lookup Environment) (*Source, Diagnostics) {
	doc, diags := parseYAML(filename, src)
	if doc == nil {
		return nil, diags
	}
	s := &Source{File: filename, text: src, resolved: src, failed: map[string]bool{}}
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	env := &variables{lookup: lookup, missing: map[*yaml.Node]string{}}
	env.apply(doc)
	for i, o := range overrides {
		if d := override(doc, i+1, o); d != nil {
			diags = append(diags, *d)
		}
	}
	c := &converter{file: filename, done: map[*yaml.Node]*node{}, missing: env.missing}
	s.root = c.node(doc.Content[0])
	if env.changed || len(overrides) > 0 {
		var err error
		if s.resolved, err = yaml.Marshal(doc); err != nil {
			diags = append(diags, s.describe(Error, position{line: 1, column: 1}, "", err.Error(), ""))
		}
	}
	return s, append(diags, c.diags...)
}
