package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// endless lasts longer than any test waits: only the signal ends it.
const endless = traffic + "run: {warm_up: 200ms, duration: 10m}\n"

func TestInterruptEndsARunAndKeepsWhatThereIs(t *testing.T) {
	needsSandbox(t)
	file := scenario(t, "frankfurt.yaml", endless)
	for name, c := range map[string]struct {
		line   string
		signal syscall.Signal
	}{
		"while it builds":                  {"building", syscall.SIGINT},
		"in the procedure":                 {"create ep-vpc1", syscall.SIGINT},
		"under load":                       {"measuring", syscall.SIGINT},
		"under load, told to end":          {"measuring", syscall.SIGTERM},
		"under load, as the terminal goes": {"measuring", syscall.SIGHUP},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMark(t)
			n := start(t, func(n *netlab) { n.Env = append(os.Environ(), string(m)) }, "run", file, "--json")
			n.progress.await(t, c.line)
			sent := time.Now()
			if err := n.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			if code := n.end(t); code != exitInterrupted {
				t.Errorf("exit code %d, want %d:\n%s", code, exitInterrupted, &n.progress)
			}
			t.Logf("ended %s after the signal", time.Since(sent))
			m.gone(t)
			if text := n.progress.String(); !strings.HasSuffix(text, "netlab: interrupted\n") {
				t.Errorf("the last word is not that it was interrupted:\n%s", text)
			}
			if verdict := parse(t, n.out.Bytes()).text(t, "verdict"); verdict != "invalid" {
				t.Errorf("verdict %s of a run that was interrupted", verdict)
			}
			events, err := os.ReadFile(filepath.Join(n.bundle(t), "events.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(events), `"kind":"build.removed"`) {
				t.Errorf("the lab was not taken down:\n%s", events)
			}
			if _, err := os.Stat(filepath.Join(n.bundle(t), "summary.json")); err != nil {
				t.Error(err)
			}
			if !manifest(t, n).Complete {
				t.Error("the bundle was not closed")
			}
		})
	}
}
