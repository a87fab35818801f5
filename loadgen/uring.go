package loadgen

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"netlab/scenarios/protocol"
)

// NewIOUring returns the engine that puts all requests of a turn into one system call. It takes the
// plans of requests over TCP; for datagrams, bulk bytes and kernel stamps there is nothing to gain.
func NewIOUring() Engine { return uringEngine{} }

type uringEngine struct{}

// Probe sets up a ring and receives a byte as the engine does. Containers often forbid io_uring, and
// kernels before 6.1 lack parts of it.
func (uringEngine) Probe(context.Context) error {
	err := onThread(-1, func(thread) error { return probeRing() })
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	return err
}

func probeRing() error {
	r, err := newIORing(64)
	if err != nil {
		return err
	}
	defer r.close()
	buffers, err := r.addBuffers(2, 64)
	if err != nil {
		return err
	}
	defer buffers.close()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("make a socket pair: %w", err)
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	if _, err := unix.Write(pair[0], []byte{1}); err != nil {
		return fmt.Errorf("write to a socket pair: %w", err)
	}
	r.submit(sqe{opcode: opRecv, flags: sqeBufferSelect, ioprio: recvMultishot, fd: int32(pair[1])})
	r.enter(time.Second, true)
	e := r.next()
	if e == nil {
		return fmt.Errorf("receive by io_uring: %w", unix.ETIMEDOUT)
	}
	if e.result < 0 {
		return fmt.Errorf("receive by io_uring: %w", syscall.Errno(-e.result))
	}
	return nil
}

func (uringEngine) Run(ctx context.Context, p Plan, rec Recorder) (Accounting, error) {
	if err := p.Validate(protocol.IOUring); err != nil {
		return Accounting{}, err
	}
	if p.KernelStamps {
		return Accounting{}, fmt.Errorf("load %s: kernel stamps: %w by this engine", p.Name, errors.ErrUnsupported)
	}
	return runLoop(ctx, p, func() (loop, error) { return newUringLoop(p, rec) })
}

// A uringLoop is a dispatcher's transport. Each connection has one receive under way that goes on for
// ever; a request costs one more entry in the ring, and a turn of the loop one system call.
type uringLoop struct {
	dispatcher *dispatcher
	ring       *ioRing
	buffers    *bufferRing
	route      route
	pace       pacing
	fixed      bool // connections stand in the ring's file table
}

// What an operation was, in the lowest bits of its user data; the connection's number and, in the
// upper half, its generation stand above.
const (
	asConnect = iota
	asReceive
	asSend
)

func newUringLoop(p Plan, rec Recorder) (*uringLoop, error) {
	d := newDispatcher(p, rec)
	l := &uringLoop{dispatcher: d, route: newRoute(&p), pace: pacing{pace: p.Pace}, fixed: d.keeps}
	d.net = l
	n := 1 << bits.Len(uint(min(len(d.conns), 1024)-1))
	var err error
	if l.ring, err = newIORing(4 * max(64, n)); err != nil {
		return nil, err
	}
	if l.buffers, err = l.ring.addBuffers(max(64, n), 2048); err != nil {
		l.ring.close()
		return nil, err
	}
	if l.fixed {
		if errno := l.ring.reserveFiles(len(d.conns)); errno != 0 {
			l.release()
			return nil, fmt.Errorf("reserve %d places for connections: %w", len(d.conns), errno)
		}
	}
	return l, nil
}

func (l *uringLoop) release() {
	l.ring.close() // before the buffers, that it may still write to
	l.buffers.close()
}

func (l *uringLoop) run(ctx context.Context) Accounting {
	d := l.dispatcher
	d.begin()
	for {
		due := d.advance()
		if d.finished() || ctx.Err() != nil {
			break
		}
		if l.ring.next() == nil {
			l.ring.enter(l.pace.sleep(due, d.asked()))
		} else {
			l.ring.enter(0, false)
		}
		for e := l.ring.next(); e != nil; e = l.ring.next() {
			l.handle(e)
			l.ring.seen()
			if d.now >= due {
				due = d.advance()
				l.ring.enter(0, false) // what is due goes out between two results
			}
		}
	}
	return d.finish()
}

// handle tells the dispatcher what came of an operation.
func (l *uringLoop) handle(e *cqe) {
	c := &l.dispatcher.conns[uint32(e.userData)>>2]
	stale := c.gen != uint32(e.userData>>32) || c.state == connClosed
	switch e.userData & 3 {
	case asConnect:
		switch {
		case stale:
		case e.result < 0:
			l.dispatcher.lost(c, syscall.Errno(-e.result))
		default:
			if l.dispatcher.plan.Protocol != protocol.TCPConnect {
				l.receive(c)
			}
			l.dispatcher.opened(c)
		}
	case asSend: // told of only when it failed
		if !stale && e.result < 0 {
			l.dispatcher.lost(c, syscall.Errno(-e.result))
		}
	case asReceive:
		l.received(c, e, stale)
	}
}

func (l *uringLoop) received(c *conn, e *cqe, stale bool) {
	if e.flags&cqeBuffer != 0 {
		id, data := l.buffers.bytes(e)
		if !stale && len(data) > 0 {
			l.dispatcher.received(c, data, 0)
		}
		l.buffers.give(id)
	}
	if stale || c.gen != uint32(e.userData>>32) || c.state == connClosed {
		return
	}
	switch {
	case e.result == 0:
		l.dispatcher.lost(c, 0)
	case e.result < 0 && syscall.Errno(-e.result) != unix.ENOBUFS:
		l.dispatcher.lost(c, syscall.Errno(-e.result))
	case e.flags&cqeMore == 0: // the kernel ended it, as when buffers had run out
		l.receive(c)
	}
}

func (l *uringLoop) tag(c *conn, as uint64) uint64 {
	return uint64(c.gen)<<32 | uint64(c.id)<<2 | as
}

// on fills in the connection that an operation is for.
func (l *uringLoop) on(c *conn, e sqe) sqe {
	e.fd = int32(c.fd)
	if l.fixed {
		e.fd = int32(c.id)
		e.flags |= sqeFixedFile
	}
	return e
}

func (l *uringLoop) receive(c *conn) {
	l.ring.submit(l.on(c, sqe{opcode: opRecv, flags: sqeBufferSelect, ioprio: recvMultishot, userData: l.tag(c, asReceive)}))
}

func (l *uringLoop) connect(c *conn) (bool, syscall.Errno) {
	// Not SOCK_NONBLOCK: operations on such a socket fail where they should wait.
	fd, errno := l.route.peer.blockingSocket(unix.SOCK_STREAM)
	if errno != 0 {
		return false, errno
	}
	c.fd = fd
	if errno := l.route.prepare(fd, c.id); errno != 0 {
		return false, errno
	}
	if l.fixed {
		if errno := l.ring.setFile(int(c.id), fd); errno != 0 {
			return false, errno
		}
	}
	peer := &l.route.peer
	l.ring.submit(l.on(c, sqe{opcode: opConnect, addr: uint64(uintptr(unsafe.Pointer(&peer.raw))), off: uint64(peer.size),
		userData: l.tag(c, asConnect)}))
	return false, 0
}

// send leaves it to the kernel to send the rest of what a socket does not take at once.
func (l *uringLoop) send(c *conn) syscall.Errno {
	l.ring.submit(l.on(c,
		sqe{opcode: opSend, flags: sqeSkipSuccess, addr: uint64(uintptr(unsafe.Pointer(&c.unsent[0]))), len: uint32(len(c.unsent)),
			opFlags: unix.MSG_NOSIGNAL | unix.MSG_WAITALL, userData: l.tag(c, asSend)}))
	c.unsent = nil
	return 0
}

func (l *uringLoop) reset(c *conn) {
	if c.fd < 0 {
		return
	}
	resetOnClose(c.fd)
	l.close(c)
}

// close ends the operations under way first: they hold the socket, which would live on with them.
func (l *uringLoop) close(c *conn) {
	if c.fd < 0 {
		return
	}
	l.ring.enter(0, false) // what is only queued can't be cancelled
	switch {
	case c.state == connOpening:
		l.ring.cancel(l.tag(c, asConnect))
	case l.dispatcher.plan.Protocol != protocol.TCPConnect:
		l.ring.cancel(l.tag(c, asReceive))
		if c.busy && c.firstByte == 0 {
			l.ring.cancel(l.tag(c, asSend))
		}
	}
	if l.fixed {
		l.ring.setFile(int(c.id), -1)
	}
	syscall.RawSyscall(unix.SYS_CLOSE, uintptr(c.fd), 0, 0)
	c.fd = -1
}
