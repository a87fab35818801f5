package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrNotPermitted marks an error whose cause is that this machine lets netlab make no namespaces;
// the error says what stands in the way and what to do about it.
var ErrNotPermitted = errors.New("no namespaces")

// refusal explains why the kernel did not make the namespaces, if that is what it refused.
func refusal(err error) error {
	var reason string
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EUSERS):
		reason = limit()
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		reason = denial(os.Geteuid() == 0)
	default:
		return err
	}
	return fmt.Errorf("%w: %s (%w)", ErrNotPermitted, reason, err)
}

// limit names the limit that is too low. One that only just ran out does not show.
func limit() string {
	for _, kind := range []string{"user", "pid", "mnt", "uts", "net"} {
		name := "user.max_" + kind + "_namespaces"
		if sysctl(name) == "0" {
			return fmt.Sprintf("%s is 0; raise it as root: sysctl %s=10000", name, name)
		}
	}
	return "a limit user.max_*_namespaces is used up, or namespaces are nested too deep"
}

// denial names what keeps us from making namespaces: for root that is a missing capability, for
// others one of the switches of the distributions.
func denial(root bool) string {
	switch {
	case root:
		return "root has no CAP_SYS_ADMIN here, as in most containers; give it that, or run netlab outside"
	case sysctl("kernel.unprivileged_userns_clone") == "0":
		return "only root may make user namespaces; run netlab with sudo, or as root: sysctl kernel.unprivileged_userns_clone=1"
	case sysctl("kernel.apparmor_restrict_unprivileged_userns") == "1":
		return "AppArmor keeps ordinary users from it; run netlab with sudo, or as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
	}
	return "ordinary users may not make them here; run netlab with sudo"
}

func sysctl(name string) string {
	value, err := os.ReadFile("/proc/sys/" + strings.ReplaceAll(name, ".", "/"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(value))
}
