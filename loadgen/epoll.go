package loadgen

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netlab/scenarios/protocol"
)

// NewEpoll returns the engine that runs everywhere: one thread, one epoll instance, two system
// calls a request.
func NewEpoll() Engine { return epollEngine{} }

type epollEngine struct{}

// Probe asks for epoll_pwait2 (Linux 5.11): sleeps of whole milliseconds would spoil every schedule.
func (epollEngine) Probe(context.Context) error {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("create epoll instance: %w", err)
	}
	defer unix.Close(fd)
	var event [1]unix.EpollEvent
	if _, errno := epollWait(fd, event[:], time.Nanosecond, false); errno != 0 {
		return fmt.Errorf("wait with epoll_pwait2: %w", errno)
	}
	return nil
}

func (epollEngine) Run(ctx context.Context, p Plan, rec Recorder) (Accounting, error) {
	if err := p.Validate(protocol.Epoll); err != nil {
		return Accounting{}, err
	}
	switch p.Protocol {
	case protocol.UDPEcho:
		return runDatagrams(ctx, p, rec)
	case protocol.BulkTCP:
		return runBulk(ctx, p, rec)
	}
	return runLoop(ctx, p, func() (loop, error) { return newEpollLoop(p, rec) })
}

// An epollLoop is a dispatcher's transport.
type epollLoop struct {
	dispatcher *dispatcher
	poller     *poller
	route      route
	stamps     *stamper // nil: the plan asks for none
	buf        []byte
}

func newEpollLoop(p Plan, rec Recorder) (*epollLoop, error) {
	poller, err := newPoller(p.Pace)
	if err != nil {
		return nil, err
	}
	l := &epollLoop{
		dispatcher: newDispatcher(p, rec),
		poller:     poller,
		route:      newRoute(&p),
		buf:        make([]byte, 64<<10),
	}
	if p.KernelStamps {
		l.stamps = newStamper()
	}
	l.dispatcher.net = l
	return l, nil
}

func (l *epollLoop) run(ctx context.Context) Accounting {
	d := l.dispatcher
	d.begin()
	for {
		due := d.advance()
		if d.finished() || ctx.Err() != nil {
			break
		}
		if l.stamps != nil {
			l.stamps.look(d.now)
		}
		events := l.poller.wait(due, d.asked())
		for i := range events {
			l.handle(&events[i])
			// What comes due while the batch is worked off goes out between two events. What an
			// answer makes way for goes out after it: to read all answers before the next requests
			// are written costs a sixth less CPU time.
			if d.now >= due {
				due = d.advance()
			}
		}
	}
	return d.finish()
}

func (l *epollLoop) release() { l.poller.close() }

// handle tells the dispatcher what happened on a socket.
func (l *epollLoop) handle(e *unix.EpollEvent) {
	c := &l.dispatcher.conns[e.Fd]
	if c.gen != uint32(e.Pad) || c.state == connClosed {
		return // of a socket closed earlier in this batch
	}
	const broken = unix.EPOLLERR | unix.EPOLLHUP
	if c.state == connOpening {
		if e.Events&broken != 0 {
			l.dispatcher.lost(c, trouble(c.fd))
			return
		}
		if e.Events&unix.EPOLLOUT == 0 {
			return
		}
		l.dispatcher.opened(c)
	} else if e.Events&unix.EPOLLOUT != 0 && len(c.unsent) > 0 {
		if errno := l.send(c); errno != 0 {
			l.dispatcher.lost(c, errno)
			return
		}
	}
	if e.Events&unix.EPOLLERR != 0 && l.stamps != nil { // the error queue is where stamps come
		c.kernelTX = max(c.kernelTX, l.stamps.transmitted(c.fd))
	}
	if e.Events&(unix.EPOLLIN|unix.EPOLLRDHUP|broken) != 0 {
		l.receive(c, e.Events&(unix.EPOLLRDHUP|broken) != 0)
	}
}

// receive reads what is there. A short read is the last one, unless the peer has ended the
// stream, which no further edge would tell.
func (l *epollLoop) receive(c *conn, ended bool) {
	for gen := c.gen; c.gen == gen && c.state == connOpen; {
		n, rx, errno := l.read(c.fd)
		switch {
		case errno == unix.EAGAIN:
			return
		case errno == unix.EINTR:
		case errno != 0:
			l.dispatcher.lost(c, errno)
			return
		case n == 0:
			l.dispatcher.lost(c, 0)
			return
		default:
			l.dispatcher.received(c, l.buf[:n], rx)
			if n < len(l.buf) && !ended {
				return
			}
		}
	}
}

func (l *epollLoop) read(fd int) (n int, rx int64, errno syscall.Errno) {
	if l.stamps != nil {
		return l.stamps.receive(fd, l.buf)
	}
	n, errno = rawReceive(fd, l.buf)
	return n, 0, errno
}

func (l *epollLoop) connect(c *conn) (bool, syscall.Errno) {
	fd, errno := l.route.peer.socket(unix.SOCK_STREAM)
	if errno != 0 {
		return false, errno
	}
	c.fd = fd
	if errno := l.route.prepare(fd, c.id); errno != 0 {
		return false, errno
	}
	if l.stamps != nil {
		if errno := l.stamps.enable(fd); errno != 0 {
			return false, errno
		}
	}
	errno = l.route.peer.connect(fd)
	if errno == 0 && l.dispatcher.plan.Protocol == protocol.TCPConnect {
		return true, 0 // never waited for, so never registered
	}
	if errno != 0 && errno != unix.EINPROGRESS {
		return false, errno
	}
	if errno := l.poller.add(fd, c.id, c.gen); errno != 0 {
		return false, errno
	}
	return errno == 0, 0
}

func (l *epollLoop) send(c *conn) syscall.Errno {
	for len(c.unsent) > 0 {
		n, errno := l.write(c)
		switch errno {
		case 0:
			c.unsent = c.unsent[n:]
		case unix.EAGAIN:
			return 0
		case unix.EINTR:
		default:
			return errno
		}
	}
	return 0
}

func (l *epollLoop) write(c *conn) (int, syscall.Errno) {
	if l.stamps == nil {
		return rawSend(c.fd, c.unsent)
	}
	n, asked, errno := l.stamps.send(c.fd, c.unsent)
	if asked { // over a veth the stamp is there before send returns
		c.kernelTX = l.stamps.transmitted(c.fd)
	}
	return n, errno
}

func (l *epollLoop) reset(c *conn) {
	if c.fd >= 0 {
		resetOnClose(c.fd)
		l.close(c)
	}
}

func (l *epollLoop) close(c *conn) {
	if c.fd >= 0 {
		syscall.RawSyscall(unix.SYS_CLOSE, uintptr(c.fd), 0, 0)
		c.fd = -1
	}
}
