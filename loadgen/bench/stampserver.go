package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"netlab/loadgen"
)

// stampRole is a server that answers each request at once and keeps the kernel's stamp of when it came. A
// veth is stamped within the sender's own system call, so these are the true times of sending. When it
// is told to end it writes the stamps to standard output, as CLOCK_MONOTONIC nanoseconds.
func stampRole(string) error {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	listener, err := listenForStamps()
	if err != nil {
		return err
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, listener, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(listener)}); err != nil {
		return err
	}
	fmt.Println("ready")
	stamps := make([]int64, 0, 1<<22)
	events := make([]unix.EpollEvent, 128)
	for {
		n, err := unix.EpollWait(epoll, events, 100)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		for _, e := range events[:max(0, n)] {
			if int(e.Fd) != listener {
				stamps = answer(int(e.Fd), stamps)
				continue
			}
			if err := admit(epoll, listener); err != nil {
				return err
			}
		}
		select {
		case <-end:
			return writeStamps(stamps)
		default:
		}
	}
}

func listenForStamps() (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	const stamp = unix.SOF_TIMESTAMPING_RX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE
	return fd, errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING, stamp), // accepted sockets inherit it
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
		unix.Bind(fd, &unix.SockaddrInet4{Port: 80, Addr: serverAddr.As4()}),
		unix.Listen(fd, 4096))
}

func admit(epoll, listener int) error {
	for {
		fd, _, err := unix.Accept4(listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return nil // nobody else waits
		}
		if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil {
			return err
		}
	}
}

var (
	stampBuf     [4096]byte
	stampControl [256]byte
	stampAnswer  = []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
)

// answer reads one request, which is one segment, and answers it.
func answer(fd int, stamps []int64) []int64 {
	n, control, _, _, err := unix.Recvmsg(fd, stampBuf[:], stampControl[:], 0)
	switch {
	case errors.Is(err, unix.EAGAIN):
		return stamps
	case err != nil || n == 0:
		unix.Close(fd)
		return stamps
	}
	if control >= unix.SizeofCmsghdr+int(unsafe.Sizeof(unix.Timespec{})) {
		stamps = append(stamps, (*unix.Timespec)(unsafe.Pointer(&stampControl[unix.SizeofCmsghdr])).Nano())
	}
	if _, err := unix.Write(fd, stampAnswer); err != nil {
		unix.Close(fd)
	}
	return stamps
}

// writeStamps turns the kernel's wall-clock stamps into CLOCK_MONOTONIC ones.
func writeStamps(stamps []int64) error {
	best, distance := int64(1<<62), int64(0)
	for range 100 {
		before := loadgen.Now()
		wall := time.Now().UnixNano()
		if after := loadgen.Now(); after-before < best {
			best, distance = after-before, before+(after-before)/2-wall
		}
	}
	for i := range stamps {
		stamps[i] += distance
	}
	return binary.Write(os.Stdout, binary.LittleEndian, stamps)
}
