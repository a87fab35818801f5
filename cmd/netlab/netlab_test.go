package main

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"netlab/netlab/kernel/kerneltest"
)

// A netlab is the program under test: running, or at its end.
type netlab struct {
	*exec.Cmd
	out      bytes.Buffer // standard output
	progress progress     // standard error
}

// start runs netlab in a folder of its own; prepare may change how.
func start(t *testing.T, prepare func(*netlab), args ...string) *netlab {
	t.Helper()
	n := &netlab{Cmd: exec.CommandContext(kerneltest.Context(t), program, args...)}
	n.Dir = publicFolder(t)
	n.Stdout, n.Stderr = &n.out, &n.progress
	// What holds standard error open after netlab itself is gone was left behind by it.
	n.WaitDelay = 20 * time.Second
	if prepare != nil {
		prepare(n)
	}
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	return n
}

// end waits for its end and gives its exit code, or -1 where a signal killed it.
func (n *netlab) end(t *testing.T) int {
	t.Helper()
	err := n.Wait()
	if ended := (*exec.ExitError)(nil); err != nil && !errors.As(err, &ended) {
		t.Fatalf("%v:\n%s", err, &n.progress)
	}
	return n.ProcessState.ExitCode()
}

// bundles are those in its results folder.
func (n *netlab) bundles(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(n.Dir, "results", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// bundle is the one bundle.
func (n *netlab) bundle(t *testing.T) string {
	t.Helper()
	dirs := n.bundles(t)
	if len(dirs) != 1 {
		t.Fatalf("bundles %v, want one:\n%s", dirs, &n.progress)
	}
	return dirs[0]
}

// rehearse runs a scenario to its end and gives what netlab says of it with --json. The verdict
// is left to the test: a busy machine spoils the measurement, while what is tested here holds on
// it all the same.
func rehearse(t *testing.T, prepare func(*netlab), file string) (document, *netlab) {
	t.Helper()
	n := start(t, prepare, "run", file, "--json")
	if code := n.end(t); code != 0 && code != exitFailed && code != exitInvalid {
		t.Fatalf("exit code %d:\n%s", code, &n.progress)
	}
	return parse(t, n.out.Bytes()), n
}

// sandboxed is why this machine can run no lab, or nil.
var sandboxed = sync.OnceValue(func() error {
	if out, err := exec.Command(program, "doctor").CombinedOutput(); err != nil {
		return fmt.Errorf("netlab doctor says: %s", out)
	}
	return nil
})

// needsSandbox skips a test where this machine can run no lab.
func needsSandbox(t *testing.T) {
	t.Helper()
	if err := sandboxed(); err != nil {
		kerneltest.Unavailable(t, err.Error())
	}
}

// progress is standard error, line by line.
type progress struct {
	mu    sync.Mutex
	text  []byte
	grown chan struct{}
}

func (p *progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = append(p.text, b...)
	if p.grown != nil {
		close(p.grown)
		p.grown = nil
	}
	return len(b), nil
}

func (p *progress) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.text)
}

// await returns once the text was written.
func (p *progress) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		p.mu.Lock()
		if bytes.Contains(p.text, []byte(text)) {
			p.mu.Unlock()
			return
		}
		if p.grown == nil {
			p.grown = make(chan struct{})
		}
		grown := p.grown
		p.mu.Unlock()
		select {
		case <-grown:
		case <-deadline:
			t.Fatalf("netlab did not say %q:\n%s", text, p)
		}
	}
}
