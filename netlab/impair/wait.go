package impair

import (
	"fmt"
	"time"
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
	spin := e.pace.rest(begin, next)
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

// spin is for how long before a frame is due the engine polls instead of sleeping. Waking up takes
// 17 to 50 µs on an idle virtual machine; 60 µs covers nine of ten wake-ups, more buys nothing.
const spin = int64(60 * time.Microsecond)

// A pace decides whether the engine may spin. When frames are sparse, spinning makes them exact
// and costs little; when they stream, it takes the core that the load needs and gives nothing.
type pace struct {
	began    int64 // of the present window
	resumed  int64
	busy     int64 // time between waits in this window
	spinning int64 // time that spinning takes or would take in this window
	stream   bool  // as judged by the last window
}

const (
	window        = int64(10 * time.Millisecond)
	busyShare     = 0.30
	spinningShare = 0.30
)

// rest is called before waiting for next; it returns how much of the wait to spin.
func (p *pace) rest(now, next int64) int64 {
	p.busy += now - p.resumed
	if length := now - p.began; length >= window {
		p.stream = float64(p.busy) > busyShare*float64(length) || float64(p.spinning) > spinningShare*float64(length)
		p.began, p.busy, p.spinning = now, 0, 0
	}
	if next > now && next != never {
		p.spinning += min(spin, next-now)
	}
	if p.stream {
		return 0
	}
	return spin
}

// resume is called when the wait is over.
func (p *pace) resume(now int64) { p.resumed = now }
