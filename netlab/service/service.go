// Package service is what instances run: the built-in servers of a lab. Each server is one event
// loop on a socket that was made in the instance's network namespace; the loop itself runs on
// any thread. Servers are fast enough that a load generator on another core is the
// bottleneck, and can be told to be slow, to fail and to stall.
package service

import (
	"fmt"
	"net/netip"
	"runtime"

	"golang.org/x/sys/unix"
)

// A Server answers until it is closed.
type Server interface {
	// Addr is where it listens.
	Addr() netip.AddrPort
	// Close ends it as the kernel ends a killed process: nobody listens any more and every open
	// connection is reset.
	Close() error
}

// listen opens a socket that listens inside the network namespace; -1 is the caller's own.
func listen(nsfd int, at netip.AddrPort, kind int) (fd int, bound netip.AddrPort, err error) {
	err = inNamespace(nsfd, func() error {
		fd, err = openSocket(at, kind)
		return err
	})
	if err != nil {
		return -1, netip.AddrPort{}, fmt.Errorf("listen on %s: %w", at, err)
	}
	if bound, err = localAddress(fd); err != nil {
		unix.Close(fd)
		return -1, netip.AddrPort{}, fmt.Errorf("listen on %s: %w", at, err)
	}
	return fd, bound, nil
}

// inNamespace runs f on a thread of its own, which is never unlocked and so ends with the
// goroutine: no other goroutine can ever run in the namespace. Sockets stay in it for life.
func inNamespace(nsfd int, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if nsfd >= 0 {
			if err := unix.Setns(nsfd, unix.CLONE_NEWNET); err != nil {
				done <- fmt.Errorf("enter network namespace: %w", err)
				return
			}
		}
		done <- f()
	}()
	return <-done
}

func openSocket(at netip.AddrPort, kind int) (int, error) {
	family := unix.AF_INET
	var sa unix.Sockaddr = &unix.SockaddrInet4{Port: int(at.Port()), Addr: [4]byte{}}
	switch ip := at.Addr().Unmap(); {
	case ip.Is4():
		sa = &unix.SockaddrInet4{Port: int(at.Port()), Addr: ip.As4()}
	case ip.Is6():
		family = unix.AF_INET6
		sa = &unix.SockaddrInet6{Port: int(at.Port()), Addr: ip.As16()}
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	// A server may come back on its port while connections of the one before are in TIME_WAIT.
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err == nil {
		err = unix.Bind(fd, sa)
	}
	if err == nil && kind == unix.SOCK_STREAM {
		err = unix.Listen(fd, 4096)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func localAddress(fd int) (netip.AddrPort, error) {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)), nil
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port)), nil
	}
	return netip.AddrPort{}, fmt.Errorf("socket of an unknown family")
}
