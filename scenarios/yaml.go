package scenarios

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// A node is a value of the YAML document with its position: anchors resolved, comments gone.
type node struct {
	kind    kind
	at      position
	text    string  // of a scalar, unquoted
	written string  // of a scalar, as it stands in the file; "" where it takes several lines
	items   []*node // of a list
	entries []entry // of a mapping
}

type entry struct {
	key   string
	at    position
	value *node
}

type position struct{ line, column int }

type kind uint8

const (
	absent   kind = iota // a key without a value
	text                 // a string
	number               // an integer or a float
	boolean              // true or false
	list                 // a sequence
	mapping              // keys and values
	unusable             // something that no scenario holds; already reported
)

func (k kind) String() string {
	return [...]string{"nothing", "text", "a number", "true or false", "a list", "a mapping", "something unusable"}[k]
}

// get is the value of a key, or nil.
func (n *node) get(key string) *node {
	for i := range n.entries {
		if n.entries[i].key == key {
			return n.entries[i].value
		}
	}
	return nil
}

// A yamlReader turns goccy's syntax tree into nodes.
type yamlReader struct {
	file    string
	anchors map[string]*node // nil while their value is being read
	diags   Diagnostics
}

// readYAML parses one YAML document. The node is nil when the syntax is broken.
func readYAML(file string, src []byte) (*node, Diagnostics) {
	r := &yamlReader{file: file, anchors: map[string]*node{}}
	// Duplicate keys are let through here to be reported with everything else.
	tree, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil, r.diags
	}
	var body ast.Node
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			r.report(start(doc.Body), "a second YAML document", "keep one scenario per file")
			break
		}
		body = doc.Body
	}
	if body == nil {
		r.report(position{1, 1}, "the file is empty", "start with `netlab: 1`")
		return nil, r.diags
	}
	return r.node(body, position{1, 1}), r.diags
}

// syntax reports the parser's error where it says it is.
func (r *yamlReader) syntax(err error) {
	at, message := position{1, 1}, err.Error()
	if e := yaml.Error(nil); errors.As(err, &e) {
		message = e.GetMessage()
		if t := e.GetToken(); t != nil && t.Position != nil {
			at = position{t.Position.Line, t.Position.Column}
		}
	}
	first, _, _ := strings.Cut(message, "\n")
	r.report(at, "YAML syntax: "+first, "check indentation, quotes and brackets here and on the line before")
}

func (r *yamlReader) report(at position, message, suggestion string) {
	r.diags = append(r.diags, Diagnostic{File: r.file, Line: at.line, Column: at.column,
		Message: message, Suggestion: suggestion, Severity: Error})
}

// node converts one value; at is where it stands when the value itself has no position.
func (r *yamlReader) node(n ast.Node, at position) *node {
	if n == nil {
		return &node{kind: absent, at: at}
	}
	if p := start(n); p.line > 0 && n.Type() != ast.NullType {
		at = p
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return r.mapping(n.Values, at)
	case *ast.MappingValueNode:
		return r.mapping([]*ast.MappingValueNode{n}, at)
	case *ast.SequenceNode:
		out := &node{kind: list, at: at}
		for _, v := range n.Values {
			out.items = append(out.items, r.node(v, at))
		}
		return out
	case *ast.AnchorNode:
		r.anchors[n.Name.String()] = nil
		out := r.node(n.Value, at)
		r.anchors[n.Name.String()] = out
		return out
	case *ast.AliasNode:
		return r.alias(n.Value.String(), at)
	case *ast.NullNode:
		return &node{kind: absent, at: at}
	case *ast.StringNode:
		out := &node{kind: text, at: at, text: n.Value, written: strings.TrimSpace(n.Token.Origin)}
		if strings.Contains(out.written, "\n") {
			out.written = ""
		}
		return out
	case *ast.LiteralNode:
		return &node{kind: text, at: at, text: n.Value.Value}
	case *ast.IntegerNode:
		return &node{kind: number, at: at, text: n.Token.Value, written: n.Token.Value}
	case *ast.FloatNode:
		return &node{kind: number, at: at, text: n.Token.Value, written: n.Token.Value}
	case *ast.BoolNode:
		return &node{kind: boolean, at: at, text: n.Token.Value, written: n.Token.Value}
	}
	r.report(at, "YAML "+n.Type().String()+" has no place in a scenario", "write a plain value")
	return &node{kind: unusable, at: at}
}

func (r *yamlReader) alias(name string, at position) *node {
	known, defined := r.anchors[name]
	switch {
	case known != nil:
		return known
	case defined:
		r.report(at, "*"+name+" stands for the value that it is part of: a cycle", "write the value out")
	default:
		r.report(at, "there is no anchor &"+name+" above this alias", "define the anchor first")
	}
	return &node{kind: unusable, at: at}
}

func (r *yamlReader) mapping(values []*ast.MappingValueNode, at position) *node {
	out := &node{kind: mapping, at: at}
	for _, v := range values {
		keyAt := start(v.Key)
		if v.Key.IsMergeKey() {
			r.report(keyAt, "merge keys (<<) are not part of the scenario language", "repeat the keys, or use an alias for the whole value")
			continue
		}
		key := keyText(v.Key)
		value := r.node(v.Value, keyAt)
		if out.get(key) != nil {
			r.report(keyAt, "duplicate key "+key, "keep one of them")
			continue
		}
		out.entries = append(out.entries, entry{key: key, at: keyAt, value: value})
	}
	return out
}

// keyText is a key without its quotes.
func keyText(k ast.MapKeyNode) string {
	if s, ok := k.(*ast.StringNode); ok {
		return s.Value
	}
	return k.GetToken().Value
}

// start is where a value begins. The tokens of goccy's collections are their first separator,
// not their first character.
func start(n ast.Node) position {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return start(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return start(n.Key)
	case *ast.AnchorNode:
		return start(n.Value)
	}
	return tokenAt(n.GetToken())
}

func tokenAt(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{}
	}
	return position{t.Position.Line, t.Position.Column}
}
