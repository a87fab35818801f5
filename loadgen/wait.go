package loadgen

import (
	"fmt"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	pollBefore  = 60 * time.Microsecond  // a sleep ends this long before a request is due; covers nine wake-ups in ten
	pollThrough = 150 * time.Microsecond // Precise: a gap shorter than this is not worth a sleep
	maxSleep    = 50 * time.Millisecond  // how late the end of the context may be seen
	awaitAnswer = time.Millisecond       // how long after a request its answer is expected any moment

	// The runtime is told only of sleeps that are neither a doze nor a nap. To tell it costs a fifth of a
	// request's CPU time at one connection, and its monitor then looks every 20 µs what became of the thread,
	// which costs the core a quarter of its time for the next 5 ms; but a thread in a sleep that it is
	// not told of keeps its processor, and a garbage collection waits for it. Precise spares no neighbour.
	//
	// A nap awaits an answer when nothing is due. It is longer than such a wait mostly lasts, for a
	// timer of less than a clock tick (4 ms) makes a virtual machine reprogram its clock twice.
	doze        = 250 * time.Microsecond
	preciseDoze = time.Millisecond
	nap         = 5 * time.Millisecond
)

// pacing decides how long a loop may sleep.
type pacing struct{ pace Pace }

// sleep is how long to sleep when the next thing to do is due at an instant, and whether the runtime is to
// be told; 0 is to look for answers without sleeping. asked is when the newest request went out that
// is not answered yet, or 0.
func (p pacing) sleep(due, asked int64) (left time.Duration, told bool) {
	now := Now()
	awaits := now-asked < int64(awaitAnswer)
	left = maxSleep
	if due != never {
		left = min(left, time.Duration(due-now))
	}
	switch {
	case p.pace == Precise && (awaits || left <= pollThrough):
		return 0, false
	case awaits && left > nap:
		return nap, false
	case p.pace != Cheap && left < maxSleep:
		left -= pollBefore
	}
	longest := doze
	if p.pace == Precise {
		longest = preciseDoze
	}
	if awaits {
		left = min(left, doze)
	}
	return max(0, left), left > longest
}

// A poller waits for sockets and for the next request at once.
type poller struct {
	pacing
	fd     int
	events [256]unix.EpollEvent
}

func newPoller(pace Pace) (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create epoll instance: %w", err)
	}
	return &poller{fd: fd, pacing: pacing{pace}}, nil
}

func (p *poller) close() { unix.Close(p.fd) }

// add registers a socket once, edge-triggered, for everything: two epoll_ctl fewer per request than
// wrk needs, and the kernel looks at no socket twice. The two numbers come back with its events.
func (p *poller) add(fd int, id, gen uint32) syscall.Errno {
	e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(id), Pad: int32(gen)}
	_, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(p.fd), unix.EPOLL_CTL_ADD, uintptr(fd), uintptr(unsafe.Pointer(&e)), 0, 0)
	return errno
}

// wait collects events until due at the latest; see pacing.sleep.
func (p *poller) wait(due, asked int64) []unix.EpollEvent {
	sleep, told := p.sleep(due, asked)
	n, _ := epollWait(p.fd, p.events[:], sleep, told)
	return p.events[:n]
}

// epollWait looks without sleeping, or sleeps. An interrupted sleep is one without events.
func epollWait(fd int, events []unix.EpollEvent, sleep time.Duration, told bool) (int, syscall.Errno) {
	var n uintptr
	var errno syscall.Errno
	t := unix.NsecToTimespec(int64(sleep))
	switch {
	case sleep <= 0:
		n, _, errno = syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(fd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	case !told:
		n, _, errno = syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT2, uintptr(fd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)),
			uintptr(unsafe.Pointer(&t)), 0, 0)
	default:
		n, _, errno = syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(fd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)),
			uintptr(unsafe.Pointer(&t)), 0, 0)
	}
	if errno != 0 {
		n = 0
	}
	if errno == unix.EINTR {
		errno = 0
	}
	return int(n), errno
}
