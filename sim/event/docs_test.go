package event

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the document of events anew")

// docs/events.md has every kind with its fields, as the payload types and their comments say.
func TestDocumentOfEventsIsCurrent(t *testing.T) {
	const file, begin, end = "../../docs/events.md", "<!-- kinds -->\n", "<!-- end of kinds -->\n"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(src), `{"schema":"`+Schema+`"}`) {
		t.Errorf("%s does not show the head with %s", file, Schema)
	}
	before, rest, found := strings.Cut(string(src), begin)
	now, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the kinds", file)
	}
	want := kindsTable(t)
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, now); diff != "" {
		t.Errorf("%s: go test ./sim/event -update (-want +got)\n%s", file, diff)
	}
}

// kinds are all payloads, each without any value, in the order of their kinds.
func kinds() []Payload {
	var all []Payload
	for _, kind := range slices.Sorted(maps.Keys(payloads)) {
		all = append(all, reflect.Zero(payloads[kind]).Interface().(Payload))
	}
	return all
}

func kindsTable(t *testing.T) string {
	t.Helper()
	said, values := comments(t)
	var b strings.Builder
	for _, p := range kinds() {
		of := reflect.TypeOf(p)
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n| field | is | |\n|---|---|---|\n", p.Kind(), said[of.Name()])
		fieldRows(&b, of, said, values)
	}
	return b.String() + "\n"
}

func fieldRows(b *strings.Builder, of reflect.Type, said map[string]string, values map[string][]string) {
	for i := range of.NumField() {
		f := of.Field(i)
		if f.Anonymous {
			fieldRows(b, f.Type, said, values)
			continue
		}
		key, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		about := said[of.Name()+"."+f.Name]
		if rest == "omitempty" {
			about = strings.TrimSuffix("may be left out; "+about, "; ")
		}
		is := jsonType(f.Type)
		if v := values[f.Type.Name()]; len(v) > 0 {
			is = "`" + strings.Join(v, "` `") + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", key, is, about)
	}
}

func jsonType(of reflect.Type) string {
	switch of.Kind() {
	case reflect.String:
		return "text"
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Uint16, reflect.Float64:
		return "number"
	case reflect.Slice, reflect.Array:
		return "list of " + jsonType(of.Elem())
	case reflect.Struct:
		if of.Implements(reflect.TypeFor[interface{ MarshalText() ([]byte, error) }]()) {
			return "text"
		}
		var keys []string
		for i := range of.NumField() {
			key, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			keys = append(keys, "`"+key+"`")
		}
		return "object: " + strings.Join(keys, ", ")
	}
	panic("no word for " + of.String())
}

// comments are those of the package's types and their fields, by TYPE and TYPE.FIELD; values are the
// constants of each type of texts, here and among the cloud's statuses.
func comments(t *testing.T) (out map[string]string, values map[string][]string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	out, values = make(map[string]string), make(map[string][]string)
	words := func(group *ast.CommentGroup) string { return strings.Join(strings.Fields(group.Text()), " ") }
	for _, path := range append(files, "../cloud/status.go") {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			decl, ok := n.(*ast.GenDecl)
			if !ok {
				return true
			}
			for _, spec := range decl.Specs {
				if constant, ok := spec.(*ast.ValueSpec); ok && decl.Tok == token.CONST {
					of, typed := constant.Type.(*ast.Ident)
					if literal, ok := constant.Values[0].(*ast.BasicLit); ok && typed {
						values[of.Name] = append(values[of.Name], strings.Trim(literal.Value, `"`))
					}
				}
				named, ok := spec.(*ast.TypeSpec)
				if !ok {
					continue
				}
				out[named.Name.Name] = words(decl.Doc)
				if of, ok := named.Type.(*ast.StructType); ok {
					for _, f := range of.Fields.List {
						for _, name := range f.Names {
							out[named.Name.Name+"."+name.Name] = words(f.Comment)
						}
					}
				}
			}
			return true
		})
	}
	return out, values
}

// Every kind comes back as it was written, with a value in each of its fields.
func TestEventsComeBack(t *testing.T) {
	for _, p := range kinds() {
		what := reflect.New(reflect.TypeOf(p)).Elem()
		fill(what)
		e := Event{At: 7, What: what.Interface().(Payload)}
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back Event
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if !reflect.DeepEqual(e, back) {
			t.Errorf("%s came back as %+v", line, back)
		}
	}
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int64:
		v.SetInt(3)
	case reflect.Uint64, reflect.Uint16:
		v.SetUint(4)
	case reflect.Float64:
		v.SetFloat(2.5)
	case reflect.Int:
		v.SetInt(5)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Struct:
		if text, ok := v.Addr().Interface().(interface{ UnmarshalText([]byte) error }); ok {
			if err := text.UnmarshalText([]byte("10.0.0.1")); err != nil {
				panic(err)
			}
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	default:
		panic("no value for " + v.Type().String())
	}
}

// A kind of a newer netlab is kept as it came.
func TestUnknownKindsAreKept(t *testing.T) {
	const line = `{"t_ns":1,"kind":"sun.rises","what":{"hour":6}}`
	var e Event
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(e)
	if err != nil || string(again) != line {
		t.Errorf("%s came back as %s, %v", line, again, err)
	}
}
