package terminal

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// A Table lines up its columns: the first to the left, the others to the right, as figures are
// read. Cells may be styled.
type Table struct {
	Indent string
	rows   [][]string
}

// Add adds a row.
func (t *Table) Add(cells ...string) { t.rows = append(t.rows, cells) }

// Lines are the rows, laid out.
func (t *Table) Lines() []string {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	var out []string
	for _, row := range t.rows {
		var b strings.Builder
		b.WriteString(t.Indent)
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-ansi.StringWidth(cell))
			switch i {
			case 0:
				b.WriteString(cell + gap)
			default:
				b.WriteString("  " + gap + cell)
			}
		}
		out = append(out, strings.TrimRight(b.String(), " "))
	}
	return out
}

// Wrap breaks a text into lines of at most width columns, each with the indent.
func Wrap(text string, width int, indent string) []string {
	broken := ansi.Wrap(text, max(20, width-len(indent)), " ")
	lines := strings.Split(broken, "\n")
	for i := range lines {
		lines[i] = indent + strings.TrimSpace(lines[i])
	}
	return lines
}
