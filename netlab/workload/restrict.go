package workload

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// withheld are the capabilities that no program has: to see into other processes, to change
// mounts and namespaces, and what is the machine's.
var withheld = []uintptr{unix.CAP_SYS_PTRACE, unix.CAP_SYS_ADMIN, unix.CAP_SYS_MODULE, unix.CAP_SYS_BOOT, unix.CAP_SYS_RAWIO}

// restrict takes them from what this thread starts from now on, for good.
func restrict() error {
	for _, capability := range withheld {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); err != nil {
			return fmt.Errorf("withhold capability %d: %w", capability, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("allow no new privileges: %w", err)
	}
	return nil
}

// leaveKeys gives this thread, and what it starts, an empty session keyring: whoever inherits one may read its keys, of whatever user.
func leaveKeys() error {
	_, _, errno := unix.Syscall(unix.SYS_KEYCTL, unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0)
	if errno != 0 && errno != unix.ENOSYS && errno != unix.EPERM { // no keys here, or a container's filter for all
		return fmt.Errorf("start without the session's keys: %w", errno)
	}
	return nil
}
