package main

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netlab/scenarios/visible/visibletest"
)

// hostileArgument is visibletest.Hostile as an argument or a file's name can hold it.
var hostileArgument = strings.NewReplacer("\x00", "", "/", "").Replace(visibletest.Hostile)

// Whatever names come from outside, what netlab says about them steers no terminal.
func TestHostileWordsAreShown(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "hostile"+hostileArgument+".yaml")
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\xff", "", "\x00", `\0`, "\x1b", `\e`, "\a", `\a`, "\r", `\r`, "\b", `\b`,
		"\u009b", `\u009b`, "\x9b", `\u009b`, "\u202e", `\u202e`, "\u2066", `\u2066`, "\u200b", `\u200b`, "\ufeff", `\ufeff`).
		Replace(visibletest.Hostile) + `"`
	text, err := os.ReadFile("../../scenarios/frankfurt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	src := string(text) + quoted + ": 1\n"
	src = strings.Replace(src, "target: http://ep-vpc1/", "target: "+quoted, 1)
	if err := os.WriteFile(file, []byte(src), 0o644); err != nil {
		t.Fatal(err)
	}
	fine := filepath.Join(dir, "fine"+hostileArgument+".yaml")
	if err := os.WriteFile(fine, text, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"validate", file}, {"validate", file, "--json"}, {"validate", fine}, {"plan", file}, {"run", file}, {"up", file},
		{"validate", dir + hostileArgument}, {"up", fine, "--name", hostileArgument}, {"plan", fine, "--graph", hostileArgument},
		{"plan", fine, "--set", hostileArgument + "=1"}, {"report", fine}, {"report", dir, "--format", hostileArgument}, {"compare", fine, fine},
		{"load", "http://127.0.0.1:1/" + hostileArgument}, {"load", hostileArgument}, {"load", "127.0.0.1", "--curve", hostileArgument},
		{"load", "127.0.0.1", "--engine", hostileArgument}, {"exec", hostileArgument, "x", "y"}, {"down", hostileArgument},
		{hostileArgument}, {"run", "--" + hostileArgument}, {"completion", hostileArgument}, {"ps", hostileArgument},
	} {
		cmd := exec.Command(program, args...)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		_ = cmd.Run() // the exit code is no matter of this test
		visibletest.Check(t, strings.Join(args[:1], " "), said.String(), false)
	}
}

// A server can answer with any name.
func TestHostileServerIsShown(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	name := strings.NewReplacer("\r", "", "\x00", "").Replace(visibletest.Hostile)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				in := bufio.NewReader(conn)
				for {
					if _, err := http.ReadRequest(in); err != nil {
						return
					}
					fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nX-Netlab-Instance: %s\r\nContent-Length: 0\r\n\r\n", name)
				}
			}()
		}
	}()
	for _, more := range [][]string{nil, {"--json"}} {
		cmd := exec.Command(program, append([]string{"load", "http://" + l.Addr().String() + "/", "--rate", "20/s", "--duration", "300ms",
			"--allow-shortfall"}, more...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		visibletest.Check(t, "load", string(out), false)
	}
}

// The standard streams belong to say.go: what writes to them elsewhere lays text out in colours, which results/terminal shows, or hands
// them over to a program.
func TestStandardStreamsAreWrittenInOnePlace(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"say", "stream", "New", "NewLive", "NewScreen", "terminalWidth", "Terminal", "Print", "Run", "int", "Fd"}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "say.go" {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			callee := called(call.Fun)
			if strings.HasPrefix(callee, "fmt.Print") {
				t.Errorf("%s: %s", set.Position(call.Pos()), callee)
			}
			method := callee[strings.LastIndexByte(callee, '.')+1:]
			if callee == "os.Stdout."+method || callee == "os.Stderr."+method {
				if method != "Fd" {
					t.Errorf("%s: %s", set.Position(call.Pos()), callee)
				}
			}
			for _, arg := range call.Args {
				if of := called(arg); (of == "os.Stdout" || of == "os.Stderr") && !slices.Contains(allowed, method) {
					t.Errorf("%s: %s(%s)", set.Position(call.Pos()), callee, of)
				}
			}
			return true
		})
	}
}

// called is the name of what is called, as far as it has one.
func called(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return called(e.X) + "." + e.Sel.Name
	}
	return ""
}
