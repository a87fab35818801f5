package loadgen

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// datagrams is the UDP echo: numbered datagrams, each expected back once. Unlike a connection a
// socket has many of them under way, so a lost one holds up nothing.
type datagrams struct {
	plan    Plan
	rec     Recorder
	acct    Accounting
	poller  *poller
	sockets []udpSocket
	window  window
	payload payload
	waiting ring[int64] // intended times of datagrams that the socket did not take
	resting ring[turn]  // closed loop: whose turn comes when
	pausing ring[turn]  // closed loop: likewise, after a failure

	arrivals
	full     bool // a socket takes no more for now
	lastSent int64
	stamps   *stamper // nil: the plan asks for none
	buf      []byte
	sample   Sample
}

type udpSocket struct {
	fd      int
	highest uint64 // one more than the highest number answered
}

// A turn is a socket of a closed loop and when it may send.
type turn struct {
	socket int
	at     int64
}

func runDatagrams(ctx context.Context, p Plan, rec Recorder) (Accounting, error) {
	return runLoop(ctx, p, func() (loop, error) { return newDatagrams(p, rec) })
}

func newDatagrams(p Plan, rec Recorder) (*datagrams, error) {
	poller, err := newPoller(p.Pace)
	if err != nil {
		return nil, err
	}
	d := &datagrams{
		plan: p, rec: rec, poller: poller, payload: newPayload(p.size()),
		window: window{timeout: int64(p.Timeout)},
		buf:    make([]byte, 64<<10),
	}
	if p.KernelStamps {
		d.stamps = newStamper()
		d.stamps.refused = d.refused
	}
	d.acct.Failed, d.acct.Servers = map[Failure]uint64{}, []string{""}
	for i := range max(1, p.Connections) {
		if errno := d.open(uint32(i)); errno != 0 {
			d.release()
			return nil, fmt.Errorf("open UDP socket to %s: %w", p.Target, errno)
		}
		if p.Pacer == nil {
			d.resting.push(turn{i, p.Start})
		}
	}
	d.arrivals = newArrivals(&p)
	return d, nil
}

func (d *datagrams) open(id uint32) syscall.Errno {
	peer, source := newAddress(d.plan.Target), newAddress(sourceAddr(d.plan.source(id)))
	fd, errno := peer.socket(unix.SOCK_DGRAM)
	if errno != 0 {
		return errno
	}
	d.sockets = append(d.sockets, udpSocket{fd: fd})
	d.acct.Connects++
	for _, try := range []func() syscall.Errno{
		func() syscall.Errno { return source.bind(fd) },
		// ICMP errors come with the datagram that they speak of.
		func() syscall.Errno { return peer.wantErrors(fd) },
		func() syscall.Errno { return setInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20) },
		func() syscall.Errno {
			if d.stamps == nil {
				return 0
			}
			return d.stamps.enable(fd)
		},
		func() syscall.Errno { return peer.connect(fd) },
		func() syscall.Errno { return d.poller.add(fd, id, 0) },
	} {
		if errno := try(); errno != 0 {
			return errno
		}
	}
	return 0
}

func (d *datagrams) run(ctx context.Context) Accounting {
	for {
		now := Now()
		if d.stamps != nil {
			d.stamps.look(now)
		}
		due := d.advance(now)
		if d.finished() || ctx.Err() != nil {
			break
		}
		asked := int64(0)
		if d.window.judged < d.window.next() {
			asked = d.lastSent
		}
		for _, e := range d.poller.wait(due, asked) {
			d.handle(int(e.Fd), e.Events)
		}
	}
	return d.finish()
}

func (d *datagrams) release() {
	for _, s := range d.sockets {
		unix.Close(s.fd)
	}
	d.poller.close()
}

// advance does what is due at now and returns the next instant at which something will be.
func (d *datagrams) advance(now int64) int64 {
	for d.waiting.n > 0 && !d.full {
		d.send(d.nextSocket(), d.waiting.first())
		if !d.full {
			d.waiting.pop()
		}
	}
	for d.due <= now {
		d.acct.Offered++
		d.offer(d.due)
		d.schedule()
	}
	if d.plan.Pacer == nil {
		d.takeTurns(now)
	}
	for g := d.window.expired(now); g != nil; g = d.window.expired(now) {
		d.acct.Datagrams.Lost++
		d.fail(g, PhaseFirstByte, ErrTimeout)
	}
	d.window.forget(now)
	for d.waiting.n > 0 && d.waiting.first()+int64(d.plan.Timeout) <= now {
		d.fail(&datagram{intended: d.waiting.pop(), socket: -1}, PhaseWait, ErrTimeout)
	}
	return d.next()
}

func (d *datagrams) offer(intended int64) {
	switch {
	case d.waiting.n == 0 && !d.full:
		if d.send(d.nextSocket(), intended); d.full {
			d.waiting.push(intended)
		}
	case d.plan.MaxWaiting > 0 && d.waiting.n >= d.plan.MaxWaiting:
		d.acct.Shed++
		d.sample = Sample{Intended: intended, Phase: PhaseShed}
		d.rec.Record(&d.sample)
	default:
		d.waiting.push(intended)
	}
}

func (d *datagrams) nextSocket() int { return int(d.window.next() % uint64(len(d.sockets))) }

func (d *datagrams) takeTurns(now int64) {
	d.ended = d.ended || now >= d.end
	for _, q := range [...]*ring[turn]{&d.resting, &d.pausing} {
		for q.n > 0 && (q.first().at <= now || d.ended) {
			t := q.pop()
			if d.ended {
				continue
			}
			d.acct.Offered++
			if d.send(t.socket, t.at); d.full {
				d.waiting.push(t.at)
			}
		}
	}
}

// send sends the next datagram over a socket, or finds the socket full.
func (d *datagrams) send(socket int, intended int64) {
	number := d.window.next()
	b := d.payload.write(number)
	now := Now()
	for tries := 0; ; tries++ {
		tx, errno := d.write(d.sockets[socket].fd, b)
		switch {
		case errno == unix.EAGAIN:
			d.full = true
			return
		case errno == unix.EINTR:
			continue
		case errno != 0 && tries == 0:
			continue // an earlier datagram's: the error queue says whose
		}
		d.acct.Sent++
		d.lastSent = now
		d.window.push(datagram{intended: intended, sent: now, kernelTX: tx, socket: socket})
		if errno != 0 {
			sent := d.window.find(number)
			sent.state = lost
			d.fail(sent, PhaseConnect, errno)
		}
		return
	}
}

// write sends b and returns the kernel's stamp of it, if it was asked for and is there at once, as it is
// over a veth.
func (d *datagrams) write(fd int, b []byte) (tx int64, errno syscall.Errno) {
	if d.stamps == nil {
		_, errno = rawSend(fd, b)
		return 0, errno
	}
	before := Now() - int64(10*time.Microsecond) // the two clocks' distance is not known better
	_, asked, errno := d.stamps.send(fd, b)
	if asked {
		tx = d.stamps.transmitted(fd)
	}
	if tx < before { // an earlier datagram's, that came late
		tx = 0
	}
	return tx, errno
}

func (d *datagrams) next() int64 {
	at := min(d.due, d.window.nextExpiry())
	for _, q := range [...]*ring[turn]{&d.resting, &d.pausing} {
		if q.n > 0 {
			at = min(at, q.first().at)
		}
	}
	if d.waiting.n > 0 {
		at = min(at, d.waiting.first()+int64(d.plan.Timeout))
	}
	if d.ended && d.lastSent > 0 {
		at = min(at, d.lastSent+int64(d.plan.Timeout))
	}
	return at
}

// finished waits for the last datagram's timeout even when all are answered: a duplicate may come.
func (d *datagrams) finished() bool {
	return d.ended && d.waiting.n == 0 && d.resting.n == 0 && d.pausing.n == 0 &&
		(d.lastSent == 0 || Now() >= d.lastSent+int64(d.plan.Timeout))
}

func (d *datagrams) finish() Accounting {
	for number := d.window.judged; number < d.window.next(); number++ {
		if g := d.window.find(number); g.state == awaited {
			d.acct.Open++
			d.sample = Sample{Intended: g.intended, Sent: g.sent, Conn: uint32(g.socket), Phase: PhaseOpen}
			d.rec.Record(&d.sample)
		}
	}
	for d.waiting.n > 0 {
		d.acct.Open++
		d.sample = Sample{Intended: d.waiting.pop(), Phase: PhaseOpen}
		d.rec.Record(&d.sample)
	}
	return d.acct
}
