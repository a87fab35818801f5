package results

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Every field of the manifest is one that real runs write. Only a build from a checkout knows its
// commit.
func TestRunsWriteEveryFieldOfTheManifest(t *testing.T) {
	seldom := []string{".tool.commit"}
	paths, err := filepath.Glob("testdata/golden/*/manifest.json")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	written := map[string]bool{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var document any
		if err := json.Unmarshal(data, &document); err != nil {
			t.Fatal(err)
		}
		keysOf(document, "", written)
	}
	var missing []string
	fieldsOf(reflect.TypeFor[Manifest](), "", func(field string) {
		if !written[field] && !slices.Contains(seldom, field) {
			missing = append(missing, field)
		}
	})
	if len(missing) > 0 {
		t.Errorf("no run wrote %s", strings.Join(missing, ", "))
	}
}

func keysOf(in any, at string, found map[string]bool) {
	switch in := in.(type) {
	case map[string]any:
		for key, value := range in {
			found[at+"."+key] = true
			keysOf(value, at+"."+key, found)
		}
	case []any:
		for _, value := range in {
			keysOf(value, at, found)
		}
	}
}

func fieldsOf(in reflect.Type, at string, each func(string)) {
	for in.Kind() == reflect.Slice || in.Kind() == reflect.Pointer {
		in = in.Elem()
	}
	if in.Kind() != reflect.Struct || in.PkgPath() != reflect.TypeFor[Manifest]().PkgPath() {
		return
	}
	for i := range in.NumField() {
		key, _, _ := strings.Cut(in.Field(i).Tag.Get("json"), ",")
		each(at + "." + key)
		fieldsOf(in.Field(i).Type, at+"."+key, each)
	}
}
