package scenarios

import (
	"embed"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strings"
)

// The files whose types are the language; their comments become the schema's descriptions.
//
//go:embed scenario.go cloud.go loadbalancer.go privatelink.go impairment.go timeline.go traffic.go
var typeSources embed.FS

// comments are what the types' source says about them.
type comments struct {
	types  map[string]string // by type
	fields map[string]string // by type.field
}

func readComments() (comments, error) {
	out := comments{types: map[string]string{}, fields: map[string]string{}}
	files, err := typeSources.ReadDir(".")
	if err != nil {
		return out, err
	}
	for _, f := range files {
		src, err := typeSources.ReadFile(path.Clean(f.Name()))
		if err != nil {
			return out, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), src, parser.ParseComments)
		if err != nil {
			return out, err
		}
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				out.add(g)
			}
		}
	}
	return out, nil
}

func (c comments) add(g *ast.GenDecl) {
	for _, s := range g.Specs {
		t := s.(*ast.TypeSpec)
		c.types[t.Name.Name] = oneLine(g.Doc)
		body, ok := t.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, f := range body.Fields.List {
			text := oneLine(f.Doc)
			if text == "" {
				text = oneLine(f.Comment)
			}
			for _, name := range f.Names {
				c.fields[t.Name.Name+"."+name.Name] = text
			}
		}
	}
}

func oneLine(g *ast.CommentGroup) string { return strings.Join(strings.Fields(g.Text()), " ") }
