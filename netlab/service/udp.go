package service

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A UDPServer sends every datagram back to where it came from.
type UDPServer struct {
	addr    netip.AddrPort
	socket  int
	wake    int // eventfd: Close was called
	batch   *batch
	closing sync.Once
	done    chan struct{}
}

// UDPEcho starts a UDP echo server at the address; port 0 is any free one.
func UDPEcho(nsfd int, at netip.AddrPort) (*UDPServer, error) {
	socket, addr, err := listen(nsfd, at, unix.SOCK_DGRAM)
	if err != nil {
		return nil, err
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(socket)
		return nil, fmt.Errorf("serve on %s: %w", addr, err)
	}
	// Room for bursts; the kernel caps it at rmem_max without complaint.
	_ = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20)
	s := &UDPServer{addr: addr, socket: socket, wake: wake, batch: newBatch(), done: make(chan struct{})}
	go s.run()
	return s, nil
}

// Addr is where the server listens.
func (s *UDPServer) Addr() netip.AddrPort { return s.addr }

// Close stops the server: from then on the kernel answers with ICMP port unreachable.
func (s *UDPServer) Close() error {
	var err error
	s.closing.Do(func() {
		one := [8]byte{0: 1}
		if _, werr := unix.Write(s.wake, one[:]); werr != nil {
			err = fmt.Errorf("close server on %s: %w", s.addr, werr)
			return
		}
		<-s.done
	})
	return err
}

func (s *UDPServer) run() {
	defer close(s.done)
	defer unix.Close(s.wake)
	defer unix.Close(s.socket)
	for {
		fds := []unix.PollFd{{Fd: int32(s.socket), Events: unix.POLLIN}, {Fd: int32(s.wake), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return // only invalid descriptors, which nobody else holds
		}
		if fds[1].Revents != 0 {
			return
		}
		for range visit {
			n := s.batch.receive(s.socket)
			if n <= 0 {
				break
			}
			s.batch.send(s.socket, n)
		}
	}
}

// A batch moves up to 64 datagrams with one system call.
type batch struct {
	messages [64]mmsg
	vectors  [64]unix.Iovec
	names    [64]unix.RawSockaddrInet6
	buf      []byte
}

// mmsg is the kernel's struct mmsghdr.
type mmsg struct {
	header unix.Msghdr
	n      uint32
}

const largest = 64 << 10 // of a datagram

func newBatch() *batch {
	b := &batch{buf: make([]byte, len(batch{}.messages)*largest)}
	for i := range b.messages {
		b.vectors[i].Base = &b.buf[i*largest]
		b.messages[i].header.Iov = &b.vectors[i]
		b.messages[i].header.SetIovlen(1)
		b.messages[i].header.Name = (*byte)(unsafe.Pointer(&b.names[i]))
	}
	return b
}

func (b *batch) receive(fd int) int {
	for i := range b.messages {
		b.vectors[i].SetLen(largest)
		b.messages[i].header.Namelen = uint32(unsafe.Sizeof(b.names[i]))
	}
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.messages[0])), uintptr(len(b.messages)),
		unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// send sends n received datagrams back. What the socket does not take is lost, as on any
// overloaded path.
func (b *batch) send(fd, n int) {
	for i := range n {
		b.vectors[i].SetLen(int(b.messages[i].n))
	}
	for at := 0; at < n; {
		sent, _, errno := syscall.RawSyscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.messages[at])), uintptr(n-at),
			unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
		if errno != 0 || sent == 0 {
			at++ // an error belongs to the first of them
			continue
		}
		at += int(sent)
	}
}
