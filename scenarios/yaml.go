package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A node is a value of the YAML document with its position: anchors resolved, comments gone.
type node struct {
	kind    kind
	at      position
	text    string  // of a scalar, unquoted
	items   []*node // of a list
	entries []entry // of a mapping
}

type entry struct {
	key   string
	at    position
	value *node
}

// A position is a line and column, from 1, of the file or of the override that gave the value.
type position struct {
	line, column int
	override     bool
}

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

// What a file may hold: 20,000 instances fit. Reading it then takes neither a second nor 256 MiB.
const (
	MaxBytes    = 4 << 20
	maxValues   = 400_000
	maxExpanded = 150_000 // with what aliases stand for, and without keys
	maxAliases  = 50_000
	maxErrors   = 2_000 // nobody reads more
)

// parseYAML reads the one document of a scenario file, or says why it can't.
func parseYAML(file string, src []byte) (*yaml.Node, Diagnostics) {
	refuse := func(at position, message, advice string) Diagnostics {
		return Diagnostics{{File: file, Line: at.line, Column: at.column, Message: message, Suggestion: advice, Severity: Error}}
	}
	// Every value but the first follows one of these characters, so that their number bounds the
	// number of values before any is read.
	// The same goes for aliases, which begin with a star.
	separators, aliases := 0, 0
	for i, c := range src {
		switch c {
		case '\n', ',', ':', '[', '{', '-', '?':
			separators++
		case '*':
			if i > 0 && strings.IndexByte(" \t\n,:[{-?", src[i-1]) >= 0 {
				aliases++
			}
		}
	}
	if len(src) > MaxBytes || separators > maxValues {
		return nil, refuse(position{line: 1, column: 1}, fmt.Sprintf("the file is too large: %d bytes, about %d values", len(src), separators),
			fmt.Sprintf("at most %d bytes and %d values", MaxBytes, maxValues))
	}
	if aliases > maxAliases {
		return nil, refuse(position{line: 1, column: 1}, fmt.Sprintf("the file holds about %d aliases", aliases),
			fmt.Sprintf("at most %d", maxAliases))
	}
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var doc, second yaml.Node
	if err := decoder.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, refuse(syntaxError(src, err))
	}
	if len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null" {
		return nil, refuse(position{line: 1, column: 1}, "the file is empty", "start with `netlab: 1`")
	}
	if decoder.Decode(&second) == nil {
		return nil, refuse(position{line: second.Line, column: 1}, "a second YAML document", "keep one scenario per file")
	}
	return &doc, nil
}

var (
	yamlLine      = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)
)

// syntaxError is where an error of the YAML library lies, what it says and what to do. The library
// gives lines only, the scanner's from 1, the parser's from 0, and none at all for the first line.
func syntaxError(src []byte, err error) (at position, message, advice string) {
	m := yamlLine.FindStringSubmatch(strings.SplitN(err.Error(), "\n", 2)[0])
	if m == nil {
		return position{line: 1, column: 1}, err.Error(), "write plain YAML"
	}
	line, _ := strconv.Atoi(m[1])
	if strings.HasPrefix(m[2], "did not find") {
		line++
	}
	lines := strings.Split(string(src), "\n")
	line = min(max(line, 1), len(lines))
	if a := unknownAnchor.FindStringSubmatch(m[2]); a != nil {
		for i, l := range lines {
			if at := strings.Index(l, "*"+a[1]); at >= 0 {
				return position{line: i + 1, column: len([]rune(l[:at])) + 1}, "there is no anchor &" + a[1] + " above this alias",
					"define the anchor first"
			}
		}
	}
	indent := len(lines[line-1]) - len(strings.TrimLeft(lines[line-1], " \t"))
	return position{line: line, column: indent + 1}, "YAML syntax: " + m[2], "check indentation, quotes and brackets here and around"
}

// A converter turns the library's nodes into ours.
type converter struct {
	file  string
	done  map[*yaml.Node]*node // what aliases stand for; nil while it is being read
	diags Diagnostics

	missing map[*yaml.Node]string // values without their variable
}

func (c *converter) report(at position, message, suggestion string) {
	file := c.file
	if at.override {
		file = overrideFile
	}
	c.diags = append(c.diags, Diagnostic{File: file, Line: at.line, Column: at.column,
		Message: message, Suggestion: suggestion, Severity: Error})
}

func at(n *yaml.Node) position {
	if n.Line < 0 {
		return position{line: -n.Line, column: n.Column, override: true}
	}
	return position{line: n.Line, column: n.Column}
}

func (c *converter) node(n *yaml.Node) *node {
	out := &node{at: at(n)}
	if n.Anchor != "" {
		c.done[n] = nil
		defer func() { c.done[n] = out }()
	}
	if n.Style&yaml.TaggedStyle != 0 {
		c.report(out.at, "the YAML tag "+n.ShortTag()+" has no place in a scenario", "write the plain value")
		out.kind = unusable
		return out
	}
	if name, ok := c.missing[n]; ok {
		c.report(out.at, "the environment has no variable "+name, "set it, or write a default: ${"+name+":-…}")
		out.kind = unusable
		return out
	}
	switch n.Kind {
	case yaml.MappingNode:
		out.kind = mapping
		c.entries(out, n.Content)
	case yaml.SequenceNode:
		out.kind = list
		out.items = make([]*node, len(n.Content))
		for i, item := range n.Content {
			out.items[i] = c.node(item)
		}
	case yaml.AliasNode:
		known, done := c.done[n.Alias]
		if known != nil {
			return known
		}
		if done {
			c.report(out.at, "*"+n.Value+" stands for the value that it is part of: a cycle", "write the value out")
		}
		out.kind = unusable
	default:
		out.kind, out.text = text, unescape(n.Value)
		switch n.ShortTag() {
		case "!!null":
			out.kind = absent
		case "!!int", "!!float":
			out.kind = number
		case "!!bool":
			out.kind = boolean
		}
	}
	return out
}

func (c *converter) entries(out *node, content []*yaml.Node) {
	seen := make(map[string]bool, len(content)/2)
	out.entries = make([]entry, 0, len(content)/2)
	for i := 0; i+1 < len(content); i += 2 {
		key := content[i]
		switch value := c.node(content[i+1]); {
		case key.ShortTag() == "!!merge":
			c.report(at(key), "merge keys (<<) are not part of the scenario language", "repeat the keys, or use an alias for the whole value")
		case key.Kind != yaml.ScalarNode:
			c.report(at(key), "a key must be a word", "write key: value")
		case seen[key.Value]:
			c.report(at(key), "duplicate key "+key.Value, "keep one of them")
		default:
			seen[key.Value] = true
			out.entries = append(out.entries, entry{key: key.Value, at: at(key), value: value})
		}
	}
}
