package loadgen

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An address is a socket address in the kernel's form, ready for system calls without allocation.
type address struct {
	family int
	raw    unix.RawSockaddrInet6 // the larger of the two forms
	size   uintptr               // 0: none
}

func newAddress(ap netip.AddrPort) address {
	a := address{}
	ip := ap.Addr().Unmap()
	port := ap.Port()<<8 | ap.Port()>>8 // big-endian
	switch {
	case ip.Is4():
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(&a.raw))
		in.Family, in.Port, in.Addr = unix.AF_INET, port, ip.As4()
		a.family, a.size = unix.AF_INET, unix.SizeofSockaddrInet4
	case ip.Is6():
		a.raw.Family, a.raw.Port, a.raw.Addr = unix.AF_INET6, port, ip.As16()
		a.family, a.size = unix.AF_INET6, unix.SizeofSockaddrInet6
	}
	return a
}

// sourceAddr leaves the port to the kernel.
func sourceAddr(ip netip.Addr) netip.AddrPort {
	if !ip.IsValid() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip, 0)
}

func (a *address) socket(kind int) (int, syscall.Errno) {
	return a.blockingSocket(kind | unix.SOCK_NONBLOCK)
}

func (a *address) blockingSocket(kind int) (int, syscall.Errno) {
	fd, _, errno := syscall.RawSyscall(unix.SYS_SOCKET, uintptr(a.family), uintptr(kind|unix.SOCK_CLOEXEC), 0)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), 0
}

func (a *address) connect(fd int) syscall.Errno {
	_, _, errno := syscall.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&a.raw)), a.size)
	return errno
}

// bind fixes the source address and leaves the port to connect, so that ports run out per
// destination and not per host.
func (a *address) bind(fd int) syscall.Errno {
	if a.size == 0 {
		return 0
	}
	if errno := setInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); errno != 0 {
		return errno
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&a.raw)), a.size)
	return errno
}

// wantErrors has ICMP errors queued together with the datagram that they speak of.
func (a *address) wantErrors(fd int) syscall.Errno {
	if a.family == unix.AF_INET6 {
		return setInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
	}
	return setInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1)
}

func setInt(fd, level, option, value int) syscall.Errno {
	v := int32(value)
	_, _, errno := syscall.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(level), uintptr(option), uintptr(unsafe.Pointer(&v)), 4, 0)
	return errno
}

// rawReceive and rawSend are for non-blocking sockets only: the scheduler is not told of the call.
func rawReceive(fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0, 0)
	return int(n), errno
}

func rawSend(fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_NOSIGNAL, 0, 0)
	return int(n), errno
}
