package workload

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// A User is who programs are outside of their user namespace.
type User struct{ UID, GID int }

// Invoker is the user who asked for the lab: under sudo the one who called it, else this
// process's own.
func Invoker() User {
	uid, uidErr := strconv.Atoi(os.Getenv("SUDO_UID"))
	gid, gidErr := strconv.Atoi(os.Getenv("SUDO_GID"))
	if machinesRoot() && uidErr == nil && gidErr == nil {
		return User{uid, gid}
	}
	return User{os.Geteuid(), os.Getegid()}
}

// Ids of nobody: above those that systemd and containers give away.
const (
	spareIDs = 0x70000000
	spares   = 65534
)

// attributes are those of a process that is root in a user namespace of its own. The machine's
// root has ids to spare, so that a server may give up root there; a user has no other than his own.
func (u User) attributes() *syscall.SysProcAttr {
	mapping := func(id int) []syscall.SysProcIDMap {
		m := []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
		if machinesRoot() {
			m = append(m, syscall.SysProcIDMap{ContainerID: 1, HostID: spareIDs + 1, Size: spares})
		}
		return m
	}
	a := &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: mapping(u.UID), GidMappings: mapping(u.GID),
		Pdeathsig: syscall.SIGKILL,
	}
	if machinesRoot() {
		a.GidMappingsEnableSetgroups = true
		a.Credential = &syscall.Credential{} // none of root's groups
	}
	return a
}

// machinesRoot says whether this process is root in the first user namespace, which alone maps
// every id.
func machinesRoot() bool {
	ids, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && os.Geteuid() == 0 && strings.Join(strings.Fields(string(ids)), " ") == "0 0 4294967295"
}
