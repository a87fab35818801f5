package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"netlab/netlab/kernel/kerneltest"
)

// strange is a scenario of somebody's: its program writes a file of the machine. As root it needs more than the file's word.
func strange(t *testing.T, user string) (file, written string) {
	t.Helper()
	dir := publicFolder(t)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	written = filepath.Join(dir, "written")
	service := "  writer: {exec: [sh, -c, 'echo x >" + written + `; printf "\033[2Jhello\n" >&2; exec sleep 1000']` + user + "}\n"
	file = scenario(t, "frankfurt.yaml", quick, "  web: ", service+"  web: ", "run: [web]", "run: [web, writer]")
	return file, written
}

func TestProgramsAreShownBeforeTheyRun(t *testing.T) {
	asRoot, written := strange(t, ", user: root")
	plain, _ := strange(t, "")
	me := userName(os.Geteuid())
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"plan", plain}, 0, "program of ecs2, service writer, as " + me + ": sh -c \"echo x >"},
		{[]string{"plan", asRoot}, 0, "program of ecs2, service writer, as root: sh -c \"echo x >"},
		{[]string{"run", asRoot}, exitUsage,
			"service writer wants to run as root on this machine's files: if you trust the file, --allow-root-exec lets it"},
		{[]string{"up", asRoot}, exitUsage, "service writer wants to run as root"},
		{[]string{"up", asRoot, "--foreground"}, exitUsage, "program of ecs2, service writer, as root: sh -c"},
	} {
		n := start(t, nil, tt.args...)
		if code := n.end(t); code != tt.code || !strings.Contains(n.out.String()+n.progress.String(), tt.says) {
			t.Errorf("%v: exit code %d, want %d and %q:\n%s%s", tt.args, code, tt.code, tt.says, &n.out, &n.progress)
		}
	}
	if _, err := os.Lstat(written); err == nil {
		t.Error("the program ran")
	}

	n := start(t, nil, "plan", asRoot, "--json")
	var plan struct {
		Hosts    []any            `json:"hosts"`
		Programs []plannedProgram `json:"programs"`
	}
	if code := n.end(t); code != 0 {
		t.Fatalf("exit code %d: %s", code, &n.progress)
	}
	if err := json.Unmarshal(n.out.Bytes(), &plan); err != nil || len(plan.Hosts) == 0 || len(plan.Programs) == 0 {
		t.Fatalf("%v: %s", err, &n.out)
	}
	if p := plan.Programs[0]; p.Instance != "ecs2" || p.Service != "writer" || !p.Root || p.User != "root" || p.Command[0] != "sh" {
		t.Errorf("the plan has %+v", p)
	}
}

// Whom a program is outside of its host: who called sudo, unless the file and the flag agree on root.
func TestWhoProgramsAre(t *testing.T) {
	needsSandbox(t)
	if os.Geteuid() != 0 {
		kerneltest.Unavailable(t, "only root can be called by sudo")
	}
	for name, tt := range map[string]struct {
		user string
		args []string
		uid  uint32
	}{
		"the invoker":                {"", nil, nobody},
		"the invoker, with the flag": {"", []string{"--allow-root-exec"}, nobody},
		"root":                       {", user: root", []string{"--allow-root-exec"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			file, written := strange(t, tt.user)
			n := start(t, func(n *netlab) {
				n.Env = append(os.Environ(), "SUDO_UID=65534", "SUDO_GID=65534")
			}, append([]string{"run", file, "--json"}, tt.args...)...)
			if code := n.end(t); code != 0 && code != exitInvalid && code != exitFailed {
				t.Fatalf("exit code %d:\n%s", code, &n.progress)
			}
			shown := strings.Index(n.progress.String(), "program of ecs2, service writer, as "+userName(int(tt.uid))+": sh -c")
			if built := strings.Index(n.progress.String(), "building frankfurt"); shown < 0 || built < shown {
				t.Errorf("the program is not shown before it runs:\n%s", &n.progress)
			}
			n.progress.await(t, `\u001b[2Jhello`) // what it says steers no terminal
			info, err := os.Lstat(written)
			if err != nil {
				t.Fatalf("%v:\n%s", err, &n.progress)
			}
			if uid := info.Sys().(*syscall.Stat_t).Uid; uid != tt.uid {
				t.Errorf("it wrote as user %d, want %d", uid, tt.uid)
			}
		})
	}
}

// An ordinary user's lab has no root to give.
func TestNoRootForAnOrdinaryUser(t *testing.T) {
	needsSandbox(t)
	file, _ := strange(t, ", user: root")
	n := start(t, func(n *netlab) {
		if os.Geteuid() == 0 {
			uid, gid := ordinaryUser(t)
			n.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
		}
	}, "run", file, "--allow-root-exec")
	if code := n.end(t); code != exitUsage || !strings.Contains(n.progress.String(), "only root can run programs as root") {
		t.Errorf("exit code %d:\n%s", code, &n.progress)
	}
}
