package workload

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// Guests is the user namespace in which the programs of a lab run.
type Guests struct {
	user   User
	mu     sync.Mutex // one call at a time
	keeper *net.UnixConn
	exited chan error
}

// Open makes it, for programs of that user. It ends with the process that opened it, and so do
// all programs in it, whatever happens to that.
func Open(user User) (*Guests, error) {
	own, theirs, err := connection()
	if err != nil {
		return nil, fmt.Errorf("open guests: %w", err)
	}
	defer theirs.Close()
	cmd := exec.Command("/proc/self/exe", Verb, keeperRole)
	cmd.Stderr, cmd.ExtraFiles, cmd.SysProcAttr = os.Stderr, []*os.File{theirs}, user.attributes()
	g := &Guests{user: user, keeper: own, exited: make(chan error, 1)}
	started := make(chan error)
	go func() {
		// The death signal fires when the thread that started the child ends: it stays locked
		// until the child is gone.
		runtime.LockOSThread()
		err := leaveKeys() // here, and not in each host: a user may have only some 200 keyrings
		if err == nil {
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			g.exited <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, errors.Join(fmt.Errorf("make a user namespace for programs of user %d: %w", user.UID, err), own.Close())
	}
	return g, nil
}

// Namespace makes a network namespace that belongs to the guests, and gives its descriptor.
func (g *Guests) Namespace() (int, error) {
	files, err := g.ask(message{Namespace: true})
	defer closeAll(files)
	if err == nil && len(files) != 1 {
		err = errors.New("none came")
	}
	if err != nil {
		return -1, fmt.Errorf("make a network namespace for programs: %w", err)
	}
	fd, err := unix.FcntlInt(files[0].Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("make a network namespace for programs: %w", err)
	}
	return fd, nil
}

// Host makes a host out of a network namespace that Namespace made.
func (g *Guests) Host(netns int, look Look) (*Host, error) {
	own, theirs, err := connection()
	if err != nil {
		return nil, fmt.Errorf("make host %s: %w", look.Hostname, err)
	}
	h := &Host{name: look.Hostname, user: g.user, init: own}
	_, err = g.ask(message{Host: true}, netns, int(theirs.Fd()))
	theirs.Close() // the init has it: when it dies, its end closes
	if err == nil {
		err = h.prepare(look)
	}
	if err != nil {
		return nil, fmt.Errorf("make host %s: %w", look.Hostname, errors.Join(err, own.Close()))
	}
	return h, nil
}

// ask has the keeper do something.
func (g *Guests) ask(m message, fds ...int) ([]*os.File, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := send(g.keeper, m, fds...); err != nil {
		return nil, err
	}
	answer, files, err := receive(g.keeper)
	if err != nil {
		return files, err
	}
	return files, answer.Done.err()
}

// Close ends every program and returns when the user namespace is left.
func (g *Guests) Close() error {
	err := g.keeper.Close()
	return errors.Join(err, <-g.exited) // it ends when its connection does
}
