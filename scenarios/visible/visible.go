// Package visible shows text of unknown origin for what it is. A scenario, a bundle, a server or a program can name things with
// bytes that move a terminal's cursor, turn the reading direction or cannot be seen at all. Whatever netlab writes for people passes
// through here, at the edge; what is already visible stays as it is.
//
// A character that is shown as its number is written \u001b, which JSON and JavaScript read as that character.
package visible

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is a text of one line: it holds no control character, none that is invisible or turns the direction, and no broken UTF-8.
func Text(s string) string { return show(s, "") }

// Lines is a text of any number of lines.
func Lines(s string) string { return show(s, "\n\t") }

// blank are characters that Unicode calls graphic and that show nothing: those that are ignored by default, and Braille's empty cell.
func blank(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == '\u2800'
}

// show escapes what is not graphic (Unicode's letters, marks, numbers, punctuation, symbols and spaces) or blank, except what may stay.
func show(s, stay string) string {
	hidden := func(r rune) bool { return (!unicode.IsGraphic(r) || blank(r)) && !strings.ContainsRune(stay, r) }
	if utf8.ValidString(s) && strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	var before rune
	for i, r := range s {
		coloured := r == '\ufe0f' && unicode.Is(unicode.So, before) // a symbol that is shown as an emoji
		before = r
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\u%04x`, s[i]) // a byte that belongs to no character
		case !hidden(r) || coloured:
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// colours are the sequences of a terminal that set the colour or weight of letters.
var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Styled is a line for a terminal, with its colours. What went into it has to be Text: a colour that was hidden in there would stay.
func Styled(s string) string {
	var b strings.Builder
	from := 0
	for _, at := range colours.FindAllStringIndex(s, -1) {
		b.WriteString(Lines(s[from:at[0]]) + s[at[0]:at[1]])
		from = at[1]
	}
	b.WriteString(Lines(s[from:]))
	return b.String()
}

// Writer shows what is written to it on w. Each Write is a text of its own, of any number of lines.
func Writer(w io.Writer) io.Writer { return writer{w} }

type writer struct{ to io.Writer }

func (w writer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.to, Lines(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
