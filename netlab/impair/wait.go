package impair

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wait returns when a port has frames, the bell rings or the next frame is due, with the number
// of events.
//
// The blocking call is one that the Go runtime knows of (Syscall6), so that a waiting engine keeps
// no processor ("P") from other goroutines and no garbage collection from starting. Calls that
// can't block skip the runtime (RawSyscall6): giving the P up and asking for it back is where a
// busy program would make the engine late.
func (e *Engine) wait() (int, error) {
	begin := e.clock.now()
	next := e.next()
	e.pace.rest(begin, next)
	e.prioritise(!e.pace.saturated)
	spin := e.pace.spin()
	n, err := 0, error(nil)
	switch {
	case next <= begin:
		n, err = e.poll()
	case next == never:
		n, err = e.block(nil)
	case next-begin > spin:
		timeout := unix.NsecToTimespec(next - spin - begin)
		n, err = e.block(&timeout)
	}
	end := e.clock.now()
	if n == 0 && err == nil && next > end && next-end <= spin {
		for n == 0 && err == nil && next > end {
			n, err = e.poll()
			end = e.clock.now()
		}
	}
	e.pace.resume(end)
	return n, err
}

func (e *Engine) poll() (int, error) {
	var now unix.Timespec
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT2, uintptr(e.epoll),
		uintptr(unsafe.Pointer(&e.events[0])), uintptr(len(e.events)), uintptr(unsafe.Pointer(&now)), 0, 0)
	return waited(n, errno)
}

func (e *Engine) block(timeout *unix.Timespec) (int, error) {
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(e.epoll),
		uintptr(unsafe.Pointer(&e.events[0])), uintptr(len(e.events)), uintptr(unsafe.Pointer(timeout)), 0, 0)
	return waited(n, errno)
}

func waited(n uintptr, errno unix.Errno) (int, error) {
	switch errno {
	case 0:
		return int(n), nil
	case unix.EINTR:
		return 0, nil
	}
	return 0, fmt.Errorf("wait for frames: %w", errno)
}
