package event_test

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

const eventPath = "netlab/sim/event"

// sentences are the fields of payloads that are for people.
var sentences = []string{"Cause", "Why", "Does", "Text"}

var (
	// rendering shows sentences to people.
	rendering = []string{"netlab/results/words", "netlab/results/render", "netlab/results/live", "netlab/cmd/netlab"}
	// copying hands them on as they are.
	copying = []string{"netlab/results/figures"}
	// parsers are packages whose functions take a text apart.
	parsers = []string{"strings", "bytes", "regexp", "strconv", "text/scanner", "bufio"}
)

// Sentences are for people: only what shows them reads them, figures copy them, and nobody takes one
// apart or decides by what it says.
func TestNothingParsesASentence(t *testing.T) {
	all, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo |
			packages.NeedImports,
	}, "netlab/...")
	if err != nil {
		t.Fatal(err)
	}
	var read int
	for _, p := range all {
		if p.PkgPath == eventPath || p.TypesInfo == nil {
			continue
		}
		for _, file := range p.Syntax {
			ast.PreorderStack(file, nil, func(n ast.Node, above []ast.Node) bool {
				selector, ok := n.(*ast.SelectorExpr)
				if !ok || !sentence(p.TypesInfo, selector) || written(selector, above) {
					return true
				}
				read++
				at := p.Fset.Position(selector.Pos())
				may := slices.Contains(rendering, p.PkgPath) || slices.Contains(copying, p.PkgPath)
				if !may {
					t.Errorf("%s: %s reads %s, a sentence for people", at, p.PkgPath, selector.Sel.Name)
				}
				if taken := takenApart(p.TypesInfo, selector, above); taken != "" {
					t.Errorf("%s: %s is %s", at, selector.Sel.Name, taken)
				}
				return true
			})
		}
	}
	if read < 5 {
		t.Errorf("only %d readings of a sentence were found: the test looks past them", read)
	}
}

// sentence says whether a selector is such a field of a payload.
func sentence(info *types.Info, selector *ast.SelectorExpr) bool {
	selection := info.Selections[selector]
	if selection == nil || selection.Kind() != types.FieldVal || !slices.Contains(sentences, selector.Sel.Name) {
		return false
	}
	return selection.Obj().Pkg() != nil && selection.Obj().Pkg().Path() == eventPath
}

// written says whether the field is given a value there.
func written(selector *ast.SelectorExpr, above []ast.Node) bool {
	assignment, ok := above[len(above)-1].(*ast.AssignStmt)
	return ok && slices.Contains(assignment.Lhs, ast.Expr(selector))
}

// takenApart says how an expression takes a sentence apart; "" when it doesn't. A comparison with ""
// asks whether there is one.
func takenApart(info *types.Info, selector *ast.SelectorExpr, above []ast.Node) string {
	switch parent := above[len(above)-1].(type) {
	case *ast.CallExpr:
		called, ok := parent.Fun.(*ast.SelectorExpr)
		if !ok {
			return ""
		}
		of := info.Uses[called.Sel]
		if of == nil || of.Pkg() == nil {
			return ""
		}
		if slices.Contains(parsers, of.Pkg().Path()) || strings.HasPrefix(of.Name(), "Sscan") {
			return "given to " + of.Pkg().Path() + "." + of.Name()
		}
	case *ast.BinaryExpr:
		other := parent.X
		if other == ast.Expr(selector) {
			other = parent.Y
		}
		literal, ok := other.(*ast.BasicLit)
		if parent.Op != token.ADD && (!ok || literal.Value != `""`) {
			return "compared"
		}
	case *ast.IndexExpr, *ast.SliceExpr:
		return "cut"
	case *ast.SwitchStmt:
		return "decided by"
	case *ast.RangeStmt:
		return "gone through"
	}
	return ""
}
