package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"netlab/scenarios/visible"
)

// A Severity says whether a scenario with this diagnostic can run.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// A Diagnostic is one thing that is wrong or doubtful in a scenario file.
type Diagnostic struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1, in characters
	Path    string `json:"path"`   // cloud.vpcs[0].cidr_block
	Message string `json:"message"`
	// Suggestion is what to do. With Replaces set it is exactly the text to write in place of
	// Replaces, which then stands at Line and Column; otherwise it is advice in words.
	Suggestion string   `json:"suggestion"`
	Replaces   string   `json:"replaces,omitempty"`
	Severity   Severity `json:"-"`

	written string // the text at the position
	form    bool   // the file has the wrong form: the schema says so as well
}

// String is the form that people read: file:line:col: path: message (suggestion).
func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", d.File, d.Line, d.Column)
	if d.Severity == Warning {
		b.WriteString("warning: ")
	}
	if d.Path != "" {
		b.WriteString(d.Path + ": ")
	}
	b.WriteString(d.Message)
	switch {
	case d.Replaces != "":
		fmt.Fprintf(&b, " (did you mean %s?)", d.Suggestion)
	case d.Suggestion != "":
		fmt.Fprintf(&b, " (%s)", d.Suggestion)
	}
	return visible.Text(b.String())
}

// Advise adds a suggestion in words.
func (d Diagnostic) Advise(format string, args ...any) Diagnostic {
	d.Suggestion, d.Replaces = fmt.Sprintf(format, args...), ""
	return d
}

// Instead suggests the exact text to write in place of what stands there. Where nothing that
// could be replaced stands there, it is advice.
func (d Diagnostic) Instead(text string) Diagnostic {
	if text == "" {
		return d
	}
	if d.written == "" {
		return d.Advise("write %s", text)
	}
	d.Suggestion, d.Replaces = text, d.written
	return d
}

// Diagnostics are all that is wrong with a scenario, in the order of the file.
type Diagnostics []Diagnostic

// Errors are those that stop the scenario from running.
func (ds Diagnostics) Errors() Diagnostics { return ds.of(Error) }

// Warnings are those that do not.
func (ds Diagnostics) Warnings() Diagnostics { return ds.of(Warning) }

func (ds Diagnostics) of(s Severity) Diagnostics {
	var out Diagnostics
	for _, d := range ds {
		if d.Severity == s {
			out = append(out, d)
		}
	}
	return out
}

// Sort puts the diagnostics in the order of the file.
func (ds Diagnostics) Sort() {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}

// String has one diagnostic a line.
func (ds Diagnostics) String() string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(d.String() + "\n")
	}
	return b.String()
}
