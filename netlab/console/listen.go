package console

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Listen claims a name for a lab. A socket whose lab was killed is no obstacle.
func Listen(name string) (*Gate, error) { return listenIn(choose(candidates()), name) }

func listenIn(path, name string) (*Gate, error) {
	p, err := makePlace(path)
	if err != nil {
		return nil, fmt.Errorf("claim the name %s: %w", name, err)
	}
	g := &Gate{name: name, place: p, gone: make(chan struct{})}
	err = p.locked(func() error {
		if up, err := p.listens(name); err != nil {
			return fmt.Errorf("claim the name %s: %w", name, err)
		} else if up {
			return fmt.Errorf("a lab named %s is up already", name)
		}
		var err error
		g.listener, err = net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: p.socket(name)})
		if err != nil {
			return fmt.Errorf("claim the name %s in %s: %w", name, p.path, err)
		}
		g.listener.SetUnlinkOnClose(false) // see unlink
		return unix.Lstat(p.socket(name), &g.file)
	})
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return g, nil
}

// listens says whether anybody listens on a lab's socket, and removes one where nobody does. The
// place is locked: nobody is between making a socket and listening there.
func (p place) listens(name string) (bool, error) {
	conn, err := p.dial(name)
	switch {
	case err == nil:
		return true, conn.Close()
	case errors.Is(err, unix.EAGAIN):
		return true, nil
	case errors.Is(err, unix.ENOENT):
		return false, nil
	case !errors.Is(err, unix.ECONNREFUSED):
		return false, err
	}
	if err := os.Remove(p.socket(name)); err != nil {
		return false, fmt.Errorf("remove the socket of a lab that was killed: %w", err)
	}
	return false, nil
}

// removeStale removes a socket on which nobody listens, and says whether that was so.
func (p place) removeStale(name string) (stale bool, err error) {
	err = p.locked(func() error {
		up, err := p.listens(name)
		stale = !up
		return err
	})
	return stale, err
}

// unlink removes the gate's socket, unless it was removed as stale and another lab has its name.
func (g *Gate) unlink() error {
	return g.place.locked(func() error {
		var now unix.Stat_t
		err := unix.Lstat(g.place.socket(g.name), &now)
		if errors.Is(err, unix.ENOENT) || err == nil && (now.Ino != g.file.Ino || now.Dev != g.file.Dev) {
			return nil
		}
		return errors.Join(err, os.Remove(g.place.socket(g.name)))
	})
}
