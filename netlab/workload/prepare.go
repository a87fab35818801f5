package workload

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// prepare makes the calling process's namespaces look like the host.
func (l Look) prepare() error {
	if err := unix.Sethostname([]byte(l.Hostname)); err != nil {
		return fmt.Errorf("set host name %s: %w", l.Hostname, err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	return errors.Join(mountKernel(), l.cover())
}

// mountKernel shows the host's own processes and network, and nothing of the machine to write to:
// its settings, as root's, are open to root of a user namespace who is root outside, too.
func mountKernel() error {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("proc", "/proc", "proc", flags, ""); err != nil {
		return fmt.Errorf("mount a fresh /proc: %w", err)
	}
	for _, path := range []string{"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/proc/scsi",
		"/proc/sys/net/netfilter/nf_hooks_lwtunnel", // in each network namespace, but one switch for the whole kernel
	} {
		if err := readOnly(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	// sysfs shows the NICs of the namespace that it was mounted from.
	if err := unix.Mount("sysfs", "/sys", "sysfs", flags|unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("mount a fresh /sys: %w", err)
	}
	return nil
}

// network is the one part of /proc/sys that is the host's own.
const network = "/proc/sys/net"

func readOnly(path string) error {
	if err := unix.Mount(path, path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("cover %s: %w", path, err)
	}
	if path == filepath.Dir(network) {
		if err := unix.Mount(network, network, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("keep %s: %w", network, err)
		}
	}
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("", path, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|flags, ""); err != nil {
		return fmt.Errorf("make %s read-only: %w", path, err)
	}
	return nil
}

// cover puts the host's own files over those of the machine, in this mount namespace only. They
// are written to a tmpfs that is mounted for the moment of binding them.
func (l Look) cover() error {
	const scratch = "/mnt"
	if err := unix.Mount("tmpfs", scratch, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, ""); err != nil {
		return fmt.Errorf("mount a tmpfs on %s: %w", scratch, err)
	}
	for _, file := range []struct{ path, text string }{
		{"/etc/resolv.conf", l.resolvConf()},
		{"/etc/hosts", l.hosts()},
		{"/etc/hostname", l.Hostname + "\n"},
	} {
		if _, err := os.Stat(file.path); os.IsNotExist(err) {
			continue // nothing there that could mislead the program
		}
		own := filepath.Join(scratch, filepath.Base(file.path))
		if err := os.WriteFile(own, []byte(file.text), 0o644); err != nil {
			return err
		}
		if err := unix.Mount(own, file.path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind %s: %w", file.path, err)
		}
	}
	if err := unix.Unmount(scratch, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount %s: %w", scratch, err)
	}
	return nil
}

func (l Look) resolvConf() string {
	text := fmt.Sprintf("nameserver %s\n", l.Resolver)
	if l.Search != "" {
		text += "search " + l.Search + "\n"
	}
	return text
}

func (l Look) hosts() string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n")
	names := slices.Sorted(maps.Keys(l.Hosts))
	for _, name := range names {
		fmt.Fprintf(&b, "%s %s\n", l.Hosts[name], name)
	}
	return b.String()
}
