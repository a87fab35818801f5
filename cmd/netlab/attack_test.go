package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// attackVariable makes a program of the test binary that attacks, inside a lab, what stands there.
const attackVariable = "NETLAB_TEST_ATTACK"

// attacks are what no shell can do. Each says what it got hold of, or "".
var attacks = map[string]func() string{
	"take descriptors": takeDescriptors,
	"open descriptors": openDescriptors,
	"ask sockets":      askSockets,
	"enter namespaces": enterNamespaces,
	"capture packets":  capturePackets,
}

// attack ends with 0 where it got hold of something.
func attack(name string) int {
	got := attacks[name]()
	fmt.Println(got)
	if got == "" {
		return 1
	}
	return 0
}

func takeDescriptors() string {
	process, err := unix.PidfdOpen(1, 0)
	if err != nil {
		return ""
	}
	for fd := range 64 {
		if _, err := unix.PidfdGetfd(process, fd, 0); err == nil {
			return fmt.Sprintf("descriptor %d", fd)
		}
	}
	return ""
}

func openDescriptors() string {
	for fd := range 64 {
		file := fmt.Sprintf("/proc/1/fd/%d", fd)
		if to, err := os.Readlink(file); err == nil {
			return to
		}
		if f, err := os.Open(file); err == nil {
			return f.Name()
		}
	}
	return ""
}

// askSockets asks the sockets that this program was given for their network namespace.
func askSockets() string {
	for fd := range 3 {
		ns, err := unix.IoctlRetInt(fd, unix.SIOCGSKNS)
		if err == nil {
			return fmt.Sprintf("the network namespace %d of descriptor %d", ns, fd)
		}
	}
	return ""
}

func enterNamespaces() string {
	for _, pid := range []int{1, os.Getppid(), os.Getpid()} {
		for _, kind := range []string{"net", "mnt", "pid", "user", "uts"} {
			ns, err := unix.Open(fmt.Sprintf("/proc/%d/ns/%s", pid, kind), unix.O_RDONLY, 0)
			if err == nil && unix.Setns(ns, 0) == nil {
				return fmt.Sprintf("the %s namespace of process %d", kind, pid)
			}
		}
	}
	return ""
}

func capturePackets() string {
	if _, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0); err != nil {
		return ""
	}
	return "all packets"
}

// attacker is the test binary where every user may run it.
func attacker(t *testing.T) string {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	file := filepath.Join(publicFolder(t), "attacker")
	must(t, os.WriteFile(file, self, 0o755))
	return file
}
