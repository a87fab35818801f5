package impair

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// batchSize is how many frames one system call moves. More is slower: 64 super-frames are 4 MB
// of cold memory per call, and halve the throughput.
const batchSize = 16

// A batch is the argument of recvmmsg and sendmmsg: so many messages of one buffer each.
type batch struct {
	messages [batchSize]message
	buffers  [batchSize]unix.Iovec
	controls [batchSize][8]uint64 // room for one time stamp; uint64 for its alignment
	slots    [batchSize]slot
}

// A message is struct mmsghdr.
type message struct {
	header unix.Msghdr
	length uint32 // bytes received
}

func newBatch() *batch {
	b := &batch{}
	for i := range b.messages {
		b.messages[i].header.Iov = &b.buffers[i]
		b.messages[i].header.SetIovlen(1)
	}
	return b
}

// hold makes message i use the slot's first size bytes.
func (b *batch) hold(i int, p *pool, s slot, size int) {
	b.slots[i] = s
	b.buffers[i].Base = &p.bytes(s)[0]
	b.buffers[i].SetLen(size)
}

// receive fills messages from the socket, each into its slot.
func (b *batch) receive(fd int) (int, unix.Errno) {
	for i := range b.messages {
		h := &b.messages[i].header
		h.Control = (*byte)(unsafe.Pointer(&b.controls[i]))
		h.SetControllen(int(unsafe.Sizeof(b.controls[i])))
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd),
		uintptr(unsafe.Pointer(&b.messages[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

// send hands messages from up to before to to the socket and returns how many it took.
func (b *batch) send(fd, from, to int) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(fd),
		uintptr(unsafe.Pointer(&b.messages[from])), uintptr(to-from), unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

func (b *batch) size(i int) int { return int(b.messages[i].length) }

func (b *batch) truncated(i int) bool { return b.messages[i].header.Flags&unix.MSG_TRUNC != 0 }

// stamp is the kernel's CLOCK_REALTIME time of receipt of message i.
func (b *batch) stamp(i int) (ns int64, ok bool) {
	h := &b.messages[i].header
	if int(h.Controllen) < unix.CmsgSpace(16) {
		return 0, false
	}
	c := unsafe.Pointer(h.Control)
	cmsg := (*unix.Cmsghdr)(c)
	if cmsg.Level != unix.SOL_SOCKET || cmsg.Type != unix.SO_TIMESTAMPNS_NEW {
		return 0, false
	}
	// struct __kernel_timespec: 64 bits each on every architecture.
	t := (*[2]int64)(unsafe.Add(c, unix.CmsgLen(0)))
	return t[0]*1e9 + t[1], true
}
