package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A floor holds the packages of some top-level folders, in rows: packages of one row know nothing of each
// other. Anything may stand on the ground floor that needs nothing of ours but what stands there.
type floor struct {
	folders []string // none: the ground floor
	rows    []row
}

// A row's packages are pure when they open no socket or file, read neither clock nor environment, and call no
// kernel: time comes in as an argument, chance as a seeded source.
type row struct {
	pure     bool
	packages []string
}

func pure(packages ...string) row    { return row{true, packages} }
func outside(packages ...string) row { return row{false, packages} }

// house is the one way through: no package imports one that stands in its own row or after it.
var house = []floor{
	{nil, []row{
		pure("analysis", "scenarios/metric", "scenarios/protocol", "scenarios/visible",
			"scenarios/visible/visibletest", "netlab/http1"),
		outside("netlab/kernel"),
		outside("netlab/kernel/kerneltest"),
	}},
	{[]string{"scenarios"}, []row{
		pure("scenarios/expect"),
		pure("scenarios"),
	}},
	{[]string{"sim"}, []row{
		pure("sim/cloud"),
		pure("sim/event", "sim/topology"),
		pure("sim/control"),
		pure("sim/verb"),
		pure("sim"),
		pure("sim/fidelity"),
	}},
	{[]string{"netlab", "loadgen"}, []row{
		outside("netlab/drive", "netlab/forward", "netlab/impair", "netlab/dns", "netlab/service", "netlab/workload", "netlab/sandbox"),
		outside("netlab/lab", "netlab/console"),
		outside("loadgen"),
		outside("loadgen/record", "loadgen/worker"),
		outside("loadgen/engine", "loadgen/worker/workertest"),
		outside("loadgen/bench"),
	}},
	{[]string{"results"}, []row{
		outside("results"),
		outside("results/figures", "results/terminal"),
		outside("results/words", "results/resultstest"),
		outside("results/render", "results/live", "results/compare"),
	}},
	{[]string{"drill"}, []row{
		outside("drill/world", "drill/doctor", "drill/loadtest"),
		outside("drill", "drill/kernelworld"),
		outside("drill/idealworld", "drill/process"),
		outside("drill/idealworld/idealtest"),
	}},
	{[]string{"cmd"}, []row{
		outside("cmd/netlab"),
	}},
}

// A goPackage is what go list says of a package of ours.
type goPackage struct {
	ImportPath, Dir string
	GoFiles         []string
	Imports         []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "netlab/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p goPackage
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestNothingImportsALaterPackage(t *testing.T) {
	place := map[string]int{}
	n := 0
	for _, f := range house {
		for _, r := range f.rows {
			n++
			for _, name := range r.packages {
				place["netlab/"+name] = n
				if folder, _, _ := strings.Cut(name, "/"); f.folders != nil && !slices.Contains(f.folders, folder) {
					t.Errorf("%s stands on the floor of %v", name, f.folders)
				}
			}
		}
	}
	there := map[string]bool{}
	for _, p := range packages(t) {
		there[p.ImportPath] = true
		from, ok := place[p.ImportPath]
		if !ok {
			t.Errorf("%s has no place in the house", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if to, ours := place[imported]; ours && to >= from {
				t.Errorf("%s imports %s, which comes later", p.ImportPath, imported)
			}
		}
	}
	for name := range place {
		if !there[name] {
			t.Errorf("%s has a place in the house, and is not there", name)
		}
	}
}

func TestPurePackages(t *testing.T) {
	isPure := map[string]bool{}
	for _, f := range house {
		for _, r := range f.rows {
			for _, name := range r.packages {
				isPure["netlab/"+name] = r.pure
			}
		}
	}
	for _, p := range packages(t) {
		if !isPure[p.ImportPath] {
			continue
		}
		for _, file := range p.GoFiles {
			files := token.NewFileSet()
			parsed, err := parser.ParseFile(files, filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range impure(parsed) {
				t.Errorf("%s: %s; %s must stay pure", files.Position(found.at), found.what, p.ImportPath)
			}
		}
	}
}

// forbidden are the imports that a pure package has no use for, and of packages that it may import the names
// that reach outside. Of math/rand it may have sources of its own only.
var (
	forbiddenImports = []string{"net", "net/http", "os/exec", "os/signal", "syscall", "golang.org/x/sys/unix", "crypto/rand", "io/ioutil"}
	forbiddenNames   = map[string][]string{
		"time": {"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Sleep", "Tick"},
		"os": {"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv", "Open", "OpenFile", "OpenInRoot", "OpenRoot", "Create", "CreateTemp",
			"ReadFile", "WriteFile", "ReadDir", "Stat", "Lstat", "DirFS", "Mkdir", "MkdirAll", "MkdirTemp", "Remove", "RemoveAll", "Rename",
			"Stdin", "Stdout", "Stderr", "Exit", "Getwd", "Hostname", "StartProcess"},
		"fmt": {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
		"math/rand/v2": {"Int", "IntN", "Int32", "Int32N", "Int64", "Int64N", "Uint32", "Uint32N", "Uint64", "Uint64N", "N",
			"Float32", "Float64", "ExpFloat64", "NormFloat64", "Perm", "Shuffle"},
		"context": {"WithTimeout", "WithDeadline", "WithTimeoutCause", "WithDeadlineCause"},
	}
)

type finding struct {
	at   token.Pos
	what string
}

// impure are the places of a file that reach outside.
func impure(file *ast.File) []finding {
	var all []finding
	imported := map[string]string{} // path by the name that the file knows it by
	for _, s := range file.Imports {
		path, _ := strconv.Unquote(s.Path.Value)
		if slices.Contains(forbiddenImports, path) {
			all = append(all, finding{s.Pos(), "imports " + path})
		}
		name := strings.TrimSuffix(path, "/v2")
		name = name[strings.LastIndexByte(name, '/')+1:]
		if s.Name != nil {
			name = s.Name.Name
		}
		if name == "." && forbiddenNames[path] != nil {
			all = append(all, finding{s.Pos(), "imports the names of " + path})
		}
		imported[name] = path
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if of, ok := s.X.(*ast.Ident); ok && slices.Contains(forbiddenNames[imported[of.Name]], s.Sel.Name) {
				all = append(all, finding{s.Pos(), fmt.Sprintf("uses %s.%s", of.Name, s.Sel.Name)})
			}
		}
		return true
	})
	return all
}

// TestImpure: the test above finds what it is there for.
func TestImpure(t *testing.T) {
	for source, want := range map[string][]string{
		`import "time"; var x = time.Second`:                         nil,
		`import "time"; func f() { time.Sleep(1) }`:                  {"uses time.Sleep"},
		`import "time"; var now = time.Now`:                          {"uses time.Now"},
		`import clock "time"; func f() { _ = clock.Since }`:          {"uses clock.Since"},
		`import . "time"; var x = Now`:                               {"imports the names of time"},
		`import "os"; var x, _ = os.LookupEnv("X")`:                  {"uses os.LookupEnv"},
		`import "os"; var x, _ = os.ReadFile("x")`:                   {"uses os.ReadFile"},
		`import "net"; var x net.IP`:                                 {"imports net"},
		`import ("net/netip"; "net/http")`:                           {"imports net/http"},
		`import "math/rand/v2"; var x = rand.New(rand.NewPCG(1, 2))`: nil,
		`import "math/rand/v2"; var x = rand.IntN(7)`:                {"uses rand.IntN"},
		`import "fmt"; func f() { fmt.Println(fmt.Sprint()) }`:       {"uses fmt.Println"},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p; "+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range impure(file) {
			got = append(got, f.what)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}
