package scenarios

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

func TestShippedSchemaIsCurrent(t *testing.T) {
	const file = "scenario.schema.json"
	want, err := makeSchema()
	if err != nil {
		t.Fatal(err)
	}
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the types give: go test ./scenarios -update", file)
	}
}

// On every file at hand, good or bad, the schema and the decoder agree about the form.
func TestSchemaAndDecoderAgree(t *testing.T) {
	schema := compile(t)
	var files []string
	for _, glob := range []string{"*.yaml", "testdata/errors/*.yaml", "testdata/good/*.yaml"} {
		found, err := filepath.Glob(glob)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no files (%v)", glob, err)
		}
		files = append(files, found...)
	}
	good, bad := 0, 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var document any
		if strings.Contains(string(src), "${") || yaml.Unmarshal(src, &document) != nil {
			continue // values that only the decoder puts in; no YAML, or not for everybody
		}
		_, diags := Decode(file, src)
		var form Diagnostics
		for _, d := range diags {
			if d.form {
				form = append(form, d)
			}
		}
		refusal := schema.Validate(plain(document))
		switch {
		case refusal == nil && len(form) > 0:
			t.Errorf("%s: the schema takes what the decoder refuses:\n%s", file, form)
		case refusal != nil && len(form) == 0 && !yamlOnly(diags):
			t.Errorf("%s: the decoder takes what the schema refuses: %v", file, refusal)
		case refusal == nil:
			good++
		default:
			bad++
		}
	}
	if good < 50 || bad < 50 {
		t.Errorf("the corpus has %d good and %d bad files, too few of one kind", good, bad)
	}
}

// The file that has everything has every key, so that the test above sees each of them accepted.
func TestEveryKeyIsInTheCorpus(t *testing.T) {
	src, err := os.ReadFile("testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := makeSchema()
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]any
		Defs       map[string]struct{ Properties map[string]any } `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	keys := schema.Properties
	for _, d := range schema.Defs {
		for key := range d.Properties {
			keys[key] = true
		}
	}
	if len(keys) < 150 {
		t.Errorf("the schema has only %d keys", len(keys))
	}
	for key := range keys {
		if !strings.Contains(string(src), key+":") {
			t.Errorf("no %s in the corpus", key)
		}
	}
}

// yamlOnly says whether the decoder's complaint is about YAML that a JSON document can't show.
func yamlOnly(diags Diagnostics) bool {
	for _, d := range diags {
		if d.Path == "" {
			return true
		}
	}
	return false
}

// Values may ask for variables wherever they stand.
func TestSchemaTakesVariables(t *testing.T) {
	schema := compile(t)
	src := `{netlab: 1, name: "${NAME}", seed: "${SEED:-1}", cloud: {provider: "${P:-alibaba}", region: "${REGION}", vpcs: [
		{name: vpc1, cidr_block: "${BLOCK:-10.0.0.0/16}"}], endpoint_services: [{name: s, resources: [{load_balancer: l, zone: "${Z}"}],
		auto_accept_connection: "${YES:-true}"}]}, run: {duration: "${LONG:-20}s"}}`
	var document any
	if err := yaml.Unmarshal([]byte(src), &document); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(plain(document)); err != nil {
		t.Error(err)
	}
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := makeSchema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("scenario.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// plain turns what YAML gives into what JSON has.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case int:
		return json.Number(strconv.Itoa(v))
	case time.Time:
		return v.Format(time.DateOnly)
	}
	return v
}
