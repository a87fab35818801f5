package main

import (
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"netlab/netlab/kernel/kerneltest"
)

// A login is a user who types commands: as somebody, in some environment.
type login struct {
	env       []string
	as        *syscall.SysProcAttr
	directory string
}

// sh runs a script and gives all that it says, and its exit code.
func (s login) sh(t *testing.T, script string) (string, int) {
	t.Helper()
	c := exec.CommandContext(kerneltest.Context(t), "sh", "-c", script)
	c.Dir, c.SysProcAttr = s.directory, s.as
	c.Env = append(append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH")), s.env...)
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// says runs a script that must end so and say so.
func (s login) says(t *testing.T, script string, code int, want string) {
	t.Helper()
	if out, got := s.sh(t, script); got != code || !strings.Contains(out, want) {
		t.Errorf("%s: exit code %d, want %d and %q:\n%s", script, got, code, want, out)
	}
}

// A labName is one that no other test uses, on a machine that others test on, too.
func labName(t *testing.T) string {
	h := fnv.New32a()
	fmt.Fprint(h, t.Name())
	return fmt.Sprintf("t%d-%x", os.Getpid(), h.Sum32())
}

// ordinaryLogin is that of an ordinary user with folders of his own.
func ordinaryLogin(t *testing.T) login {
	t.Helper()
	s := login{directory: publicFolder(t)}
	if os.Geteuid() == 0 {
		uid, gid := ordinaryUser(t)
		s.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	}
	must(t, copyScenarios(s.directory))
	for _, name := range []string{"tmp", "run"} {
		must(t, os.Mkdir(filepath.Join(s.directory, name), 0o755))
		if s.as != nil {
			must(t, os.Chown(filepath.Join(s.directory, name), int(s.as.Credential.Uid), int(s.as.Credential.Gid)))
		}
	}
	s.env = []string{"TMPDIR=" + filepath.Join(s.directory, "tmp"), "XDG_RUNTIME_DIR=" + filepath.Join(s.directory, "run")}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const roundTrip = "netlab up frankfurt.yaml --name %[1]s && netlab exec %[1]s ecs1 -- hostname && netlab ps && netlab down %[1]s"

// TestOwnerReachesLab: an ordinary user does, wherever the sockets have to stand.
func TestOwnerReachesLab(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	s := ordinaryLogin(t)
	for name, environment := range map[string]string{
		"a runtime directory":    "",
		"none":                   "XDG_RUNTIME_DIR= ",
		"one that isn't there":   "XDG_RUNTIME_DIR=/nowhere ",
		"one that isn't his own": "XDG_RUNTIME_DIR=/proc ",
	} {
		t.Run(name, func(t *testing.T) {
			s.says(t, "export "+environment+";"+fmt.Sprintf(roundTrip, "owner"), 0, "\necs1\n")
			for _, dir := range []string{"tmp", "run"} {
				if left, _ := filepath.Glob(filepath.Join(s.directory, dir, "*", "*")); len(left) > 0 {
					t.Errorf("%v is left", left)
				}
			}
		})
	}
}

// TestRootReachesLabWithoutRun: also where /run is read-only.
func TestRootReachesLabWithoutRun(t *testing.T) {
	needsSandbox(t)
	if os.Geteuid() != 0 {
		kerneltest.Unavailable(t, "only root has a place in /run")
	}
	t.Parallel()
	s := ordinaryLogin(t)
	s.as = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	for _, mount := range []string{
		"mount -t tmpfs -o ro none /run",
		"mkdir -p /run/netlab && chmod 700 /run/netlab && mount --bind /run /run && mount -o remount,bind,ro /run",
	} {
		s.says(t, "mount --make-rprivate / && "+mount+" && "+fmt.Sprintf(roundTrip, "root"), 0, "\necs1\n")
	}
}

// TestStrangersDoNotReachLab: whoever else has the user's id, or none of it, gets no program run.
func TestStrangersDoNotReachLab(t *testing.T) {
	needsSandbox(t)
	if os.Geteuid() != 0 {
		kerneltest.Unavailable(t, "only root can be somebody else")
	}
	t.Parallel()
	owner, name := ordinaryLogin(t), labName(t)
	root := login{directory: owner.directory}
	defer root.sh(t, "netlab down "+name)
	root.says(t, "netlab up frankfurt.yaml --name "+name, 0, "is up")
	for as, want := range map[string]string{
		"setpriv --bounding-set=-all --inh-caps=-all": "has more capabilities or is in another user namespace",
		"unshare --mount":                "the other side is in another mount namespace",
		"unshare --pid --fork":           "outside of this PID namespace",
		"unshare --user --map-root-user": "has more capabilities or is in another user namespace",
	} {
		root.says(t, as+" netlab exec "+name+" ecs1 -- echo owned", exitFailed, want)
		root.says(t, as+" netlab down "+name, exitFailed, want)
	}
	owner.says(t, "netlab exec "+name+" ecs1 -- echo owned", exitUsage, "no lab of that name is up")
	root.says(t, "netlab exec "+name+" ecs1 -- echo alive", 0, "alive")

	// From outside, its owner is not the root that a lab in a user namespace belongs to.
	inside := start(t, func(n *netlab) {
		n.Path, n.Err = exec.LookPath("unshare")
		n.Args = append([]string{"unshare", "--user", "--map-root-user", program}, n.Args[1:]...)
		n.Env, n.SysProcAttr = append(os.Environ(), owner.env...), owner.as
	}, "up", "--foreground", "--name", "inside", filepath.Join(owner.directory, "frankfurt.yaml"))
	inside.progress.await(t, "inside is up")
	own := "mv tmp/netlab-0 tmp/netlab-$(id -u) && "
	owner.says(t, own+"XDG_RUNTIME_DIR= netlab exec inside ecs1 -- echo owned", exitFailed, "the other side is in another user namespace")
	again := "unshare --user --map-root-user sh -c 'mv tmp/netlab-* tmp/netlab-0; netlab down inside'"
	owner.says(t, again, exitFailed, "in another user namespace")
	must(t, inside.Process.Signal(syscall.SIGTERM)) // nobody else may take it down
	if code := inside.end(t); code != exitInterrupted {
		t.Errorf("exit code %d, want %d:\n%s", code, exitInterrupted, &inside.progress)
	}
}

// TestSquatters: another user's directory in the way of the user's own is said to be that, at once.
func TestSquatters(t *testing.T) {
	needsSandbox(t)
	if os.Geteuid() != 0 {
		kerneltest.Unavailable(t, "only root can be somebody else")
	}
	t.Parallel()
	s := ordinaryLogin(t)
	s.env = append(s.env, "XDG_RUNTIME_DIR=")
	dir := filepath.Join(s.directory, "tmp", fmt.Sprintf("netlab-%d", s.as.Credential.Uid))
	must(t, os.Mkdir(dir, 0o777))
	must(t, os.Chmod(dir, 0o777))
	for _, verb := range []string{"ps", "exec squat ecs1 -- cat <frankfurt.yaml", "down squat", "up frankfurt.yaml --name squat"} {
		s.says(t, "netlab "+verb, exitFailed, "belongs to user 0; remove it, or set XDG_RUNTIME_DIR")
	}
}
