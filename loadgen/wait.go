package loadgen

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	pollBefore  = 60 * time.Microsecond  // a sleep ends this long before a request is due; covers nine wake-ups in ten
	pollThrough = 150 * time.Microsecond // Precise: a gap shorter than this is not worth a sleep
	maxSleep    = 50 * time.Millisecond  // how late the end of the context may be seen
)

// wait collects events until due at the latest, and returns how many there are.
func (l *epollLoop) wait(due int64) int {
	now := Now()
	left := time.Duration(due - now)
	if due == never {
		left = maxSleep
	}
	sleep := min(left, maxSleep)
	switch l.stream.plan.Pace {
	case Balanced:
		if left <= maxSleep && due != never {
			sleep = left - pollBefore
		}
	case Precise:
		if left <= maxSleep && due != never {
			sleep = left - pollBefore
		}
		if left <= pollThrough || l.stream.awaits(now) {
			sleep = 0
		}
	}
	n, _ := epollWait(l.fd, l.events, sleep)
	return n
}

// epollWait looks without sleeping, or sleeps in a system call that the runtime knows of. An
// interrupted sleep is one without events.
func epollWait(fd int, events []unix.EpollEvent, sleep time.Duration) (int, syscall.Errno) {
	var n uintptr
	var errno syscall.Errno
	if sleep <= 0 {
		n, _, errno = syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(fd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	} else {
		t := unix.NsecToTimespec(int64(sleep))
		n, _, errno = syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(fd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), uintptr(unsafe.Pointer(&t)), 0, 0)
	}
	if errno != 0 {
		n = 0
	}
	if errno == unix.EINTR {
		errno = 0
	}
	return int(n), errno
}
