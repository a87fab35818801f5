package scenarios

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// overrideFile stands for a file's name in what is said about overrides; the line is the number
// of the override.
const overrideFile = "--set"

// override applies "path=value" number i, from 1, to a document. The value is YAML.
func override(doc *yaml.Node, i int, text string) *Diagnostic {
	bad := func(column int, path, message, advice string) *Diagnostic {
		return &Diagnostic{File: overrideFile, Line: i, Column: column, Path: path, Message: message, Suggestion: advice, Severity: Error}
	}
	path, value, ok := strings.Cut(text, "=")
	if !ok || path == "" {
		return bad(1, "", fmt.Sprintf("%q sets nothing", text), "write path=value, as in time_scale=1 or load[0].rate=500/s")
	}
	var parsed yaml.Node
	if err := yaml.Unmarshal([]byte(value), &parsed); err != nil || len(parsed.Content) == 0 {
		return bad(len(path)+2, path, fmt.Sprintf("%q is no value", value), "write a YAML value")
	}
	shift(parsed.Content[0], i, len(path)+1)

	at := doc.Content[0]
	steps := splitPath(path)
	for k, step := range steps {
		slot, known := child(at, step)
		switch {
		case slot != nil && k == len(steps)-1:
			*slot = parsed.Content[0]
			return nil
		case slot != nil:
			at = *slot
		case k == len(steps)-1 && at.Kind == yaml.MappingNode && step.key != "":
			key := &yaml.Node{Kind: yaml.ScalarNode, Value: step.key, Line: -i, Column: 1}
			at.Content = append(at.Content, key, parsed.Content[0])
			return nil
		default:
			d := bad(1, path, fmt.Sprintf("the file has no %s to set something in", step.upTo), "")
			switch near := Closest(step.key, known); {
			case near != "":
				d.Suggestion = "did you mean " + near + "?"
			case at.Kind == yaml.SequenceNode && step.key != "":
				d.Suggestion = fmt.Sprintf("a list's items go by number, as in %s[0]", strings.TrimSuffix(step.upTo, "."+step.key))
			default:
				d.Suggestion = "there is: " + strings.Join(known, ", ")
			}
			return d
		}
	}
	return nil
}

// shift gives a value the position of its override.
func shift(n *yaml.Node, i, column int) {
	n.Line, n.Column = -i, n.Column+column
	for _, c := range n.Content {
		shift(c, i, column)
	}
}

// A step of a path is a key, or an index where the key is "".
type step struct {
	key   string
	index int
	upTo  string // the path up to and with this step
}

func splitPath(path string) []step {
	var steps []step
	for rest := path; rest != ""; {
		var s step
		if rest[0] == '[' {
			index, after, _ := strings.Cut(rest[1:], "]")
			n, err := strconv.Atoi(index)
			if err != nil {
				n = -1
			}
			s.index, rest = n, after
		} else {
			rest = strings.TrimPrefix(rest, ".")
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			s.key, rest = rest[:end], rest[end:]
		}
		s.upTo = strings.TrimSuffix(path, rest)
		steps = append(steps, s)
	}
	return steps
}

// child is the slot that a step leads to, or nil and what there is instead.
func child(n *yaml.Node, s step) (slot **yaml.Node, known []string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case n.Kind == yaml.SequenceNode:
		if s.key == "" && s.index >= 0 && s.index < len(n.Content) {
			return &n.Content[s.index], nil
		}
		for i := range n.Content {
			known = append(known, fmt.Sprintf("[%d]", i))
		}
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == s.key {
				return &n.Content[i+1], nil
			}
			known = append(known, n.Content[i].Value)
		}
	}
	return nil, known
}
