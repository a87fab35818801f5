package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"netlab/drill/doctor"
	"netlab/netlab/kernel/kerneltest"
	"netlab/sim"
	"netlab/sim/topology"
)

// A limit is really set for a child, and says what doctor, run and up have to say of it.
type limit struct {
	name  string
	under []string // the command that sets it
	user  uint32   // who runs it; 0: the one who tests
	need  string
	says  string
}

func limits() []limit {
	return []limit{
		{"20 descriptors", []string{"prlimit", "--nofile=20"}, 0, "descriptors", "this process may have 20 open"},
		{"64 descriptors", []string{"prlimit", "--nofile=64"}, 0, "descriptors", "raise it: ulimit -n"},
		{"5 namespaces", []string{"unshare", "-Ur", "sh", "-c", `echo 5 >/proc/sys/user/max_net_namespaces; exec "$@"`, "sh"}, 0,
			"network namespaces", "user.max_net_namespaces is 5, the lab takes"},
		{"2 GB of address space", []string{"prlimit", "--as=2000000000"}, 0, "address space", "raise it: ulimit -v unlimited"},
		{"8 threads", []string{"prlimit", "--nproc=8"}, stranger, "processes and threads", "raise it: ulimit -u"},
		{"no CAP_NET_ADMIN", []string{"unshare", "-Ur", "setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"}, 0,
			"veth", "root has no CAP_NET_ADMIN here, as in most containers; give it that"},
	}
}

// stranger is a user who has no process yet, so that a limit counts netlab's alone.
const stranger = 61234

func (l limit) run(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	cmd := exec.Command(l.under[0], append(append(append([]string{}, l.under[1:]...), program), args...)...)
	var out bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = publicFolder(t), &out, &out
	if l.user != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: l.user, Gid: l.user}}
	}
	_ = cmd.Run() // its exit code is looked at
	return cmd.ProcessState.ExitCode(), out.String()
}

func TestLimitsAreNamed(t *testing.T) {
	needsSandbox(t)
	file := scenario(t, "frankfurt.yaml", quick)
	for _, l := range limits() {
		if l.user != 0 && os.Geteuid() != 0 {
			continue // only root becomes another user
		}
		for _, args := range [][]string{{"doctor"}, {"doctor", file}, {"run", file}, {"up", file, "--foreground"}} {
			code, said := l.run(t, args...)
			if code != exitLacking || !strings.Contains(said, l.need) || !strings.Contains(said, l.says) {
				t.Errorf("%s, %s: exit code %d, want %d with %q and %q:\n%s", l.name, args[0], code, exitLacking, l.need, l.says, said)
			}
			if strings.Contains(said, "kernel module") || strings.Contains(said, "goroutine ") {
				t.Errorf("%s, %s: the advice does not help:\n%s", l.name, args[0], said)
			}
		}
	}
}

// The budget is enough: a run that may have just that comes to its end, with a link that is impaired and more connections than usual.
func TestBudgetsAreEnough(t *testing.T) {
	needsSandbox(t)
	if os.Geteuid() != 0 {
		kerneltest.Unavailable(t, "only root becomes another user")
	}
	file := scenario(t, "frankfurt.yaml", strings.Replace(quick, "connections: 16", "connections: 500", 1))
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, c, diags := sim.Load(file, src)
	if len(diags.Errors()) > 0 {
		t.Fatal(diags)
	}
	b := doctor.BudgetOf(s, topology.Compile(c, s.Links))
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	just := limit{under: []string{"prlimit", "--nofile=" + number(uint64(b.Descriptors)), "--nproc=" + number(uint64(b.Threads)),
		"--as=" + number(b.Addresses)}, user: stranger}
	out := filepath.Join(publicFolder(t), "results")
	code, said := just.run(t, "run", file, "--json", "--out", out)
	if code != 0 && code != exitInvalid {
		t.Fatalf("with %+v: exit code %d:\n%s", b, code, said)
	}
	manifests, err := filepath.Glob(filepath.Join(out, "*", "manifest.json"))
	if err != nil || len(manifests) != 1 {
		t.Fatalf("%v, %v", manifests, err)
	}
	text, err := os.ReadFile(manifests[0])
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Setup struct {
			Namespaces int `json:"namespaces"`
		} `json:"setup"`
	}
	if err := json.Unmarshal(text, &m); err != nil || m.Setup.Namespaces+1 != b.Namespaces {
		t.Errorf("%v: %d namespaces and the sandbox's own, the budget says %d", err, m.Setup.Namespaces, b.Namespaces)
	}
}
