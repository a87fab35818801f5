package scenarios

import (
	_ "embed"
	"slices"
)

// schema is made from the types by a test: go test ./scenarios -update.
//
//go:embed scenario.schema.json
var schema []byte

// Schema is the language as a JSON Schema (2020-12), for editors. It says what a file looks like; what
// the parts of a file have to do with each other, and what the cloud allows, only validation can say.
func Schema() []byte { return slices.Clone(schema) }
