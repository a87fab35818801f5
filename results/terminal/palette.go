package terminal

import (
	"image/color"

	"github.com/charmbracelet/x/ansi"
)

// A Palette colours text, or leaves it plain. It uses the terminal's own sixteen colours, which
// its owner has made readable.
type Palette struct{ On bool }

func (p Palette) paint(text string, c color.Color) string {
	if !p.On {
		return text
	}
	return ansi.Style{}.ForegroundColor(c).Styled(text)
}

func (p Palette) Good(text string) string { return p.paint(text, ansi.Green) }
func (p Palette) Bad(text string) string  { return p.paint(text, ansi.Red) }
func (p Palette) Warn(text string) string { return p.paint(text, ansi.Yellow) }
func (p Palette) Name(text string) string { return p.paint(text, ansi.Cyan) }
func (p Palette) Dim(text string) string  { return p.paint(text, ansi.BrightBlack) }

func (p Palette) Bold(text string) string {
	if !p.On {
		return text
	}
	return ansi.Style{}.Bold().Styled(text)
}

// Badge is a word on a coloured ground; without colours it stands in brackets.
func (p Palette) Badge(text string, c color.Color) string {
	if !p.On {
		return "[" + text + "]"
	}
	return ansi.Style{}.Bold().ForegroundColor(ansi.Black).BackgroundColor(c).Styled(" " + text + " ")
}

func (p Palette) Tick(ok bool) string {
	if ok {
		return p.Good("✓")
	}
	return p.Bad("✗")
}

// Shorten cuts the middle out of a text that is too wide, where long names differ least.
func Shorten(text string, width int) string {
	excess := ansi.StringWidth(text) - width
	if excess <= 0 || width < 5 {
		return text
	}
	runes := []rune(text)
	keep := len(runes) - excess - 1
	return string(runes[:keep*2/3]) + "…" + string(runes[len(runes)-keep+keep*2/3:])
}
