package sandbox

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Enter makes the inner process fit to hold a lab: a /proc of its own PID namespace, no mount
// that could reach the outside, as many descriptors as it may have. It returns the inner ends of
// the pipes, also beside an error: reports is there to tell of it. They are nil outside a sandbox.
func Enter() (control, reports *os.File, err error) {
	if os.Getpid() != 1 {
		return nil, nil, fmt.Errorf("enter sandbox: this verb is netlab's own and only runs inside its sandbox")
	}
	unix.CloseOnExec(controlFD)
	unix.CloseOnExec(reportsFD)
	return os.NewFile(controlFD, "control"), os.NewFile(reportsFD, "reports"), prepare()
}

func prepare() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		// The user namespace was made and given no capabilities, as AppArmor does. Root never
		// comes this far without them.
		return fmt.Errorf("%w: %s (make mounts private: %w)", ErrNotPermitted, denial(false), err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		// EPERM in a user namespace: the kernel allows no /proc that shows more than the outer one.
		return fmt.Errorf("%w: /proc is partly covered here, as in most containers; run netlab outside, or let the container see all of /proc "+
			"(mount a fresh /proc: %w)", ErrNotPermitted, err)
	}
	if err := unix.Sethostname([]byte("netlab")); err != nil {
		return fmt.Errorf("set host name: %w", err)
	}
	limit := unix.Rlimit{}
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read descriptor limit: %w", err)
	}
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raise descriptor limit to %d: %w", limit.Max, err)
	}
	prefer()
	return nil
}

// prefer puts this session before the machine's others: what measures should not wait. Within
// the session threads keep their own order, in which load generators and wires come first.
// Only root may ask for that, and a kernel may have no autogroups. Without it, a run's own record
// of how late it was tells whether its figures hold, so a refusal is no error.
func prefer() { _ = os.WriteFile("/proc/self/autogroup", []byte("-20"), 0) }
