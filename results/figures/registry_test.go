package figures

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netlab/scenarios/metric"
)

// Every row of the registry has a field that its value is computed into.
func TestEveryFigureIsComputed(t *testing.T) {
	for _, subject := range metric.Subjects() {
		var of any = new(Traffic)
		if subject == metric.Fault {
			of = new(Fault)
		}
		for _, f := range subject.Figures() {
			if place(of, f.Key) == nil {
				t.Errorf("%s.%s: no field %s in %T", subject, f.Name, f.Key, of)
				continue
			}
			Value(of, f, "refused") // panics where the field is no number
			if f.Parts && place(new(Answers), f.Key) == nil {
				t.Errorf("%s.%s: no field %s in Answers", subject, f.Name, f.Key)
			}
		}
	}
}

// notFigures are numbers of the summary that say what was asked or when, not what was measured.
var notFigures = []string{"asked_rate", "injected_at_s", "injected_late_ms", "healed_after_ms"}

// Every number that is computed has a row in the registry, or stands in the list above.
func TestEveryNumberIsAFigure(t *testing.T) {
	rows := make(map[string]bool)
	for _, subject := range metric.Subjects() {
		for _, f := range subject.Figures() {
			rows[f.Key] = true
		}
	}
	var walk func(reflect.Type)
	walk = func(in reflect.Type) {
		for i := range in.NumField() {
			f := in.Field(i)
			if f.Anonymous {
				walk(f.Type)
				continue
			}
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			kind := f.Type
			for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Map {
				kind = kind.Elem()
			}
			switch kind.Kind() {
			case reflect.Uint64, reflect.Float64, reflect.Bool:
				if !rows[key] && !slices.Contains(notFigures, key) {
					t.Errorf("%s.%s has no row in package metric", in, f.Name)
				}
			}
		}
	}
	walk(reflect.TypeFor[Traffic]())
	walk(reflect.TypeFor[Fault]())
}

// Percentiles come out by their rows, whatever their order.
func TestPercentilesAreThoseOfTheRegistry(t *testing.T) {
	var values []float64
	for i := range 1000 {
		values = append(values, float64(i+1)*1e6)
	}
	var a Answers
	a.describe(values)
	for _, f := range metric.PartFigures() {
		if f.Quantile == 0 {
			continue
		}
		want := math.Ceil(f.Quantile*1000-1e-9) / 1e3
		if got := Value(&a, f, ""); got != want {
			t.Errorf("%s is %v s, want %v s", f.Name, got, want)
		}
	}
}

// A figure, a family of OpenMetrics or a class of error is named once: outside of package metric no
// string says one. Words that are also common ones (open, rate, shed) are not looked for.
func TestFiguresAreNamedOnce(t *testing.T) {
	names := map[string]bool{}
	for _, subject := range metric.Subjects() {
		for _, f := range subject.Figures() {
			for _, name := range []string{f.Name, f.Key, f.Family} {
				if strings.Contains(name, "_") || f.Quantile > 0 && f.Quantile < 1 && len(name) > 3 {
					names[name] = true
				}
			}
		}
	}
	for _, class := range []string{"refused", "unreachable"} {
		names[class] = true
	}
	for _, folder := range []string{"../../results", "../../scenarios", "../../cmd"} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && d.Name() == "metric" {
				return fs.SkipDir
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "results/class.go") {
				return nil
			}
			fileSet := token.NewFileSet()
			file, err := parser.ParseFile(fileSet, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if field, ok := n.(*ast.Field); ok && field.Tag != nil {
					return false // the keys of the summary are tags
				}
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return true
				}
				if text, err := strconv.Unquote(literal.Value); err == nil && names[text] {
					t.Errorf("%s names %q: take it from package metric", fileSet.Position(literal.Pos()), text)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
