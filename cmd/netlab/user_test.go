package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"netlab/netlab/kernel/kerneltest"
	"netlab/results"
)

// nobody owns nothing, on every system.
const nobody = 65534

// ordinaryUser is NETLAB_TEST_USER, or else nobody.
func ordinaryUser(t *testing.T) (uid, gid uint32) {
	t.Helper()
	name := os.Getenv("NETLAB_TEST_USER")
	if name == "" {
		return nobody, nobody
	}
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return number(t, u.Uid), number(t, u.Gid)
}

func number(t *testing.T, text string) uint32 {
	t.Helper()
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

func TestOrdinaryUserRuns(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	uid := uint32(os.Geteuid())
	d, n := rehearse(t, func(n *netlab) {
		if uid == 0 {
			var gid uint32
			uid, gid = ordinaryUser(t)
			n.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
		}
	}, scenario(t, "frankfurt.yaml", quick))
	answered(t, d, "load.web.success_ratio")
	answered(t, d, "probes.reach.success_ratio")
	belong(t, filepath.Join(n.Dir, "results"), uid)
	if root := manifest(t, n).Host.Root; root {
		t.Error("the manifest says that root made the run")
	}
}

func TestRunUnderSudoBelongsToWhoAsked(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	if os.Geteuid() != 0 {
		kerneltest.Unavailable(t, "only root can give files away")
	}
	d, n := rehearse(t, func(n *netlab) {
		n.Env = append(os.Environ(), "SUDO_UID=65534", "SUDO_GID=65534")
	}, scenario(t, "frankfurt.yaml", quick))
	answered(t, d, "load.web.success_ratio")
	belong(t, filepath.Join(n.Dir, "results"), nobody)
	if root := manifest(t, n).Host.Root; !root {
		t.Error("the manifest says that an ordinary user made the run")
	}
}

// belong checks that a folder and all that is in it is of one user.
func belong(t *testing.T, dir string, uid uint32) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err == nil && info.Sys().(*syscall.Stat_t).Uid != uid {
			t.Errorf("%s belongs to user %d, want %d", path, info.Sys().(*syscall.Stat_t).Uid, uid)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// manifest is that of the one bundle.
func manifest(t *testing.T, n *netlab) results.Manifest {
	t.Helper()
	var m results.Manifest
	text, err := os.ReadFile(filepath.Join(n.bundle(t), "manifest.json"))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}
