package dns_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
)

// Programs inside an instance find the resolver through the C library and resolv.conf.
func TestSystemResolverFindsTheEndpoint(t *testing.T) {
	getent, err := exec.LookPath("getent")
	if err != nil {
		kerneltest.Unavailable(t, "this machine has no getent")
	}
	client := vpc(t, filled(), "eu-central-1b")
	conf := filepath.Join(t.TempDir(), "resolv.conf")
	must(t, os.WriteFile(conf, []byte("nameserver 100.100.2.136\n"), 0o644))
	out, err := runInside(client, conf, getent, "ahostsv4", endpoint)
	if errors.Is(err, errMount) {
		kerneltest.Unavailable(t, err.Error())
	}
	must(t, err)
	if fields := strings.Fields(string(out)); len(fields) == 0 || fields[0] != eniB.String() {
		t.Errorf("getent says %q, want %s", out, eniB)
	}
}

var errMount = errors.New("this machine allows no private mounts")

// runInside runs a program in the namespace, where resolv.conf is the given one. The goroutine's
// thread keeps the namespaces and ends with it.
func runInside(n *kernel.Namespace, conf string, command ...string) (out []byte, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Unshare(unix.CLONE_NEWNS) != nil ||
			unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") != nil ||
			unix.Mount(conf, "/etc/resolv.conf", "", unix.MS_BIND, "") != nil {
			err = errMount
			return
		}
		if err = unix.Setns(n.FD(), unix.CLONE_NEWNET); err != nil {
			return
		}
		out, err = exec.Command(command[0], command[1:]...).CombinedOutput()
	}()
	<-done
	return out, err
}
