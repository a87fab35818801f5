package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// program is netlab as a user has it: built, since it starts itself anew for the sandbox.
var program string

// programVariable names the program to a test that was started by another one.
const programVariable = "NETLAB_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if name := os.Getenv(attackVariable); name != "" {
		os.Exit(attack(name))
	}
	os.Exit(withProgram(m.Run))
}

func withProgram(test func() int) int {
	if program = os.Getenv(programVariable); program != "" {
		return test()
	}
	dir, err := os.MkdirTemp("", "netlab-program-")
	if err != nil {
		return failed(err)
	}
	defer os.RemoveAll(dir)
	// Ordinary users run it too.
	if err := os.Chmod(dir, 0o755); err != nil {
		return failed(err)
	}
	program = filepath.Join(dir, "netlab")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return failed(fmt.Errorf("build netlab: %w\n%s", err, out))
	}
	return test()
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
