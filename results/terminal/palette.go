package report

import (
	"image/color"
	"math"
	"strconv"

	"github.com/charmbracelet/x/ansi"
)

// A palette colours text, or leaves it plain. It uses the terminal's own sixteen colours, which
// its owner has made readable.
type palette struct{ on bool }

func (p palette) paint(text string, c color.Color) string {
	if !p.on {
		return text
	}
	return ansi.Style{}.ForegroundColor(c).Styled(text)
}

func (p palette) good(text string) string { return p.paint(text, ansi.Green) }
func (p palette) bad(text string) string  { return p.paint(text, ansi.Red) }
func (p palette) warn(text string) string { return p.paint(text, ansi.Yellow) }
func (p palette) name(text string) string { return p.paint(text, ansi.Cyan) }
func (p palette) dim(text string) string  { return p.paint(text, ansi.BrightBlack) }

func (p palette) bold(text string) string {
	if !p.on {
		return text
	}
	return ansi.Style{}.Bold().Styled(text)
}

// badge is a word on a coloured ground; without colours it stands in brackets.
func (p palette) badge(text string, c color.Color) string {
	if !p.on {
		return "[" + text + "]"
	}
	return ansi.Style{}.Bold().ForegroundColor(ansi.Black).BackgroundColor(c).Styled(" " + text + " ")
}

func (p palette) tick(ok bool) string {
	if ok {
		return p.good("✓")
	}
	return p.bad("✗")
}

// thousands groups the digits of a count.
func thousands(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// String is the time with three or four significant digits in a fitting unit.
func (m Millis) String() string {
	v := float64(m)
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 1):
		return "∞"
	case v == 0:
		return "0"
	case v < 1:
		return strconv.FormatFloat(v*1e3, 'f', 0, 64) + " µs"
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64) + " ms"
	case v < 100:
		return strconv.FormatFloat(v, 'f', 1, 64) + " ms"
	case v < 1000:
		return strconv.FormatFloat(v, 'f', 0, 64) + " ms"
	case v < 100_000:
		return strconv.FormatFloat(v/1e3, 'f', 3, 64) + " s"
	}
	return strconv.FormatFloat(v/1e3, 'f', 1, 64) + " s"
}

// String is a percentage that never rounds to 100 % or 0 % what is not.
func (s Share) String() string {
	if math.IsNaN(float64(s)) {
		return "–"
	}
	return percent(float64(s))
}

// shorten cuts the middle out of a text that is too wide, where long names differ least.
func shorten(text string, width int) string {
	excess := ansi.StringWidth(text) - width
	if excess <= 0 || width < 5 {
		return text
	}
	runes := []rune(text)
	keep := len(runes) - excess - 1
	return string(runes[:keep*2/3]) + "…" + string(runes[len(runes)-keep+keep*2/3:])
}

// bounds is what is known of an outage's length.
func bounds(lower, upper Millis) string {
	switch {
	case !upper.Known():
		return "not measured"
	case upper == 0:
		return "none"
	case math.IsInf(float64(upper), 1):
		return "at least " + lower.String() + ", not over at the end"
	case lower == 0: // a single probe was lost
		return "less than " + upper.String()
	}
	return lower.String() + " – " + upper.String()
}
