package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killVariable tells TestKilledRunsLeaveNoNamespace that it runs in a user namespace of its own.
const killVariable = "NETLAB_TEST_KILL"

// A moment is a random time after a line of the progress.
type moment struct {
	after  string
	within time.Duration
}

// moments cover a run from its first instruction to its last.
var moments = []moment{
	{"", 60 * time.Millisecond},
	{"building", 60 * time.Millisecond},
	{"built in", time.Second},
	{"measuring", 500 * time.Millisecond},
	{"load ended", 100 * time.Millisecond},
}

// The kernel counts the namespaces of a user namespace exactly, up to the very end of their
// removal, and refuses one too many. So in a user namespace of its own this test can tell whether
// none is left, whatever else happens on the machine.
func TestKilledRunsLeaveNoNamespace(t *testing.T) {
	if os.Getenv(killVariable) != "" {
		killTwentyTimes(t)
		return
	}
	needsSandbox(t)
	t.Parallel()
	before := observeHost(t)
	again := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=8m")
	again.Env = append(os.Environ(), killVariable+"=1", programVariable+"="+program)
	again.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	out, err := again.CombinedOutput()
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	t.Logf("%s", out)
	before.unchanged(t)
}

func killTwentyTimes(t *testing.T) {
	// Without open connections and links that delay their end: where a process was killed and its
	// peer can't answer any more, the kernel keeps the connection for some two minutes, and the
	// namespace with it.
	file := killable(t, probing, "inter_zone: {delay: 500us}", "inter_zone: {}")
	// The check itself is checked: a running lab must be seen.
	n, _ := startMarked(t, file)
	n.progress.await(t, "measuring") // the program runs
	for kind := range kinds {
		if err := oneMore(t, kind); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("a lab holds a %s namespace, but one more than none is allowed (%v)", kind, err)
		}
	}
	allowMany(t)
	random := rand.New(rand.NewPCG(20, 9))
	kill(t, n, random)
	n.end(t)

	for round := range 20 {
		at := moments[round%len(moments)]
		delay := time.Duration(random.Int64N(int64(at.within)))
		n, m := startMarked(t, file)
		if at.after != "" {
			n.progress.await(t, at.after)
		}
		time.Sleep(delay) // no wait for anything: the moment is random
		victim := kill(t, n, random)
		code := n.end(t)
		t.Logf("round %d: %s killed %s after %q, exit code %d", round, victim, delay.Round(time.Millisecond), at.after, code)
		m.gone(t)
		if left, err := filepath.Glob(filepath.Join(n.Dir, "tmp", "*")); err != nil || len(left) > 0 {
			t.Errorf("round %d: temporary files are left: %v, %v", round, left, err)
		}
	}
	killed := time.Now()
	for kind := range kinds {
		eventually(t, time.Minute, func() error {
			if err := oneMore(t, kind); err != nil {
				return fmt.Errorf("a %s namespace is left: %w", kind, err)
			}
			return nil
		})
	}
	t.Logf("no namespace was left %s later", time.Since(killed))
}

const probing = `
probes:
  - {name: reach, from: ecs1, target: tcp://ep-vpc1:80, rate: 200/s}
run: {warm_up: 200ms, duration: 500ms}
`

// killable is a run that has everything that could be left over: a program, too, with a child of
// its own.
func killable(t *testing.T, story string, edits ...string) string {
	return scenario(t, "frankfurt.yaml", story, append(edits,
		"time_scale: 10 ", "time_scale: 100 ",
		"192.168.20.200, run: [web]", "192.168.20.200, run: [web, program]",
		"\nservices:", "\nservices:\n  program: {exec: [sh, -c, sleep 1000 & sleep 1000]}")...)
}

func startMarked(t *testing.T, file string) (*netlab, mark) {
	t.Helper()
	m := newMark(t)
	n := start(t, func(n *netlab) {
		tmp := filepath.Join(n.Dir, "tmp")
		if err := os.Mkdir(tmp, 0o755); err != nil {
			t.Fatal(err)
		}
		n.Env = append(os.Environ(), string(m), "TMPDIR="+tmp)
	}, "run", file)
	return n, m
}

// kill ends the outer or the inner process, and says which.
func kill(t *testing.T, n *netlab, random *rand.Rand) string {
	t.Helper()
	victim, pid := "outer process", n.Process.Pid
	if inner := child(t, pid); inner != 0 && random.IntN(2) == 1 {
		victim, pid = "inner process", inner
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatal(err)
	}
	return victim
}

// child is the one child of a process, or 0.
func child(t *testing.T, pid int) int {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // the thread is gone
		}
		var found int
		if n, _ := fmt.Sscan(string(text), &found); n == 1 {
			return found
		}
	}
	return 0
}

// kinds are the namespaces that a lab makes, as the kernel's limits call them.
var kinds = map[string]uintptr{
	"net": syscall.CLONE_NEWNET, "mnt": syscall.CLONE_NEWNS, "pid": syscall.CLONE_NEWPID, "uts": syscall.CLONE_NEWUTS,
	"ipc": syscall.CLONE_NEWIPC, "user": syscall.CLONE_NEWUSER, // of programs
}

// oneMore makes a namespace where one is allowed: ENOSPC says that there is one already.
func oneMore(t *testing.T, kind string) error {
	t.Helper()
	limitNamespaces(t, kind, "1")
	one := exec.Command("true")
	one.SysProcAttr = &syscall.SysProcAttr{Cloneflags: kinds[kind]}
	return one.Run()
}

func allowMany(t *testing.T) {
	for kind := range kinds {
		limitNamespaces(t, kind, "10000")
	}
}

func limitNamespaces(t *testing.T, kind, limit string) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/user/max_"+kind+"_namespaces", []byte(limit), 0); err != nil {
		t.Fatal(err)
	}
}

// The same outside a user namespace, where the kernel's count is everybody's.
func TestKilledRunsLeaveTheMachineAsItWas(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	before, file := observeHost(t), killable(t, quick)
	random := rand.New(rand.NewPCG(20, 10))
	for _, at := range moments {
		n, m := startMarked(t, file)
		if at.after != "" {
			n.progress.await(t, at.after)
		}
		time.Sleep(time.Duration(random.Int64N(int64(at.within))))
		kill(t, n, random)
		n.end(t)
		m.gone(t)
	}
	before.unchanged(t)
}

func TestDeathOfTheInnerProcessIsTold(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	n := start(t, nil, "run", scenario(t, "frankfurt.yaml", endless), "--json")
	n.progress.await(t, "measuring")
	if err := syscall.Kill(child(t, n.Process.Pid), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := n.end(t); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	if last := "netlab: the lab's process ended before it was done: signal: killed\n"; !strings.HasSuffix(n.progress.String(), last) {
		t.Errorf("does not end with %q:\n%s", last, &n.progress)
	}
	d := parse(t, n.out.Bytes())
	if verdict := d.text(t, "verdict"); verdict != "invalid" {
		t.Errorf("verdict %s of a run that was killed", verdict)
	}
}

// TestKilledLabsLeaveNothing: of a lab that stays, a socket's name is left at most, and the next ps
// removes it.
func TestKilledLabsLeaveNothing(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	s, before := ordinaryLogin(t), observeHost(t)
	sockets := filepath.Join(s.directory, "run", "netlab", "*")
	for _, after := range []string{"building", "built in", "is up"} {
		for _, victim := range []string{"outer process", "inner process"} {
			m := newMark(t)
			n := start(t, func(n *netlab) {
				n.Env, n.SysProcAttr = append(append(os.Environ(), string(m)), s.env...), s.as
			}, "up", "--foreground", "--name", "killed", filepath.Join(s.directory, "frankfurt.yaml"))
			n.progress.await(t, after)
			pid := n.Process.Pid
			if victim == "inner process" {
				pid = child(t, pid)
			}
			must(t, syscall.Kill(pid, syscall.SIGKILL))
			n.end(t)
			m.gone(t)
			s.says(t, "netlab ps", 0, "no lab is up")
			if left, err := filepath.Glob(sockets); err != nil || len(left) > 0 {
				t.Errorf("%s killed after %q: %v is left, %v", victim, after, left, err)
			}
		}
	}
	before.unchanged(t)
}

func TestDeathDuringUpIsTold(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	s := ordinaryLogin(t)
	n := start(t, func(n *netlab) {
		n.Env, n.SysProcAttr = append(os.Environ(), s.env...), s.as
	}, "up", "--name", "killed", filepath.Join(s.directory, "frankfurt.yaml"))
	n.progress.await(t, "built in")
	must(t, syscall.Kill(child(t, n.Process.Pid), syscall.SIGKILL))
	if code := n.end(t); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	if last := "netlab: killed ended before it was up: signal: killed\n"; !strings.HasSuffix(n.progress.String(), last) {
		t.Errorf("does not end with %q:\n%s", last, &n.progress)
	}
}
