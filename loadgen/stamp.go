package loadgen

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// stampEvery is how many requests share one transmit stamp. A receive stamp costs a control message;
// one for transmission costs another system call, so only a sample gets it.
const stampEvery = 16

// A stamper reads the kernel's own stamps of packets, which leave out what happens between the
// kernel and this process: at low load the wake-up alone is half of what a client measures.
//
// The kernel stamps with CLOCK_REALTIME. The two clocks' distance is looked at again every 100 ms,
// within which time adjustment (at most 500 ppm) moves it by 50 µs at the very worst and in
// practice by nothing that shows.
type stamper struct {
	distance int64 // CLOCK_MONOTONIC minus CLOCK_REALTIME
	looked   int64
	sends    uint64
	quoted   [minPayload]byte // the beginning of a datagram that an ICMP error speaks of
	// refused, where it is set, hears of ICMP errors: they come through the same queue.
	refused func(datagram []byte, errno syscall.Errno)

	message unix.Msghdr
	vector  unix.Iovec
	control [256]byte
	ask     [unix.SizeofCmsghdr + 8]byte // the control message that asks for a transmit stamp
}

func newStamper() *stamper {
	t := &stamper{}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&t.ask[0]))
	h.Level, h.Type = unix.SOL_SOCKET, unix.SO_TIMESTAMPING
	h.SetLen(unix.SizeofCmsghdr + 4)
	*(*uint32)(unsafe.Pointer(&t.ask[unix.SizeofCmsghdr])) = unix.SOF_TIMESTAMPING_TX_SOFTWARE
	return t
}

// enable has the kernel stamp what a socket receives, and hand out stamps that are asked for.
func (t *stamper) enable(fd int) syscall.Errno {
	return setInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING,
		unix.SOF_TIMESTAMPING_RX_SOFTWARE|unix.SOF_TIMESTAMPING_SOFTWARE|unix.SOF_TIMESTAMPING_OPT_TSONLY)
}

// receive is rawReceive with the stamp of the last segment read.
func (t *stamper) receive(fd int, b []byte) (n int, stamp int64, errno syscall.Errno) {
	n, errno = t.recvmsg(fd, b, 0)
	if errno != 0 {
		return n, 0, errno
	}
	return n, t.stamp(), 0
}

// send is rawSend, and says whether it asked for a transmit stamp.
func (t *stamper) send(fd int, b []byte) (n int, asked bool, errno syscall.Errno) {
	if t.sends++; t.sends%stampEvery != 1 {
		n, errno = rawSend(fd, b)
		return n, false, errno
	}
	t.vector.Base = &b[0]
	t.vector.SetLen(len(b))
	t.message = unix.Msghdr{Iov: &t.vector, Control: &t.ask[0]}
	t.message.SetIovlen(1)
	t.message.SetControllen(len(t.ask))
	r, _, errno := syscall.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&t.message)), unix.MSG_NOSIGNAL)
	return int(r), errno == 0, errno
}

// transmitted is the newest transmit stamp waiting, 0 if there is none.
func (t *stamper) transmitted(fd int) int64 {
	var newest int64
	for {
		n, errno := t.recvmsg(fd, t.quoted[:], unix.MSG_ERRQUEUE)
		if errno != 0 {
			return newest
		}
		if stamp := t.stamp(); stamp != 0 {
			newest = stamp
		} else if t.refused != nil {
			t.refused(t.quoted[:n], icmpErrno(t.control[:t.message.Controllen]))
		}
	}
}

func (t *stamper) recvmsg(fd int, b []byte, flags uintptr) (int, syscall.Errno) {
	t.vector.Base = &b[0]
	t.vector.SetLen(len(b))
	t.message = unix.Msghdr{Iov: &t.vector, Control: &t.control[0]}
	t.message.SetIovlen(1)
	t.message.SetControllen(len(t.control))
	n, _, errno := syscall.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&t.message)), flags)
	return int(n), errno
}

// stamp finds the stamp among the control messages received last, 0 if there is none.
func (t *stamper) stamp() int64 {
	rest := t.control[:t.message.Controllen]
	for len(rest) >= unix.SizeofCmsghdr {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&rest[0]))
		if h.Len < unix.SizeofCmsghdr || int(h.Len) > len(rest) {
			return 0
		}
		data := rest[unix.SizeofCmsghdr:h.Len]
		if h.Level == unix.SOL_SOCKET && h.Type == unix.SO_TIMESTAMPING && len(data) >= int(unsafe.Sizeof(unix.Timespec{})) {
			at := (*unix.Timespec)(unsafe.Pointer(&data[0])).Nano() // the first of three is the software stamp
			if at == 0 {
				return 0
			}
			return at + t.distance
		}
		aligned := (int(h.Len) + 7) &^ 7
		if aligned >= len(rest) {
			return 0
		}
		rest = rest[aligned:]
	}
	return 0
}

// look measures the distance of the two clocks, when it is time to.
func (t *stamper) look(now int64) {
	const again = 100e6
	if t.looked != 0 && now-t.looked < again {
		return
	}
	best := int64(never)
	for range 5 { // the read that was interrupted least counts
		before := Now()
		wall := time.Now().UnixNano()
		after := Now()
		if after-before < best {
			best = after - before
			t.distance = before + (after-before)/2 - wall
		}
	}
	t.looked = now
}
