package visible_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"netlab/scenarios/visible"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"": "",
		"clb-frankfurt → é ∞ · ✅ ⚠️ 漢字": "clb-frankfurt → é ∞ · ✅ ⚠️ 漢字",
		"a\x1b[2Jb":              `a\u001b[2Jb`,
		"\x1b]0;owned\a":         `\u001b]0;owned\u0007`,
		"a\nb\tc\r":              `a\nb\tc\u000d`,
		"abc\u202egpj.exe\u202c": `abc\u202egpj.exe\u202c`,
		"zero\u200bwidth\ufeff":  `zero\u200bwidth\ufeff`,
		"\u009b2J":               `\u009b2J`,
		"\x9b2J":                 `\u009b2J`,
		"run\ufe01.sh\ufe0f":     `run\ufe01.sh\ufe0f`,
		"\u2800\u3164\u034f":     `\u2800\u3164\u034f`,
		"\u2028":                 `\u2028`,
		"\ufffd":                 "\ufffd",
		"\U000e0041":             `\udb40\udc41`,
		`C:\u001b`:               `C:\u001b`,
	} {
		if got := visible.Text(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	if got := visible.Lines("a\n\tb\x1b"); got != "a\n\tb"+`\u001b` {
		t.Errorf("lines: %q", got)
	}
}

func TestStyledKeepsColoursOnly(t *testing.T) {
	got := visible.Styled("\x1b[1;31mred\x1b[m \x1b[2J\x1b]8;;http://x\a\n")
	if want := "\x1b[1;31mred\x1b[m " + `\u001b[2J\u001b]8;;http://x\u0007` + "\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWriterTakesWholeTexts(t *testing.T) {
	var out bytes.Buffer
	n, err := fmt.Fprintf(visible.Writer(&out), "%s\n", "a\x07")
	if n != 3 || err != nil || out.String() != `a\u0007`+"\n" {
		t.Errorf("wrote %d, %v: %q", n, err, out.String())
	}
}

func TestAllCopies(t *testing.T) {
	type inner struct{ Name string }
	type outer struct {
		Inner inner
		List  []inner
		Map   map[string]*inner
		Any   any
		Addr  netip.Addr
		At    time.Time
		Raw   []byte
		None  []string
	}
	in := &outer{inner{"\x1b"}, []inner{{"\x1b"}}, map[string]*inner{"\x1b": {"\x1b"}}, inner{"\x1b"}, netip.MustParseAddr("10.0.0.1"),
		time.Unix(1, 0).UTC(), []byte("\x1b"), nil}
	const e = `\u001b`
	want := &outer{inner{e}, []inner{{e}}, map[string]*inner{e: {e}}, inner{e}, in.Addr, in.At, in.Raw, nil}
	byValue := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	if diff := cmp.Diff(want, visible.All(in), byValue); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if in.Inner.Name != "\x1b" || in.List[0].Name != "\x1b" || in.Map["\x1b"].Name != "\x1b" {
		t.Errorf("the original changed: %+v", in)
	}
}

// Whatever goes in, what comes out can be seen, and showing it again changes nothing.
func FuzzText(f *testing.F) {
	f.Add("\x1b[0m\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		out := visible.Text(s)
		for _, r := range out {
			if !unicode.IsGraphic(r) {
				t.Errorf("%q became %q", s, out)
			}
		}
		if !utf8.ValidString(out) || visible.Text(out) != out {
			t.Errorf("%q became %q", s, out)
		}
	})
}
