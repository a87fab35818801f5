package scenarios

import (
	"fmt"
	"strconv"
	"strings"
)

// A Source remembers where each value of a scenario stands in its file.
type Source struct {
	File string
	root *node

	failed map[string]bool // paths that Decode reported
}

// Failed says whether Decode found the value at path wrong, so that what depends on it is better
// left unsaid.
func (s *Source) Failed(path string) bool { return s != nil && s.failed[path] }

// At is the position of the value at a YAML path such as cloud.vpcs[0].cidr_block. What was left
// out stands where the nearest thing around it stands.
func (s *Source) At(path string) (line, column int) {
	_, at := s.lookup(path)
	return at.line, at.column
}

// Errorf is an error about the value at path.
func (s *Source) Errorf(path, format string, args ...any) Diagnostic {
	return s.diagnostic(Error, path, fmt.Sprintf(format, args...))
}

// Warningf is a warning about the value at path.
func (s *Source) Warningf(path, format string, args ...any) Diagnostic {
	return s.diagnostic(Warning, path, fmt.Sprintf(format, args...))
}

func (s *Source) diagnostic(severity Severity, path, message string) Diagnostic {
	d := Diagnostic{Path: path, Message: message, Severity: severity}
	if s != nil {
		n, at := s.lookup(path)
		d.File, d.Line, d.Column = s.File, at.line, at.column
		if n != nil {
			d.written = n.written
		}
	}
	return d
}

// lookup walks down the path as far as the file goes. The node is nil when the file ends early.
func (s *Source) lookup(path string) (*node, position) {
	if s == nil || s.root == nil {
		return nil, position{}
	}
	n, at := s.root, s.root.at
	for path != "" {
		var next *node
		switch {
		case path[0] == '[':
			index, rest, _ := strings.Cut(path[1:], "]")
			path = rest
			if i, err := strconv.Atoi(index); err == nil && i < len(n.items) {
				next = n.items[i]
			}
		default:
			path = strings.TrimPrefix(path, ".")
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			next = n.get(path[:end])
			path = path[end:]
		}
		if next == nil {
			return nil, at
		}
		n, at = next, next.at
	}
	return n, at
}

// has says whether the file itself holds a value at path.
func (s *Source) has(path string) bool {
	n, _ := s.lookup(path)
	return n != nil
}
