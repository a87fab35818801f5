package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what netlab says now into the scripts")

// TestCommand runs testdata/script: one script for each verb and for each kind of mistake. The
// shipped scenarios lie in their working folder.
func TestCommand(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+os.Getenv("PATH"))
			return copyScenarios(env.WorkDir)
		},
		Condition: condition,
		Cmds:      map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

func copyScenarios(dir string) error {
	files, err := filepath.Glob(filepath.Join("..", "..", "scenarios", "*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), src, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// condition knows [sandbox]: whether this machine lets us run a lab. Where kernel tests are
// required its absence fails the script.
func condition(name string) (bool, error) {
	if name != "sandbox" {
		return false, fmt.Errorf("no condition %q", name)
	}
	err := sandboxed()
	if err != nil && os.Getenv("NETLAB_REQUIRE_KERNEL") == "1" {
		return false, fmt.Errorf("NETLAB_REQUIRE_KERNEL=1, but %w", err)
	}
	return err == nil, nil
}

// exits runs a command that must end with that code: exits 2 netlab frobnicate.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		code = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}
