package scenarios

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Source remembers where each value of a scenario stands in its file.
type Source struct {
	File string

	text     []byte
	resolved []byte // with variables and overrides put in
	lines    []string
	root     *node
	failed   map[string]bool // paths that Decode reported
}

// Resolved is the scenario's text with its variables and overrides put in: decoded again, it
// gives the same scenario anywhere. Without either it is the text as it was read.
func (s *Source) Resolved() []byte { return s.resolved }

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
	if s == nil {
		return Diagnostic{Path: path, Message: message, Severity: severity}
	}
	n, at := s.lookup(path)
	written := ""
	if n != nil {
		written = s.written(at, n.text)
	}
	return s.describe(severity, at, path, message, written)
}

// describe is a diagnostic about what stands at a position.
func (s *Source) describe(severity Severity, at position, path, message, written string) Diagnostic {
	d := Diagnostic{File: s.File, Line: at.line, Column: at.column, Path: path, Message: message, Severity: severity, written: written}
	if at.override {
		d.File = overrideFile
	}
	return d
}

// maxWritten is how far along a line, and how long, a value may be to be replaced. Nobody has
// written a longer one by hand, and finding many of them in one endless line takes long.
const maxWritten = 2000

// clip shortens a message that quotes a long value.
func clip(message string) string {
	const most = 400
	if len(message) <= most {
		return message
	}
	return strings.ToValidUTF8(message[:most], "") + "…"
}

// written is how the file itself has a scalar: with its quotes, if any, and "" where it is
// spread over several lines, or comes from a variable.
func (s *Source) written(at position, text string) string {
	if at.override || at.line < 1 || at.column > maxWritten || len(text) > maxWritten {
		return ""
	}
	if s.lines == nil {
		s.lines = strings.Split(string(s.text), "\n")
	}
	if at.line > len(s.lines) {
		return ""
	}
	line := s.lines[at.line-1]
	for range at.column - 1 { // columns count characters
		_, size := utf8.DecodeRuneInString(line)
		line = line[size:]
	}
	for _, form := range []string{text, `"` + text + `"`, `'` + text + `'`} {
		if text != "" && strings.HasPrefix(line, form) {
			return form
		}
	}
	return ""
}

// lookup walks down the path as far as the file goes. The node is nil when the file ends early.
func (s *Source) lookup(path string) (*node, position) {
	if s == nil || s.root == nil {
		return nil, position{}
	}
	n, at := s.root, s.root.at
	for _, step := range splitPath(path) {
		var next *node
		switch {
		case step.key != "":
			next = n.get(step.key)
		case step.index >= 0 && step.index < len(n.items):
			next = n.items[step.index]
		}
		if next == nil {
			return nil, at
		}
		n, at = next, next.at
	}
	return n, at
}

// Has says whether the file itself holds a value at path.
func (s *Source) Has(path string) bool {
	n, _ := s.lookup(path)
	return n != nil
}
