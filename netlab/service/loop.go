package service

import (
	"container/heap"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A protocol answers the bytes of one connection.
type protocol interface {
	// received takes bytes that came; answers are put into c.owed, and c.stage says whether
	// more input is wanted. It returns how many bytes it took: fewer than all only when the
	// connection is now working on a request.
	received(c *conn, b []byte) int
	// answer puts the answer into c.owed that was being worked on.
	answer(c *conn)
}

// A loop serves all connections of one listening socket from one goroutine.
type loop struct {
	protocol protocol
	poll     time.Duration // how long to look for more input before sleeping
	busy     time.Duration // when there was something to do last
	idle     time.Duration // a connection silent for this long is dropped
	addr     netip.AddrPort

	fd       int // epoll
	listener int
	wake     int     // eventfd: Close was called
	spare    int     // given up for a moment to turn a connection away when descriptors run out
	conns    []*conn // by descriptor
	gen      uint32
	gone     []*conn // to be used again
	late     []*conn // with answers to write at the end of the batch
	again    []*conn // not done when their visit was over
	jobs     jobs
	does     *behaviour
	active   list // all connections, longest silent first
	buf      []byte

	closing sync.Once
	begun   time.Time
	done    chan struct{}
}

func newLoop(nsfd int, at netip.AddrPort, idle, poll time.Duration, b *behaviour, p protocol) (*loop, error) {
	listener, addr, err := listen(nsfd, at, unix.SOCK_STREAM)
	if err != nil {
		return nil, err
	}
	l := &loop{protocol: p, does: b, idle: idle, poll: poll, addr: addr, fd: -1, listener: listener, wake: -1, spare: -1,
		buf: make([]byte, 256<<10), begun: time.Now(), done: make(chan struct{})}
	if err := l.open(); err != nil {
		l.release()
		return nil, fmt.Errorf("serve on %s: %w", addr, err)
	}
	go l.run()
	return l, nil
}

func (l *loop) open() (err error) {
	if l.fd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	if l.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return err
	}
	if l.spare, err = unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return err
	}
	for _, fd := range []int{l.listener, l.wake} {
		if err := unix.EpollCtl(l.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil {
			return err
		}
	}
	return nil
}

// Addr is where the server listens.
func (l *loop) Addr() netip.AddrPort { return l.addr }

// Close stops listening and resets every open connection, as when a process is killed.
func (l *loop) Close() error {
	var err error
	l.closing.Do(func() {
		one := [8]byte{0: 1}
		if _, werr := unix.Write(l.wake, one[:]); werr != nil {
			err = fmt.Errorf("close server on %s: %w", l.addr, werr)
			return
		}
		<-l.done
	})
	return err
}

func (l *loop) run() {
	defer close(l.done)
	defer l.release()
	var events [256]unix.EpollEvent
	for {
		now := time.Since(l.begun)
		if until := l.does.awakes(now); until > now {
			if l.stall(until) {
				return
			}
			now = until // whatever the clock says: one round between two stalls
		}
		l.finishJobs(now)
		n, err := l.wait(events[:], now)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return // only a closed or invalid epoll descriptor, which nobody else holds
		}
		now = time.Since(l.begun)
		if n > 0 {
			l.busy = now
		}
		for i := range events[:n] {
			e := &events[i]
			switch int(e.Fd) {
			case l.wake:
				return
			case l.listener:
				l.accept(now)
			default:
				if c := l.conns[e.Fd]; c != nil && c.gen == uint32(e.Pad) {
					l.serve(c, e.Events, now)
				}
			}
		}
		l.comeBack(now)
		l.flushLate()
		l.dropSilent(now)
	}
}

// wait sleeps in a system call that the Go scheduler knows of, so that an idle server holds no
// processor of the runtime.
func (l *loop) wait(events []unix.EpollEvent, now time.Duration) (int, error) {
	timeout := -1
	switch {
	case len(l.again) > 0 || now-l.busy < l.poll:
		timeout = 0
	case len(l.jobs) > 0:
		// Service times need more than epoll's milliseconds.
		left := unix.NsecToTimespec(int64(max(0, l.jobs[0].at-now)))
		if _, err := unix.Ppoll([]unix.PollFd{{Fd: int32(l.fd), Events: unix.POLLIN}}, &left, nil); err != nil {
			return 0, err
		}
		timeout = 0
	case l.active.first != nil:
		timeout = int(max(0, l.active.first.seen+l.idle-now).Milliseconds()) + 1
	}
	return unix.EpollWait(l.fd, events, timeout)
}

// stall does nothing until then and says whether Close was called meanwhile.
func (l *loop) stall(until time.Duration) (closed bool) {
	for left := until - time.Since(l.begun); left > 0 && !closed; left = until - time.Since(l.begun) {
		// Linux lets a poll last a thousandth longer than asked for (select_estimate_accuracy in fs/select.c):
		// a second stops 2 ms short, and then once more for the rest.
		t := unix.NsecToTimespec(int64(left - left/500))
		n, err := unix.Ppoll([]unix.PollFd{{Fd: int32(l.wake), Events: unix.POLLIN}}, &t, nil)
		closed = err == nil && n > 0
	}
	return closed
}

// begin takes time over the request on c.
func (l *loop) begin(c *conn) {
	heap.Push(&l.jobs, job{at: l.does.done(time.Since(l.begun)), conn: c, gen: c.gen})
}

// finishJobs answers the requests whose time is over.
func (l *loop) finishJobs(now time.Duration) {
	for len(l.jobs) > 0 && l.jobs[0].at <= now {
		j := heap.Pop(&l.jobs).(job)
		c := j.conn
		if c.fd < 0 || c.gen != j.gen {
			continue // closed meanwhile
		}
		l.finishJob(c)
	}
}

// comeBack goes on with the connections whose visit was over before they were done.
func (l *loop) comeBack(now time.Duration) {
	again := l.again
	l.again = nil
	for _, c := range again {
		if c.again { // not closed meanwhile
			c.again = false
			l.serve(c, unix.EPOLLIN|unix.EPOLLOUT, now)
		}
	}
}

// release closes everything; connections by RST.
func (l *loop) release() {
	for c := l.active.first; c != nil; c = l.active.first {
		l.reset(c)
	}
	for _, fd := range []int{l.listener, l.fd, l.wake, l.spare} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

func (l *loop) accept(now time.Duration) {
	for range 64 {
		fd, _, errno := syscall.RawSyscall6(unix.SYS_ACCEPT4, uintptr(l.listener), 0, 0, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
		switch errno {
		case 0:
			l.admit(int(fd), now)
		case unix.EMFILE, unix.ENFILE:
			l.turnAway()
			return
		case unix.ECONNABORTED, unix.EINTR:
		default:
			return
		}
	}
}

func (l *loop) admit(fd int, now time.Duration) {
	for fd >= len(l.conns) {
		l.conns = append(l.conns, make([]*conn, max(64, len(l.conns)))...)
	}
	c := &conn{}
	if n := len(l.gone); n > 0 {
		c, l.gone = l.gone[n-1], l.gone[:n-1]
	}
	l.gen++
	*c = conn{fd: fd, gen: l.gen, seen: now, owed: c.owed[:0]}
	if !l.register(c) {
		unix.Close(fd)
		l.gone = append(l.gone, c)
		return
	}
	l.conns[fd] = c
	l.active.push(c)
}

// turnAway resets one waiting connection when the process has no descriptor left for it: the
// client learns at once, and the loop does not spin on a socket that stays readable.
func (l *loop) turnAway() {
	unix.Close(l.spare)
	if fd, _, err := unix.Accept4(l.listener, unix.SOCK_CLOEXEC); err == nil {
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		unix.Close(fd)
	}
	l.spare, _ = unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
}

// anything is what a connection is registered for, once, edge-triggered.
const anything = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET

func (l *loop) register(c *conn) bool {
	e := unix.EpollEvent{Events: anything, Fd: int32(c.fd), Pad: int32(c.gen)}
	return unix.SetsockoptInt(c.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) == nil &&
		unix.EpollCtl(l.fd, unix.EPOLL_CTL_ADD, c.fd, &e) == nil
}

// dropSilent resets connections on which nothing came or went for too long. Clients that vanished
// without a word, as in a fault drill, leave connections that nothing else would ever end.
func (l *loop) dropSilent(now time.Duration) {
	for c := l.active.first; c != nil && now-c.seen > l.idle; c = l.active.first {
		l.reset(c)
	}
}

func (l *loop) reset(c *conn) {
	// If this fails the connection ends in order instead, which harms nobody.
	_ = unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	l.close(c)
}

func (l *loop) close(c *conn) {
	unix.Close(c.fd)
	l.conns[c.fd] = nil
	l.active.remove(c)
	c.fd, c.again, c.late = -1, false, false
	c.request.Forget()
	c.rest = nil
	l.gone = append(l.gone, c)
}
