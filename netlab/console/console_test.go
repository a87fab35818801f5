package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/workload"
)

// atMost is how long a command may take over a lab that is none.
const atMost = 2 * time.Second

// calls are all that a command can ask.
var calls = map[string]func(path string) error{
	"ps": func(path string) error {
		_, err := describeIn(path, "frankfurt")
		return err
	},
	"exec": func(path string) error {
		_, err := runIn(path, "frankfurt", Exec{Host: "ecs1", Command: []Bytes{Bytes("secret")}}, os.Stdin, os.Stdout, os.Stderr)
		return err
	},
	"down": func(path string) error {
		_, err := ask(path, "frankfurt", wantDown, nil)
		return err
	},
}

// TestNothingIsHandedToStrangers: whatever a stranger who took a lab's name answers, a caller sees
// who it is before it says a word.
func TestNothingIsHandedToStrangers(t *testing.T) {
	each(t, func(t *testing.T, be func(*exec.Cmd)) {
		for _, mode := range []string{"silence", "nothing", "endless", "long", "escapes", "version"} {
			path := filepath.Join(t.TempDir(), "netlab")
			s := squatter(t, path, "frankfurt", mode, be)
			for verb, call := range calls {
				began := time.Now()
				err := call(path)
				if !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), "what answers for lab frankfurt was told nothing") {
					t.Errorf("%s, squatter of %s: %v", verb, mode, err)
				}
				if took := time.Since(began); took > atMost {
					t.Errorf("%s, squatter of %s: %s", verb, mode, took)
				}
				if got := s.line(t); got != "0 bytes, 0 files" {
					t.Errorf("%s handed a squatter of %s %s", verb, mode, got)
				}
			}
		}
	})
}

// TestLabsThatGoWrong: a lab of the same user that is stuck or speaks nonsense ends a call, too.
func TestLabsThatGoWrong(t *testing.T) {
	for mode, want := range map[string]string{
		"silence": "lab frankfurt does not answer within 1.5s",
		"nothing": "lab frankfurt does not say what it is",
		"endless": "it doesn't speak the protocol of netlab's console",
		"raw":     "lab frankfurt does not answer within 1.5s",
		"long":    "it sends a message of 4294967295 bytes, of which netlab takes 1048576",
		"escapes": "lab frankfurt does not say what it is",
		"unknown": `unknown field "owned"`,
		"two":     "more than one document",
		"version": "it speaks version 2 of the console's protocol, this netlab version 1",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "netlab")
			squatter(t, path, "frankfurt", mode, nil)
			began := time.Now()
			err := calls["ps"](path)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v; want %s", err, want)
			}
			if strings.Contains(fmt.Sprint(err), "\x1b") {
				t.Errorf("an escape sequence reaches the terminal: %q", err)
			}
			if took := time.Since(began); took > atMost {
				t.Errorf("that took %s", took)
			}
		})
	}
}

// A runner says what it is asked for, and runs nothing.
type runner chan []string

func (r runner) Exec(host string, command []string, dir string, _ *os.File, _, _ io.Writer) (*workload.Process, error) {
	r <- append([]string{host, dir}, command...)
	return nil, errors.New("it ran")
}

// up is a lab that is up; it ends with the test.
func up(t *testing.T, path string) (runner, context.CancelFunc, func()) {
	t.Helper()
	g, err := listenIn(path, "frankfurt")
	must(t, err)
	ctx, down := context.WithCancel(context.Background())
	inner, err := g.Serve(Info{Name: "frankfurt", File: "frankfurt.yaml"}, down)
	must(t, err)
	r, served := make(runner, 1), make(chan error, 1)
	go func() { served <- Serve(ctx, inner, r) }()
	g.Ready([]string{"ecs1"})
	ended := false
	end := func() {
		if ended {
			return
		}
		ended = true
		down()
		must(t, <-served)
		must(t, g.Close())
	}
	t.Cleanup(end)
	return r, down, end
}

func TestStrangersAreNotHeard(t *testing.T) {
	each(t, func(t *testing.T, be func(*exec.Cmd)) {
		// The directory alone keeps them out, were it not open for once.
		base, err := os.MkdirTemp("", "netlab-console-")
		must(t, err)
		t.Cleanup(func() { os.RemoveAll(base) })
		path := filepath.Join(base, "netlab")
		ran, _, _ := up(t, path)
		must(t, os.Chmod(base, 0o755))
		must(t, os.Chmod(path, 0o755))
		must(t, os.Chmod(filepath.Join(path, "frankfurt.sock"), 0o777))
		s := startStranger(t, "call "+path, be)
		if said := s.line(t); !strings.HasPrefix(said, `"lab frankfurt does not hear you: not trusted: the other side`) {
			t.Errorf("it is told %s", said)
		}
		if len(ran) > 0 {
			t.Errorf("it had a program run: %q", <-ran)
		}
	})
}

func TestOwnerIsHeard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netlab")
	ran, _, _ := up(t, path)
	if info, err := describeIn(path, "frankfurt"); err != nil || !slices.Equal(info.Hosts, []string{"ecs1"}) || info.Building {
		t.Errorf("the lab says %+v, %v", info, err)
	}
	if names, err := namesIn(path); err != nil || !slices.Equal(names, []string{"frankfurt"}) {
		t.Errorf("labs %q, %v", names, err)
	}
	long := Bytes(strings.Repeat("x", 1<<20))
	e := Exec{Host: "ecs1", Dir: Bytes("/"), Command: []Bytes{Bytes("\xff\xfe"), long}}
	if _, err := runIn(path, "frankfurt", e, os.Stdin, os.Stdout, os.Stderr); err == nil || err.Error() != "it ran" {
		t.Fatalf("run says %v", err)
	}
	if got := <-ran; !slices.Equal(got, []string{"ecs1", "/", "\xff\xfe", string(long)}) {
		t.Errorf("the lab was asked for %.80q", got)
	}
	e.Command = append(e.Command, Bytes(strings.Repeat("x", 4<<20)))
	_, err := runIn(path, "frankfurt", e, os.Stdin, os.Stdout, os.Stderr)
	if err == nil || !strings.Contains(err.Error(), "bytes is too long: netlab takes 4194304") {
		t.Errorf("a command that is too long: %v", err)
	}
}

// TestSilentCallersHoldUpNothing: a lab goes down whoever is connected and says nothing.
func TestSilentCallersHoldUpNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netlab")
	_, down, end := up(t, path)
	for _, want := range []want{"", wantExec, wantDown} {
		conn, err := dial(path, "frankfurt")
		must(t, err)
		defer conn.Close()
		if want != "" {
			must(t, write(conn, request{want}, maxRequest))
		}
		if want == wantExec {
			_, err := await(conn, "frankfurt", patience)
			must(t, err)
		}
	}
	down()
	ended := make(chan struct{})
	go func() {
		end()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("a connection keeps the lab alive")
	}
}

func TestLabBeingBuilt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netlab")
	g, err := listenIn(path, "frankfurt")
	must(t, err)
	ctx, down := context.WithCancel(context.Background())
	inner, err := g.Serve(Info{Name: "frankfurt"}, down)
	must(t, err)
	defer inner.Close()
	if info, err := describeIn(path, "frankfurt"); err != nil || !info.Building {
		t.Errorf("the lab says %+v, %v", info, err)
	}
	if err := calls["exec"](path); err == nil || err.Error() != "lab frankfurt is still being built" {
		t.Errorf("exec says %v", err)
	}
	told := make(chan error, 1)
	go func() { told <- calls["down"](path) }()
	<-ctx.Done()
	must(t, g.Close())
	must(t, <-told)
}

// leftover is the socket of a lab that was killed.
func leftover(t *testing.T, path string) {
	t.Helper()
	p, err := makePlace(path)
	must(t, err)
	defer p.Close()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: p.socket("frankfurt")})
	must(t, err)
	l.SetUnlinkOnClose(false)
	must(t, l.Close())
}

func TestLeftoversAreRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netlab")
	socket := filepath.Join(path, "frankfurt.sock")
	gone := func(after string) {
		t.Helper()
		if _, err := os.Lstat(socket); !os.IsNotExist(err) {
			t.Errorf("after %s, %s: %v", after, socket, err)
		}
	}
	leftover(t, path)
	if err := calls["ps"](path); !errors.Is(err, ErrNoLab) {
		t.Errorf("ps says %v", err)
	}
	if names, err := namesIn(path); err != nil || len(names) > 0 {
		t.Errorf("labs %q, %v", names, err)
	}
	gone("ps")

	leftover(t, path)
	g, err := listenIn(path, "frankfurt")
	must(t, err)
	if _, err := listenIn(path, "frankfurt"); err == nil || err.Error() != "a lab named frankfurt is up already" {
		t.Errorf("a second lab of that name: %v", err)
	}
	must(t, g.Close())
	gone("down")

	// A lab that ends leaves the socket of the next one of its name alone.
	first, err := listenIn(path, "frankfurt")
	must(t, err)
	must(t, unix.Shutdown(listenerFD(t, first), unix.SHUT_RDWR))
	second, err := listenIn(path, "frankfurt")
	must(t, err)
	must(t, first.Close())
	if _, err := os.Lstat(socket); err != nil {
		t.Errorf("the second lab's socket: %v", err)
	}
	must(t, second.Close())
	gone("both")
}

func listenerFD(t *testing.T, g *Gate) (fd int) {
	t.Helper()
	raw, err := g.listener.SyscallConn()
	must(t, err)
	must(t, raw.Control(func(n uintptr) { fd = int(n) }))
	return fd
}

// TestDirectoriesOfOthers: a directory that is not this user's own is used by no call.
func TestDirectoriesOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		make func(path string) error
		want string
	}{
		"open":     {func(p string) error { return errors.Join(os.Mkdir(p, 0o755), os.Chmod(p, 0o755)) }, "has mode 0755, not 0700"},
		"symlink":  {func(p string) error { return errors.Join(os.Mkdir(p+"-real", 0o700), os.Symlink(p+"-real", p)) }, "is no directory"},
		"dangling": {func(p string) error { return os.Symlink(p+"-none", p) }, "is no directory"},
		"file":     {func(p string) error { return os.WriteFile(p, nil, 0o600) }, "is no directory"},
		"foreign":  {func(p string) error { return errors.Join(os.Mkdir(p, 0o700), os.Chown(p, 65534, 65534)) }, "belongs to user 65534"},
		"foreign, with a lab": {func(p string) error {
			g, err := listenIn(p, "frankfurt")
			if err != nil {
				return err
			}
			t.Cleanup(func() { _ = g.Close() }) // it can't be removed any more
			return os.Chown(p, 65534, 65534)
		}, "belongs to user 65534"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(name, "foreign") && os.Geteuid() != 0 {
				kerneltest.Unavailable(t, "only root can give a directory away")
			}
			path := filepath.Join(t.TempDir(), "netlab")
			must(t, c.make(path))
			_, listenErr := listenIn(path, "frankfurt")
			_, namesErr := namesIn(path)
			for what, err := range map[string]error{
				"up": listenErr, "names": namesErr, "ps": calls["ps"](path), "exec": calls["exec"](path), "down": calls["down"](path),
			} {
				if !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s says %v; want %s", what, err, c.want)
				}
			}
		})
	}
}

func TestChoose(t *testing.T) {
	dir := t.TempDir()
	last := filepath.Join(dir, "netlab-0")
	for first, want := range map[string]string{
		filepath.Join(dir, "netlab"):            filepath.Join(dir, "netlab"),
		filepath.Join(dir, "missing", "netlab"): last,
	} {
		if got := choose([]string{first, last}); got != want {
			t.Errorf("of %s and %s, %s was chosen", first, last, got)
		}
	}
}
