package loadgen

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The parts of io_uring's interface (linux/io_uring.h) that golang.org/x/sys/unix does not have.
const (
	opConnect = 16
	opSend    = 26
	opRecv    = 27

	sqeFixedFile    = 1 << 0
	sqeBufferSelect = 1 << 5
	sqeSkipSuccess  = 1 << 6

	recvMultishot = 1 << 1

	cqeBuffer      = 1 << 0
	cqeMore        = 1 << 1
	cqeBufferShift = 16

	setupCQSize       = 1 << 3
	setupClamp        = 1 << 4
	setupSubmitAll    = 1 << 7
	setupTaskrunFlag  = 1 << 9
	setupSingleIssuer = 1 << 12
	setupDeferTaskrun = 1 << 13

	sqCQOverflow = 1 << 1
	sqTaskrun    = 1 << 2

	enterGetEvents = 1 << 0
	enterExtArg    = 1 << 3

	registerFilesUpdate = 6
	registerFiles       = 2
	registerBufferRing  = 22
	registerSyncCancel  = 24

	offSQRing = 0
	offSQEs   = 0x10000000
)

// An sqe is one operation asked for.
type sqe struct {
	opcode   uint8
	flags    uint8
	ioprio   uint16
	fd       int32
	off      uint64
	addr     uint64
	len      uint32
	opFlags  uint32
	userData uint64
	group    uint16
	_        uint16
	_        int32
	_        [2]uint64
}

// A cqe is one result.
type cqe struct {
	userData uint64
	result   int32
	flags    uint32
}

type ringParams struct {
	sqEntries, cqEntries, flags, sqThreadCPU, sqThreadIdle, features, wqFD uint32
	_                                                                      [3]uint32
	sq                                                                     struct {
		head, tail, mask, entries, flags, dropped, array, _ uint32
		_                                                   uint64
	}
	cq struct {
		head, tail, mask, entries, overflow, cqes, flags, _ uint32
		_                                                   uint64
	}
}

// An ioRing is one io_uring of the thread that made it: no other may use it, which lets the kernel
// do the work of a completion when this thread asks for it and not in an interrupt of it.
type ioRing struct {
	fd     int
	memory []byte // submission and completion ring
	entry  []byte // submission entries

	sqHead, sqTail, sqFlags, cqHead, cqTail *uint32
	sqMask, cqMask                          uint32
	sqes                                    []sqe
	cqes                                    []cqe
	tail                                    uint32 // of the submissions, not all told to the kernel yet
	head                                    uint32 // of the completions

	// What the kernel is given by the address of an address must not lie on a stack that moves.
	timeout unix.Timespec
	wait    struct {
		sigmask   uint64
		sigmaskSz uint32
		minWait   uint32
		ts        uint64
	}
	file   int32
	update struct {
		offset, _ uint32
		fds       uint64
	}
}

const submissions = 512

// newIORing makes a ring with room for so many results.
func newIORing(results int) (*ioRing, error) {
	p := ringParams{
		flags:     setupCQSize | setupClamp | setupSubmitAll | setupTaskrunFlag | setupSingleIssuer | setupDeferTaskrun,
		cqEntries: uint32(max(results, 2*submissions)),
	}
	fd, _, errno := syscall.RawSyscall(unix.SYS_IO_URING_SETUP, submissions, uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, fmt.Errorf("set up io_uring: %w", errno)
	}
	r := &ioRing{fd: int(fd)}
	var err error
	size := max(int(p.sq.array+4*p.sqEntries), int(p.cq.cqes+16*p.cqEntries)) // one mapping for both rings since Linux 5.4
	if r.memory, err = unix.Mmap(r.fd, offSQRing, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE); err != nil {
		r.close()
		return nil, fmt.Errorf("map io_uring: %w", err)
	}
	if r.entry, err = unix.Mmap(r.fd, offSQEs, int(p.sqEntries)*int(unsafe.Sizeof(sqe{})), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_SHARED|unix.MAP_POPULATE); err != nil {
		r.close()
		return nil, fmt.Errorf("map io_uring entries: %w", err)
	}
	at := func(offset uint32) *uint32 { return (*uint32)(unsafe.Pointer(&r.memory[offset])) }
	r.sqHead, r.sqTail, r.sqFlags, r.sqMask = at(p.sq.head), at(p.sq.tail), at(p.sq.flags), *at(p.sq.mask)
	r.cqHead, r.cqTail, r.cqMask = at(p.cq.head), at(p.cq.tail), *at(p.cq.mask)
	r.sqes = unsafe.Slice((*sqe)(unsafe.Pointer(&r.entry[0])), p.sqEntries)
	r.cqes = unsafe.Slice((*cqe)(unsafe.Pointer(&r.memory[p.cq.cqes])), p.cqEntries)
	for i := range p.sqEntries { // entry i is always in place i
		*at(p.sq.array + 4*i) = i
	}
	return r, nil
}

func (r *ioRing) close() {
	if r.entry != nil {
		unix.Munmap(r.entry)
	}
	if r.memory != nil {
		unix.Munmap(r.memory)
	}
	unix.Close(r.fd)
}

// submit queues an operation. It goes to the kernel with the next enter.
func (r *ioRing) submit(e sqe) {
	if r.tail-atomic.LoadUint32(r.sqHead) == uint32(len(r.sqes)) {
		r.enter(0, false)
	}
	r.sqes[r.tail&r.sqMask] = e
	r.tail++
}

// enter tells the kernel of the operations queued and lets it finish what is under way, sleeping
// for a first result that long at most. told says whether the Go runtime is told of the sleep.
func (r *ioRing) enter(sleep time.Duration, told bool) {
	atomic.StoreUint32(r.sqTail, r.tail)
	count := r.tail - atomic.LoadUint32(r.sqHead)
	if sleep <= 0 {
		if count > 0 || atomic.LoadUint32(r.sqFlags)&(sqTaskrun|sqCQOverflow) != 0 {
			syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(count), 0, enterGetEvents, 0, 0)
		}
		return
	}
	r.timeout = unix.NsecToTimespec(int64(sleep))
	r.wait.ts = uint64(uintptr(unsafe.Pointer(&r.timeout)))
	const flags = enterGetEvents | enterExtArg
	if !told {
		syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(count), 1, flags, uintptr(unsafe.Pointer(&r.wait)),
			unsafe.Sizeof(r.wait))
		return
	}
	syscall.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(count), 1, flags, uintptr(unsafe.Pointer(&r.wait)), unsafe.Sizeof(r.wait))
}

// next returns a result, nil when there is none for now. It is valid until seen.
func (r *ioRing) next() *cqe {
	if r.head == atomic.LoadUint32(r.cqTail) {
		return nil
	}
	return &r.cqes[r.head&r.cqMask]
}

// seen gives the place of the result back to the kernel.
func (r *ioRing) seen() {
	r.head++
	atomic.StoreUint32(r.cqHead, r.head)
}

func (r *ioRing) register(opcode int, arg unsafe.Pointer, n int) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_IO_URING_REGISTER, uintptr(r.fd), uintptr(opcode), uintptr(arg), uintptr(n), 0, 0)
	return errno
}

// reserveFiles makes n empty places for registered descriptors: an operation on one spares the
// kernel two atomic operations on the file.
func (r *ioRing) reserveFiles(n int) syscall.Errno {
	none := make([]int32, n)
	for i := range none {
		none[i] = -1
	}
	return r.register(registerFiles, unsafe.Pointer(&none[0]), n)
}

// setFile puts a descriptor into a place, or empties it with -1.
func (r *ioRing) setFile(place, fd int) syscall.Errno {
	r.file = int32(fd)
	r.update.offset, r.update.fds = uint32(place), uint64(uintptr(unsafe.Pointer(&r.file)))
	_, _, errno := syscall.RawSyscall6(unix.SYS_IO_URING_REGISTER, uintptr(r.fd), registerFilesUpdate, uintptr(unsafe.Pointer(&r.update)), 1,
		0, 0)
	return errno
}

// cancel ends the operations with this user data before it returns.
func (r *ioRing) cancel(userData uint64) {
	forever := int64(-1)
	request := struct {
		addr    uint64
		fd      int32
		flags   uint32
		timeout [2]int64
		opcode  uint8
		_       [7]uint8
		_       [3]uint64
	}{addr: userData, fd: -1, timeout: [2]int64{forever, forever}}
	// ENOENT: it has ended already.
	r.register(registerSyncCancel, unsafe.Pointer(&request), 1)
}
