package loadgen

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A route is where a plan's TCP connections go to, and where they come from.
type route struct {
	peer    address
	sources []address // connections take them in turn
	noDelay bool      // requests go out at once, however many stand behind each other
}

func newRoute(p *Plan) route {
	r := route{peer: newAddress(p.Target), noDelay: p.keeps()}
	for i := range max(1, len(p.Sources)) {
		r.sources = append(r.sources, newAddress(sourceAddr(p.source(uint32(i)))))
	}
	return r
}

// prepare sets up a connection's socket before it connects.
func (r *route) prepare(fd int, conn uint32) syscall.Errno {
	if r.noDelay {
		if errno := setInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); errno != 0 {
			return errno
		}
	}
	return r.sources[int(conn)%len(r.sources)].bind(fd)
}

// trouble is why a socket failed that its poller calls broken.
func trouble(fd int) syscall.Errno {
	errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil || errno == 0 {
		return unix.ECONNRESET
	}
	return syscall.Errno(errno)
}

// resetOnClose has the peer get a RST when the socket is closed, and no port stay in TIME_WAIT.
func resetOnClose(fd int) {
	linger := unix.Linger{Onoff: 1}
	syscall.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_LINGER,
		uintptr(unsafe.Pointer(&linger)), unsafe.Sizeof(linger), 0)
}
