package sandbox

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Enter makes the inner process fit to hold a lab: a /proc of its own PID namespace, no mount
// that could reach the outside, as many descriptors as it may have. It returns the inner ends of
// the pipes.
func Enter() (control, reports *os.File, err error) {
	if os.Getpid() != 1 {
		return nil, nil, fmt.Errorf("enter sandbox: this verb is netlab's own and only runs inside its sandbox")
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, nil, fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		// EPERM in a user namespace: the outer /proc is partly covered, as container
		// runtimes do, and the kernel then allows no fresh one.
		return nil, nil, fmt.Errorf("%w: mount a fresh /proc: %w", ErrNotPermitted, err)
	}
	if err := unix.Sethostname([]byte("netlab")); err != nil {
		return nil, nil, fmt.Errorf("set host name: %w", err)
	}
	limit := unix.Rlimit{}
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil, nil, fmt.Errorf("read descriptor limit: %w", err)
	}
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil, nil, fmt.Errorf("raise descriptor limit to %d: %w", limit.Max, err)
	}
	unix.CloseOnExec(controlFD)
	unix.CloseOnExec(reportsFD)
	return os.NewFile(controlFD, "control"), os.NewFile(reportsFD, "reports"), nil
}
