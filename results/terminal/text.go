package terminal

import (
	"io"
	"strings"

	"netlab/scenarios/visible"
)

// A Text is a report on its way to a terminal or a file, line by line. What is put into it is visible already (see visible.All).
type Text struct {
	Palette
	Width int // that paragraphs are wrapped to
	out   strings.Builder
}

// NewText begins a text for a terminal of so many columns; 0 is for a file.
func NewText(width int, colour bool) *Text {
	columns := 100
	if width != 0 {
		columns = max(60, width)
	}
	return &Text{Palette: Palette{colour}, Width: columns}
}

// Line adds the parts as one line.
func (t *Text) Line(parts ...string) {
	t.out.WriteString(strings.TrimRight(strings.Join(parts, ""), " ") + "\n")
}

// Lines adds lines that are laid out already.
func (t *Text) Lines(lines []string) {
	for _, line := range lines {
		t.Line(line)
	}
}

// Title begins a section: an empty line, and the parts with a dot between them.
func (t *Text) Title(parts ...string) {
	t.Line()
	t.Line(strings.Join(parts, t.Dim(" · ")))
}

// WriteTo writes what has been added.
func (t *Text) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, visible.Styled(t.out.String()))
	return int64(n), err
}
