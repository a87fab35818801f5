package loadgen

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
)

// bulkInterval is how long one request of a bulk plan is.
const bulkInterval = 100 * time.Millisecond

// bulkReads bounds the system calls that one stream may make before the others have their turn.
const bulkReads = 4

// bulk moves bytes over several streams from one thread. Bytes upwards count when the peer's kernel
// has acknowledged them, not when they are in a socket buffer: on a path that just
// broke the two differ by megabytes.
type bulk struct {
	plan    Plan
	rec     Recorder
	acct    Accounting
	poller  *poller
	route   route
	streams []bulkStream
	eager   int   // streams that could move more bytes at once
	tick    int64 // when the interval under way ends; at first the schedule's zero
	ended   bool
	buf     []byte
	sample  Sample
}

type bulkStream struct {
	BulkStream
	fd      int
	gen     uint32
	state   connState
	ready   bool          // it could move more bytes at once
	block   int           // bytes that it sends when it has its turn
	began   int64         // when the connection was begun
	moved   uint64        // bytes in this interval
	acked   uint64        // bytes acknowledged on this connection so far
	resent  uint32        // segments sent again over this connection so far
	trouble syscall.Errno // why it is not open
	broke   syscall.Errno // how an open connection ended in this interval
}

func runBulk(ctx context.Context, p Plan, rec Recorder) (Accounting, error) {
	return runLoop(ctx, p, func() (loop, error) { return newBulk(p, rec) })
}

func newBulk(p Plan, rec Recorder) (*bulk, error) {
	if err := p.checkCongestion(); err != nil {
		return nil, err
	}
	poller, err := newPoller(Cheap)
	if err != nil {
		return nil, err
	}
	b := &bulk{
		plan: p, rec: rec, poller: poller, route: newRoute(&p),
		streams: make([]bulkStream, max(1, p.Connections)),
		tick:    p.Start, buf: make([]byte, 256<<10),
	}
	b.route.noDelay = false // a segment waits until it is full
	b.acct.Failed, b.acct.Servers = map[Failure]uint64{}, []string{""}
	return b, nil
}

func (b *bulk) release() { b.poller.close() }

// checkCongestion asks this thread's namespace, where an ordinary user may not choose all that Linux has.
func (p *Plan) checkCongestion() error {
	if p.Congestion == "" {
		return nil
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION, p.Congestion); err != nil {
		known, _ := os.ReadFile("/proc/sys/net/ipv4/tcp_available_congestion_control") // "" tells nothing, and harms nothing
		return fmt.Errorf("congestion control %q: %w; this kernel has %s", p.Congestion, err, strings.TrimSpace(string(known)))
	}
	return nil
}

func (b *bulk) run(ctx context.Context) Accounting {
	for i := range b.streams {
		b.streams[i].fd = -1
	}
	end := b.plan.end()
	for ctx.Err() == nil && !b.ended {
		due := b.tick
		if b.eager > 0 && Now() >= b.plan.Start {
			due = 0
		}
		for _, e := range b.poller.wait(due, 0) {
			if s := &b.streams[e.Fd]; s.gen == uint32(e.Pad) && s.state != connClosed {
				b.handle(int(e.Fd), e.Events)
			}
		}
		if Now() >= b.tick {
			b.nextInterval(end)
		}
		for i := range b.streams {
			if b.streams[i].ready {
				b.move(&b.streams[i])
			}
		}
	}
	for i := range b.streams {
		s := &b.streams[i]
		b.drop(s, 0)
		b.acct.Bulk = append(b.acct.Bulk, s.BulkStream)
	}
	return b.acct
}

// nextInterval ends one interval and begins the next.
func (b *bulk) nextInterval(end int64) {
	now := Now()
	var passed int64 // intervals; more than one if the thread was held up
	if b.tick > b.plan.Start {
		passed = 1 + (min(now, end)-b.tick)/int64(bulkInterval)
	}
	for i := range b.streams {
		s := &b.streams[i]
		b.measure(s)
		b.account(uint32(i), s, passed, now)
		if s.state == connOpening && now-s.began > int64(b.plan.Timeout) {
			b.drop(s, ErrTimeout)
		}
	}
	b.tick += max(1, passed) * int64(bulkInterval)
	if b.tick > end {
		b.ended = true
		return
	}
	for i := range b.streams {
		if b.streams[i].state == connClosed {
			b.open(i, now)
		}
	}
}

// account makes requests of the intervals that end; what moved in them is shared out evenly.
func (b *bulk) account(id uint32, s *bulkStream, passed, now int64) {
	s.Bytes += s.moved
	for i := range passed {
		begin := b.tick + (i-1)*int64(bulkInterval)
		share := s.moved / uint64(passed-i)
		s.moved -= share
		b.sample = Sample{Intended: begin, Sent: begin, Done: now, Conn: id, Bytes: uint32(min(share, 1<<32-1))}
		b.sample.Phase, b.sample.Errno = s.verdict(share)
		s.broke = 0
		b.acct.Offered++
		b.acct.Sent++
		if b.sample.OK() {
			b.acct.Answered++
		} else {
			b.acct.Failed[Failure{b.sample.Phase, b.sample.Errno}]++
		}
		b.rec.Record(&b.sample)
	}
}

// verdict is what an interval with so many bytes comes to.
func (s *bulkStream) verdict(bytes uint64) (Phase, syscall.Errno) {
	switch {
	case s.broke != 0:
		return PhaseBody, s.broke
	case bytes > 0:
		return PhaseNone, 0
	case s.state == connOpen:
		return PhaseBody, ErrTimeout
	case s.trouble != 0:
		return PhaseConnect, s.trouble
	}
	return PhaseConnect, ErrTimeout
}

func (b *bulk) open(id int, now int64) {
	s := &b.streams[id]
	s.gen++
	s.began, s.acked, s.resent = now, 0, 0
	fd, errno := b.route.peer.socket(unix.SOCK_STREAM)
	if errno != 0 {
		s.trouble = errno
		return
	}
	s.fd, s.state = fd, connOpening
	if errno = b.route.prepare(fd, uint32(id)); errno == 0 && b.plan.Congestion != "" {
		if unix.SetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION, b.plan.Congestion) != nil {
			errno = unix.ENOENT
		}
	}
	if errno == 0 {
		errno = b.route.peer.connect(fd)
	}
	if errno == 0 || errno == unix.EINPROGRESS {
		errno = b.poller.add(fd, uint32(id), s.gen)
	}
	if errno != 0 {
		b.drop(s, errno)
	}
}

func (b *bulk) handle(id int, events uint32) {
	s := &b.streams[id]
	if events&(unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		b.drop(s, trouble(s.fd))
		return
	}
	if s.state == connOpening && events&unix.EPOLLOUT != 0 {
		block, err := kernel.BulkBlock(s.fd)
		if err != nil {
			b.drop(s, unix.ENOTCONN) // reset between the event and now
			return
		}
		s.state, s.trouble, s.block = connOpen, 0, min(block, len(b.buf))
		b.acct.Connects++
		command := []byte{'u'}
		if b.plan.Direction == Down {
			command[0] = 'd'
		}
		if _, errno := rawSend(s.fd, command); errno != 0 {
			b.drop(s, errno)
			return
		}
	}
	wanted := uint32(unix.EPOLLOUT)
	if b.plan.Direction == Down {
		wanted = unix.EPOLLIN | unix.EPOLLRDHUP
	}
	if events&wanted != 0 && !s.ready {
		s.ready = true
		b.eager++
	}
}

// move gives a stream its turn.
func (b *bulk) move(s *bulkStream) {
	var errno syscall.Errno
	if b.plan.Direction == Down {
		errno = b.receive(s)
	} else {
		_, errno = rawSend(s.fd, b.buf[:s.block])
	}
	switch errno {
	case 0, unix.EINTR:
	case unix.EAGAIN:
		b.rest(s)
	default:
		b.drop(s, errno)
	}
}

// receive reads what is there, or until the others have to have their turn.
func (b *bulk) receive(s *bulkStream) syscall.Errno {
	for range bulkReads {
		n, errno := rawReceive(s.fd, b.buf)
		if errno != 0 {
			return errno
		}
		if n == 0 {
			return ErrClosed
		}
		s.moved += uint64(n)
	}
	return 0
}

func (b *bulk) rest(s *bulkStream) {
	if s.ready {
		s.ready = false
		b.eager--
	}
}

// measure asks the kernel how the stream does.
func (b *bulk) measure(s *bulkStream) {
	if s.state != connOpen {
		return
	}
	var info unix.TCPInfo
	size := uint32(unsafe.Sizeof(info))
	if _, _, errno := syscall.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(s.fd), unix.IPPROTO_TCP, unix.TCP_INFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0); errno != 0 {
		return
	}
	if b.plan.Direction != Down {
		s.moved += info.Bytes_acked - s.acked
		s.acked = info.Bytes_acked
	}
	s.MSS = info.Snd_mss
	s.Retransmits += info.Total_retrans - s.resent
	s.resent = info.Total_retrans
	if s.Congestion == "" {
		s.Congestion, _ = unix.GetsockoptString(s.fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION)
	}
}

// drop ends a stream's connection, with the reason if it is to be opened again.
func (b *bulk) drop(s *bulkStream, why syscall.Errno) {
	b.measure(s)
	b.rest(s)
	if s.state == connOpen {
		s.broke = why
	}
	if s.fd >= 0 {
		// Megabytes may be unsent: a RST throws them away.
		_ = unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		unix.Close(s.fd)
	}
	s.fd, s.state, s.trouble = -1, connClosed, why
}
