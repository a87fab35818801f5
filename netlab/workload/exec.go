package workload

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Exec makes the calling process, which Start has put into namespaces of its own, look like the
// host and become the program. It only returns on failure.
func Exec(argument string) error {
	var spec Spec
	if err := json.Unmarshal([]byte(argument), &spec); err != nil {
		return fmt.Errorf("read workload: %w", err)
	}
	if err := unix.Sethostname([]byte(spec.Hostname)); err != nil {
		return fmt.Errorf("set host name %s: %w", spec.Hostname, err)
	}
	if err := spec.cover(); err != nil {
		return fmt.Errorf("prepare files of %s: %w", spec.Hostname, err)
	}
	if spec.Dir != "" {
		if err := os.Chdir(spec.Dir); err != nil {
			return fmt.Errorf("run %s: %w", spec.Command[0], err)
		}
	}
	path, err := exec.LookPath(spec.Command[0])
	if err != nil {
		return fmt.Errorf("run %s: %w", spec.Command[0], err)
	}
	if err := unix.Exec(path, spec.Command, append(os.Environ(), HostVariable+"="+spec.Hostname)); err != nil {
		return fmt.Errorf("run %s: %w", path, err)
	}
	return nil
}

// cover puts the host's own files over those of the machine, in this mount namespace only. They
// are written to a tmpfs that is mounted for the moment of binding them.
func (s Spec) cover() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	// sysfs shows the NICs of the namespace that it was mounted from.
	if err := unix.Mount("sysfs", "/sys", "sysfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount a fresh /sys: %w", err)
	}
	const scratch = "/mnt"
	if err := unix.Mount("tmpfs", scratch, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, ""); err != nil {
		return fmt.Errorf("mount a tmpfs on %s: %w", scratch, err)
	}
	for _, file := range []struct{ path, text string }{
		{"/etc/resolv.conf", s.resolvConf()},
		{"/etc/hosts", s.hosts()},
		{"/etc/hostname", s.Hostname + "\n"},
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

func (s Spec) resolvConf() string {
	text := fmt.Sprintf("nameserver %s\n", s.Resolver)
	if s.Search != "" {
		text += "search " + s.Search + "\n"
	}
	return text
}

func (s Spec) hosts() string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n")
	names := slices.Sorted(maps.Keys(s.Hosts))
	for _, name := range names {
		fmt.Fprintf(&b, "%s %s\n", s.Hosts[name], name)
	}
	return b.String()
}
