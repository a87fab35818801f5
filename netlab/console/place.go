package console

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A place is the directory that holds the sockets of a user's labs, open and checked. It is used
// by its descriptor, so what was checked is what is used, and no path is too long for a socket.
type place struct {
	path string
	dir  *os.File
}

// candidates are where the directory may be, the best first. Root has no use for what an
// environment says, which may be another user's.
func candidates() []string {
	uid := strconv.Itoa(os.Geteuid())
	temporary := filepath.Join(os.TempDir(), "netlab-"+uid)
	if os.Geteuid() == 0 {
		return []string{"/run/netlab", temporary}
	}
	list := []string{filepath.Join("/run/user", uid, "netlab"), temporary}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		list = append([]string{filepath.Join(dir, "netlab")}, list...)
	}
	return list
}

// choose gives the first candidate that is there or could be made; every command chooses alike.
func choose(candidates []string) string {
	last := len(candidates) - 1
	for _, path := range candidates[:last] {
		err := unix.Access(path, unix.W_OK)
		if errors.Is(err, unix.ENOENT) {
			err = unix.Access(filepath.Dir(path), unix.W_OK)
		}
		if err == nil {
			return path
		}
	}
	return candidates[last]
}

// openPlace opens a directory that is there; the error is fs.ErrNotExist where none is.
func openPlace(path string) (place, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENOTDIR):
		return place{}, fmt.Errorf("%w: %q is no directory of its own; remove it", ErrUntrusted, path)
	case errors.Is(err, unix.EACCES):
		return place{}, fmt.Errorf("%w: %q is closed to you; remove it, or set XDG_RUNTIME_DIR", ErrUntrusted, path)
	case err != nil:
		return place{}, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	p := place{path, os.NewFile(uintptr(fd), path)}
	if err := p.check(); err != nil {
		return place{}, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p place) check() error {
	var stat unix.Stat_t
	if err := unix.Fstat(int(p.dir.Fd()), &stat); err != nil {
		return fmt.Errorf("look at %s: %w", p.path, err)
	}
	if int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("%w: %q belongs to user %d; remove it, or set XDG_RUNTIME_DIR", ErrUntrusted, p.path, stat.Uid)
	}
	if mode := stat.Mode & 0o7777; mode != 0o700 {
		return fmt.Errorf("%w: %q has mode %04o, not 0700; remove it", ErrUntrusted, p.path, mode)
	}
	return nil
}

// makePlace opens the directory, and makes it first where it isn't there.
func makePlace(path string) (place, error) {
	if err := unix.Mkdir(path, 0o700); err != nil && !errors.Is(err, unix.EEXIST) {
		return place{}, &fs.PathError{Op: "mkdir", Path: path, Err: err}
	}
	return openPlace(path)
}

func (p place) Close() error { return p.dir.Close() }

const suffix = ".sock"

// socket is where a lab of that name listens.
func (p place) socket(name string) string {
	return fmt.Sprintf("/proc/self/fd/%d/%s%s", p.dir.Fd(), name, suffix)
}

// names lists the labs that have a socket, whether or not anybody listens there.
func (p place) names() ([]string, error) {
	files, err := p.dir.ReadDir(-1)
	if err != nil {
		return nil, fmt.Errorf("list labs: %w", err)
	}
	var names []string
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), suffix)
		if ok && ValidName(name) && f.Type() == fs.ModeSocket {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// locked does something that no other netlab of this user may do at the same time. The lock ends
// with this process, too.
func (p place) locked(do func() error) error {
	if err := unix.Flock(int(p.dir.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", p.path, err)
	}
	return errors.Join(do(), unix.Flock(int(p.dir.Fd()), unix.LOCK_UN))
}
