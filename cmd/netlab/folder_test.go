package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"netlab/netlab/kernel/kerneltest"

	"golang.org/x/sys/unix"
)

// golden is a copy of a bundle that a run made.
func golden(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS("../../results/testdata/golden/cluster-failover")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// What was changed after the run is no run any more: every command that reads a bundle says so.
func TestChangedBundleIsRefused(t *testing.T) {
	dir := golden(t)
	path := filepath.Join(dir, "events.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(string(text), `"blocked"`, `"reached"`, 1)
	if err := os.WriteFile(path, []byte(forged), 0o644); err != nil || forged == string(text) {
		t.Fatalf("%v: nothing was forged", err)
	}
	for _, args := range [][]string{{"report", dir}, {"report", dir, "--recompute"}, {"compare", dir, dir}} {
		cmd := exec.Command(program, args...)
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != exitUsage || !strings.Contains(string(out), "events.jsonl was changed after the run") {
			t.Errorf("%v: exit code %d: %s", args, cmd.ProcessState.ExitCode(), out)
		}
	}
}

// A report is never written over what it is made from.
func TestReportIsNotWrittenIntoItsBundle(t *testing.T) {
	dir := golden(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(t.TempDir(), "dangling")
	if err := os.Symlink(filepath.Join(dir, "samples", "new.parquet"), dangling); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "report", dir, "-o", dangling).CombinedOutput(); err == nil {
		t.Errorf("a link to what would be made in the bundle: %s", out)
	}
	for _, output := range []string{
		filepath.Join(dir, "scenario.yaml"), filepath.Join(dir, "samples", "x"), filepath.Join(link, "manifest.json"),
	} {
		cmd := exec.Command(program, "report", dir, "-o", output)
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != exitUsage || !strings.Contains(string(out), "is inside the bundle") {
			t.Errorf("%s: exit code %d: %s", output, cmd.ProcessState.ExitCode(), out)
		}
	}
	output := filepath.Join(t.TempDir(), "report.txt")
	if out, err := exec.Command(program, "report", dir, "-o", output).CombinedOutput(); err != nil {
		t.Errorf("elsewhere: %v: %s", err, out)
	}
}

// On a full disk a run keeps what was measured and says which command makes the report of it; half written files go.
func TestFullDiskKeepsWhatWasMeasured(t *testing.T) {
	needsSandbox(t)
	if os.Geteuid() != 0 {
		kerneltest.Unavailable(t, "only root can mount a small disk")
	}
	disk := t.TempDir()
	// The disk is mounted in a mount namespace of the shell's own.
	script := fmt.Sprintf(`mount -t tmpfs -o size=160k tmpfs %[1]s || exit 9
cd %[1]s; umask 077
%[2]s run %[3]s >/dev/null 2>%[4]s/run.txt; echo "run $?"; cat %[4]s/run.txt
find results -name '*.new'; find results -perm /077
mount -o remount,size=64m %[1]s
%[2]s report --recompute results/* 2>&1; echo "report $?"; ls results/*; find results -perm /077`,
		disk, program, scenario(t, "frankfurt.yaml", strings.ReplaceAll(quick, "rate: 200/s", "rate: 2000/s")), t.TempDir())
	cmd := exec.Command("sh", "-c", script)
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"run 1\n", "no space left on device", "what was measured is kept in " + disk + "/results/",
		"netlab report --recompute " + disk + "/results/", "report 0\n", "report.html\n", "load web", "answered by"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	for _, bad := range []string{".new\n", "\nresults\n", "/proc/self/fd"} {
		if strings.Contains(string(out), bad) {
			t.Errorf("%q is in:\n%s", bad, out)
		}
	}
}

// A report that can't be written leaves the earlier one.
func TestUnwritableReportLeavesTheEarlierOne(t *testing.T) {
	dir := golden(t)
	small := fmt.Sprintf("ulimit -f 1; %s report --recompute %s", program, dir) // files of 512 bytes
	cmd := exec.Command("sh", "-c", small)
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("it was written: %s", out)
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".new") {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if out, err := exec.Command(program, "report", dir).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// A folder of bundles is looked at one level deep, and what is no bundle is no reason to go on.
func TestCompareOfAFolderThatHoldsItselfEnds(t *testing.T) {
	dir := t.TempDir()
	for link, to := range map[string]string{"manifest.json": "nowhere", "x": ".", "y": "."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "compare", dir, dir)
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != exitUsage {
		t.Errorf("exit code %d: %s", cmd.ProcessState.ExitCode(), out)
	}
}

// A file without an end is refused, and a pipe is no bundle.
func TestEndlessFilesAreRefused(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{"at most 4194304 bytes": {"validate", "/dev/zero"}, "is no folder": {"report", pipe}} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, args...)
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != exitUsage || !strings.Contains(string(out), want) {
			t.Errorf("%v: exit code %d: %.300s", args, cmd.ProcessState.ExitCode(), out)
		}
	}
}

// A folder may be named like a pattern.
func TestCompareOfFoldersWithBrackets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs[x]")
	if err := os.CopyFS(filepath.Join(dir, "run"), os.DirFS("../../results/testdata/golden/cluster-failover")); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(program, "compare", dir, dir).CombinedOutput()
	if !strings.Contains(string(out), "are one run") {
		t.Errorf("the bundle in %s was not found: %s", dir, out)
	}
}
