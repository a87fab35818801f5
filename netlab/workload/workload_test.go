package workload_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/workload"

	"golang.org/x/sys/unix"
)

// The test binary is its own /proc/self/exe: it must answer the hidden verb.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == workload.Verb {
		if err := workload.Inside(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) == 3 && os.Args[1] == "search-key" {
		if _, err := unix.KeyctlSearch(unix.KEY_SPEC_SESSION_KEYRING, "user", os.Args[2], 0); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// newHost is a host that ends with the test.
func newHost(t *testing.T, guests *workload.Guests, look workload.Look) *workload.Host {
	t.Helper()
	netns, err := guests.Namespace()
	must(t, err)
	t.Cleanup(func() { unix.Close(netns) })
	h, err := guests.Host(netns, look)
	must(t, err)
	t.Cleanup(func() { h.Close() })
	return h
}

func open(t *testing.T) *workload.Guests {
	t.Helper()
	kerneltest.Namespace(t) // skips where there can be none
	guests, err := workload.Open(workload.Invoker())
	must(t, err)
	t.Cleanup(func() { guests.Close() })
	return guests
}

// run gives what a shell on a host prints, and how it ends.
func run(t *testing.T, h *workload.Host, script string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	p, err := h.Start(workload.Program{Command: []string{"sh", "-c", script}}, nil, &out, &out)
	must(t, err)
	err = p.Wait()
	return out.String(), err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestProgramSeesItsHost(t *testing.T) {
	outside, _ := os.ReadFile("/etc/hosts")
	h := newHost(t, open(t), workload.Look{
		Hostname: "ecs1", Resolver: netip.MustParseAddr("100.100.2.136"),
		Hosts: map[string]netip.Addr{"ecs1": netip.MustParseAddr("10.0.0.182")},
	})
	out, err := run(t, h, "hostname; id -u; cat /etc/resolv.conf /etc/hosts; ls /sys/class/net /proc/sys/net/ipv4/conf")
	must(t, err)
	for _, want := range []string{"ecs1\n0\n", "nameserver 100.100.2.136\n", "10.0.0.182 ecs1\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if strings.Contains(out, "eth0") {
		t.Errorf("the program sees a NIC that its namespace does not have:\n%s", out)
	}
	if after, _ := os.ReadFile("/etc/hosts"); !bytes.Equal(outside, after) {
		t.Error("the machine's own /etc/hosts changed")
	}
}

func TestProgramsOfAHostSeeEachOther(t *testing.T) {
	guests := open(t)
	a, b := newHost(t, guests, workload.Look{Hostname: "a"}), newHost(t, guests, workload.Look{Hostname: "b"})
	server, err := a.Start(workload.Program{Command: []string{"sleep", "1000"}}, nil, nil, nil)
	must(t, err)
	const count = "cat /proc/[0-9]*/comm | grep -c ^sleep$"
	if out, _ := run(t, a, count); out != "1\n" {
		t.Errorf("a program sees %q servers on its host", out)
	}
	if out, _ := run(t, b, count); out != "0\n" {
		t.Errorf("a program sees %q servers on another host", out)
	}
	must(t, server.Kill())
}

func TestHowAProgramEnds(t *testing.T) {
	h := newHost(t, open(t), workload.Look{Hostname: "ecs1"})
	for script, want := range map[string]string{
		"exit 0": "", "exit 7": "exit status 7", "kill -TERM $$": "signal: terminated", "kill -TERM 1; kill -KILL 1; exit 3": "exit status 3",
	} {
		_, err := run(t, h, script)
		if said := ""; err != nil {
			said = err.Error()
			if said != want {
				t.Errorf("%s: %s, want %s", script, said, want)
			}
		} else if want != "" {
			t.Errorf("%s ended well", script)
		}
	}
}

func TestKillEndsTheWholeProgram(t *testing.T) {
	h := newHost(t, open(t), workload.Look{Hostname: "ecs1"})
	var out bytes.Buffer
	p, err := h.Start(workload.Program{Command: []string{"sh", "-c", "sleep 100 & wait"}}, nil, &out, &out)
	must(t, err)
	must(t, p.Kill())
	if err := p.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("program ended with %v, want killed", err)
	}
}

func TestProgramsEndWithTheirHost(t *testing.T) {
	guests := open(t)
	h := newHost(t, guests, workload.Look{Hostname: "ecs1"})
	p, err := h.Start(workload.Program{Command: []string{"sleep", "1000"}}, nil, nil, nil)
	must(t, err)
	must(t, h.Close())
	if err := p.Wait(); err == nil || err.Error() != "it ended with its host" {
		t.Errorf("it ended with %v", err)
	}
	must(t, p.Kill())
}

// TestOrphansAreReaped: what loses its parent is no zombie for ever.
func TestOrphansAreReaped(t *testing.T) {
	h := newHost(t, open(t), workload.Look{Hostname: "ecs1"})
	for range 20 {
		_, err := run(t, h, "sleep .01 & exit 0")
		must(t, err)
	}
	// The last ones may still sleep.
	const wait = "while grep -l '(sleep) S' /proc/[0-9]*/stat >/dev/null 2>&1; do :; done; "
	const zombies = "grep -c '(sleep) Z ' /proc/[0-9]*/stat 2>/dev/null | grep -v :0$; :"
	var out string
	var err error
	for range 100 { // the last one may just have ended
		if out, err = run(t, h, wait+zombies); out == "" {
			break
		}
	}
	if must(t, err); out != "" {
		t.Errorf("zombies: %s", out)
	}
}

func TestLongArguments(t *testing.T) {
	h := newHost(t, open(t), workload.Look{Hostname: "ecs1"})
	command := []string{"printf", "%s"}
	for range 10 {
		command = append(command, strings.Repeat("x", 100_000))
	}
	var out bytes.Buffer
	p, err := h.Start(workload.Program{Command: command}, nil, &out, nil)
	must(t, err)
	if must(t, p.Wait()); out.Len() != 1_000_000 {
		t.Errorf("the program got %d bytes", out.Len())
	}
	command = append(command, strings.Repeat("x", 200_000))
	if _, err := h.Start(workload.Program{Command: command}, nil, &out, nil); err == nil ||
		err.Error() != "run printf on ecs1: argument list too long" {
		t.Errorf("an argument that is too long: %v", err)
	}
}

func TestUnknownProgramSaysSo(t *testing.T) {
	h := newHost(t, open(t), workload.Look{Hostname: "ecs1"})
	_, err := h.Start(workload.Program{Command: []string{"no-such-program"}}, nil, nil, nil)
	if err == nil || err.Error() != `run no-such-program on ecs1: exec: "no-such-program": executable file not found in $PATH` {
		t.Fatal(err)
	}
}

// TestProgramOwnsItsStreams: a server that logs to /dev/stdout opens it anew. It has no other descriptors.
func TestProgramOwnsItsStreams(t *testing.T) {
	kerneltest.Namespace(t)
	inherited, err := os.Open("/")
	must(t, err)
	defer inherited.Close()
	_, err = unix.FcntlInt(inherited.Fd(), unix.F_SETFD, 0) // as a careless shell leaves it open
	must(t, err)
	user := workload.Invoker()
	if os.Geteuid() == 0 {
		user = workload.User{UID: 65534, GID: 65534}
	}
	guests, err := workload.Open(user)
	must(t, err)
	defer guests.Close()
	h := newHost(t, guests, workload.Look{Hostname: "ecs1"})
	if out, err := run(t, h, "echo said >/dev/stdout; exec ls /proc/self/fd"); err != nil || out != "said\n0\n1\n2\n3\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// A session keyring gives its keys to whoever inherits it, of whatever user. The test runs itself again in
// a session that has a key.
func TestProgramsHaveNoKeysOfTheSession(t *testing.T) {
	const name, inside = "netlab-test-key", "NETLAB_TEST_HAS_KEY"
	if os.Getenv(inside) == "" {
		runtime.LockOSThread() // and never unlock: the thread ends with the test, and its keyring
		if _, _, errno := unix.Syscall(unix.SYS_KEYCTL, unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0); errno != 0 {
			kerneltest.Unavailable(t, "this machine keeps no keys for us: "+errno.Error())
		}
		_, err := unix.AddKey("user", name, []byte("secret"), unix.KEY_SPEC_SESSION_KEYRING)
		must(t, err)
		again := exec.Command(os.Args[0], "-test.run=^TestProgramsHaveNoKeysOfTheSession$")
		again.Env = append(os.Environ(), inside+"=1")
		if out, err := again.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	if out, err := exec.Command(os.Args[0], "search-key", name).CombinedOutput(); err != nil {
		t.Fatalf("a child outside of a lab does not find the key: %v: %s", err, out)
	}
	h := newHost(t, open(t), workload.Look{Hostname: "ecs1"})
	if out, err := run(t, h, os.Args[0]+" search-key "+name); err == nil || !strings.Contains(out, "not available") {
		t.Errorf("a program in a lab finds the key of the session: %v: %s", err, out)
	}
}

// A program can take away what the init of its host needs, since both are of one user. The host ends with
// that; nobody waits for ever.
func TestAnInitThatCannotWorkEndsItsHost(t *testing.T) {
	guests := open(t)
	h := newHost(t, guests, workload.Look{Hostname: "ecs1"})
	ended := make(chan error, 2)
	go func() {
		for range 2 {
			p, err := h.Start(workload.Program{Command: []string{"prlimit", "--pid", "1", "--nofile=3:3"}}, nil, nil, nil)
			if err == nil {
				err = p.Wait()
			}
			ended <- err
		}
	}()
	for range 2 {
		select {
		case err := <-ended:
			if err == nil {
				t.Error("the end of a program that nobody can tell of counts as a good one")
			}
		case <-time.After(20 * time.Second):
			t.Fatal("somebody still waits for a host whose init is gone")
		}
	}
	other := newHost(t, guests, workload.Look{Hostname: "ecs2"})
	if _, err := run(t, other, "true"); err != nil {
		t.Errorf("another host suffers from it: %v", err)
	}
}
