package render

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"netlab/results"
	"netlab/results/figures"
	"netlab/scenarios/visible"
)

// A Format is one form of the report. It stands in one file, which registers it: commands, their
// help and completion, and the documents take it from there.
type Format struct {
	Name  string
	Help  string // one line, as docs/ci.md and the command's help have it
	Order int    // its place in lists; what most people ask for comes first
	File  string // that every run's bundle holds it as; "" for what is made only when asked for
	Write func(w io.Writer, r *Report) error

	asIs   bool // its form escapes whatever it can't hold: it gets the strings as they are
	styled bool // it has a terminal's colours
}

// A Report is what a format is made from.
type Report struct {
	Run     *figures.Run
	Summary *figures.Summary
	Width   int  // of the terminal in columns; 0: it goes to a file
	Colour  bool // the terminal shows colours
}

var formats []Format

// register adds a format while the package's variables are set up, which needs no list to edit.
func register(f Format) Format {
	write := f.Write
	f.Write = func(w io.Writer, r *Report) error {
		if !f.asIs {
			r = &Report{Run: r.Run, Summary: shown(r.Summary), Width: r.Width, Colour: r.Colour}
		}
		if f.styled {
			return write(w, r)
		}
		var text bytes.Buffer
		if err := write(&text, r); err != nil {
			return err
		}
		_, err := visible.Writer(w).Write(text.Bytes())
		return err
	}
	formats = append(formats, f)
	return f
}

// shown is a summary for people to read: scenarios, servers and files may name things with bytes that no reader would see.
func shown(s *figures.Summary) *figures.Summary {
	plain := *s
	plain.Description = strings.Join(strings.Fields(s.Description), " ")
	return visible.All(&plain)
}

// Formats are all forms of the report, the default first.
func Formats() []Format {
	return slices.SortedFunc(slices.Values(formats), func(a, b Format) int { return cmp.Compare(a.Order, b.Order) })
}

// Names are the names of all formats, the default first.
func Names() []string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return names
}

// Named is the format of that name, or an error that lists those that there are.
func Named(name string) (Format, error) {
	for _, f := range formats {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("no format %q: one of %s", name, strings.Join(Names(), ", "))
}

// NewReport computes the figures of a bundle from its raw data, to be written in any format.
func NewReport(b *results.Bundle) (*Report, error) {
	run, err := figures.Read(b)
	if err != nil {
		return nil, fmt.Errorf("report on %s: %w", b.Dir, err)
	}
	return &Report{Run: run, Summary: run.Summarize()}, nil
}
