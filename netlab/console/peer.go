package console

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// An identity is what two processes must have in common to trust each other. A user id alone says
// too little: root in a container has that of the machine's root.
type identity struct {
	uid                 uint32
	users, mounts, pids string // the namespaces
	capabilities        string // that it has or can take
}

// trust returns nil where the other end of a connection is of this process's own identity.
func trust(conn *net.UnixConn) error {
	own, err := identify("self", uint32(os.Geteuid()))
	if err != nil {
		return err
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var peer identity
	if controlErr := raw.Control(func(fd uintptr) { peer, err = peerOf(int(fd), own.uid) }); err != nil || controlErr != nil {
		return errors.Join(err, controlErr)
	}
	switch {
	case peer.users != own.users:
		return fmt.Errorf("%w: the other side is in another user namespace, as rootless containers are", ErrUntrusted)
	case peer.mounts != own.mounts:
		return fmt.Errorf("%w: the other side is in another mount namespace, as containers are", ErrUntrusted)
	case peer.pids != own.pids:
		return fmt.Errorf("%w: the other side is in another PID namespace, as containers are", ErrUntrusted)
	case peer.capabilities != own.capabilities:
		return fmt.Errorf("%w: the other side has capabilities %s, this one has %s", ErrUntrusted, peer.capabilities, own.capabilities)
	}
	return nil
}

// peerOf identifies the process that connected, or that listened. A user other than the wanted
// one is not looked at any further.
func peerOf(socket int, wanted uint32) (identity, error) {
	credentials, err := unix.GetsockoptUcred(socket, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return identity{}, fmt.Errorf("ask who the other side is: %w", err)
	}
	if credentials.Uid != wanted {
		return identity{}, fmt.Errorf("%w: the other side is user %d, this one is user %d", ErrUntrusted, credentials.Uid, wanted)
	}
	if credentials.Pid == 0 {
		return identity{}, fmt.Errorf("%w: the other side is outside of this PID namespace", ErrUntrusted)
	}
	// The descriptor stands for the very process, whose number may be another one's by now.
	process, err := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_PEERPIDFD)
	if errors.Is(err, unix.ENOPROTOOPT) { // before Linux 6.5
		process, err = unix.PidfdOpen(int(credentials.Pid), 0)
	}
	if err != nil {
		return identity{}, fmt.Errorf("%w: the other side is gone (%w)", ErrUntrusted, err)
	}
	defer unix.Close(process)
	peer, err := identify(fmt.Sprint(credentials.Pid), credentials.Uid)
	if err != nil {
		return identity{}, err
	}
	// It lives, so its number was its own all the while.
	if err := unix.PidfdSendSignal(process, 0, nil, 0); err != nil {
		return identity{}, fmt.Errorf("%w: the other side is gone (%w)", ErrUntrusted, err)
	}
	return peer, nil
}

// identify reads the rest of an identity from /proc/PID.
func identify(pid string, uid uint32) (identity, error) {
	id := identity{uid: uid}
	dir := filepath.Join("/proc", pid)
	for name, to := range map[string]*string{"user": &id.users, "mnt": &id.mounts, "pid": &id.pids} {
		link, err := os.Readlink(filepath.Join(dir, "ns", name))
		if err != nil {
			return id, fmt.Errorf("%w: process %s has more capabilities or is in another user namespace, it can't be seen (%w)",
				ErrUntrusted, pid, err)
		}
		*to = link
	}
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return id, fmt.Errorf("%w: process %s can't be seen (%w)", ErrUntrusted, pid, err)
	}
	for line := range strings.Lines(string(status)) {
		if set, ok := strings.CutPrefix(line, "CapPrm:"); ok {
			id.capabilities = strings.TrimSpace(set)
		}
	}
	return id, nil
}
