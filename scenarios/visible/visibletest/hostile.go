// Package visibletest sends hostile text through what writes for people.
package visibletest

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// Hostile is text that steers terminals: colours, a cleared screen, a title, a link, C1 forms of the same, a bell, a turned direction,
// an invisible character and a broken one. Markup and the marks of lists and tables are in it, too.
const Hostile = "\x1b[31m\x1b[2J\x1b]0;owned\a\x1b]8;;http://192.0.2.1\x1b\\\u009b2J\x9b2J\u202egpj.exe\u2066\u200b\ufeff\xff\x00\r\b" +
	"<img src=x onerror=alert(1)>\"'`|[x](javascript:1)"

// Spoil puts Hostile at the end of every string below a pointer: of exported fields, elements, keys and what stands behind interfaces.
func Spoil(pointer any) { spoil(reflect.ValueOf(pointer).Elem()) }

func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + Hostile)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				spoil(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			spoil(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			v.Set(spoilt(v.Elem()))
		}
	case reflect.Map:
		if v.IsNil() {
			return
		}
		out := reflect.MakeMap(v.Type())
		for each := v.MapRange(); each.Next(); {
			out.SetMapIndex(spoilt(each.Key()), spoilt(each.Value()))
		}
		v.Set(out)
	}
}

func spoilt(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	spoil(out)
	return out
}

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Check holds what was written to being visible: nothing but graphic characters and lines, and the colours of a terminal where it is
// styled, but not Hostile's red. Something of Hostile has to be there, or nothing was tried.
func Check(t *testing.T, what, written string, styled bool) {
	t.Helper()
	if !strings.Contains(written, "gpj.exe") {
		t.Errorf("%s: the hostile text is not in it:\n%.2000s", what, written)
	}
	if styled {
		if strings.Contains(written, "\x1b[31m\\u001b[2J") {
			t.Errorf("%s: a colour of the hostile text reaches the terminal", what)
		}
		written = colour.ReplaceAllString(written, "")
	}
	for i, r := range written {
		broken := r == unicode.ReplacementChar && !strings.HasPrefix(written[i:], "\ufffd")
		if broken || !unicode.IsGraphic(r) && r != '\n' && r != '\t' {
			t.Errorf("%s: %U is in it: %.120q", what, r, written[max(0, i-60):])
			return
		}
	}
	if strings.Contains(written, "<img src=x") && strings.Contains(written, "<html") {
		t.Errorf("%s: markup of the hostile text is the page's", what)
	}
}
