package loadgen

import (
	"math"
	"syscall"
	"time"

	"netlab/netlab/http1"
)

// A transport makes the system calls for a dispatcher. What connect, send and the sockets bring about
// later comes back through dispatcher.opened, received and lost.
type transport interface {
	// connect begins to open c; open says that it stands already.
	connect(c *conn) (open bool, errno syscall.Errno)
	// send writes the whole request. What the socket does not take at once goes out later.
	send(c *conn) syscall.Errno
	// reset closes c at once: the peer gets a RST and no port stays in TIME_WAIT.
	reset(c *conn)
	// close ends c in order.
	close(c *conn)
}

// A dispatcher is the part of an engine that makes no system call: which request is due, which
// connection takes it, when it has failed, and the books over all of them.
//
// Connections without a request stand in one queue, least recently used first, whether open or
// not: so all of them carry load, a load balancer sees all of them, and one that broke is
// opened anew by the next request that meets it. Nothing reconnects on its own, so a
// refusing server is asked no more often than the plan says.
type dispatcher struct {
	plan Plan
	rec  Recorder
	net  transport
	acct Accounting

	keeps   bool   // connections outlive their request
	request []byte // the bytes of every request
	conns   []conn
	names   *names
	ready   list        // without a request
	busy    list        // with a request, oldest first
	waiting ring[int64] // intended times that no connection was free for
	resting list        // closed loop: connections until their next turn, see conn.turn
	pausing list        // closed loop: likewise, after a failure

	arrivals
	now int64 // the newest reading of the clock

	sample Sample
}

// A conn is one connection, or a place for one.
type conn struct {
	id         uint32
	gen        uint32 // counts the sockets, so that an event of an earlier one is told apart
	fd         int
	state      connState
	busy       bool
	unsent     []byte // the rest of a request that the socket did not take yet
	intended   int64
	sent       int64
	firstByte  int64
	kernelTX   int64
	kernelRX   int64
	turn       int64 // closed loop: when the next request is due
	answer     http1.Response
	echoed     int // bytes of an echo that came back
	prev, next *conn
}

type connState uint8

const (
	connClosed connState = iota
	connOpening
	connOpen
)

// afterFailure is how long a connection of a closed loop pauses after a failed request. Without it a
// server that refuses would be asked a hundred thousand times a second.
const afterFailure = 100 * time.Millisecond

const never = math.MaxInt64

func newDispatcher(p Plan, rec Recorder) *dispatcher {
	d := &dispatcher{plan: p, rec: rec, keeps: p.keeps(), names: newNames()}
	d.acct.Failed = map[Failure]uint64{}
	d.request = p.requestBytes()
	d.conns = make([]conn, p.connections())
	number := d.names.number
	for i := range d.conns {
		c := &d.conns[i]
		c.id, c.fd = uint32(i), -1
		c.answer = http1.Response{HEAD: p.Method == "HEAD", Watch: "x-netlab-instance", Number: number}
	}
	d.arrivals = newArrivals(&p)
	return d
}

// begin puts the connections in line; kept ones are opened at once, before the schedule's zero
// where there is time for it.
func (d *dispatcher) begin() {
	for i := range d.conns {
		c := &d.conns[i]
		if d.plan.Pacer == nil {
			c.turn = d.plan.Start
			d.resting.push(c)
		} else {
			d.ready.push(c)
		}
		if d.keeps {
			d.open(c)
		}
	}
}

// advance does what is due at now and returns the next instant at which something will be.
func (d *dispatcher) advance() int64 {
	d.now = Now()
	now := d.now
	if d.plan.Pacer == nil {
		d.startLoop(now)
	}
	d.startWaiting()
	for d.due <= now {
		d.acct.Offered++
		d.offer(d.due)
		d.schedule()
	}
	d.expire(now)
	return d.next()
}

// offer gives a request to a connection, or keeps it waiting.
func (d *dispatcher) offer(intended int64) {
	switch {
	case d.waiting.n == 0 && d.ready.first != nil:
		d.start(d.ready.pop(), intended)
	case d.plan.MaxWaiting > 0 && d.waiting.n >= d.plan.MaxWaiting:
		d.acct.Shed++
		d.sample = Sample{Intended: intended, Phase: PhaseShed}
		d.rec.Record(&d.sample)
	default:
		d.waiting.push(intended)
	}
}

// startWaiting gives waiting requests to free connections, a few at a time: a server that refuses at once
// must not keep the loop from what is due meanwhile.
func (d *dispatcher) startWaiting() {
	for range 64 {
		if d.waiting.n == 0 || d.ready.first == nil {
			return
		}
		d.start(d.ready.pop(), d.waiting.pop())
	}
}

// startLoop starts the closed loop's requests that are due.
func (d *dispatcher) startLoop(now int64) {
	d.ended = d.ended || now >= d.end
	for _, l := range [...]*list{&d.resting, &d.pausing} {
		for c := l.first; c != nil && (c.turn <= now || d.ended); c = l.first {
			l.remove(c)
			if d.ended {
				d.ready.push(c)
				continue
			}
			d.acct.Offered++
			d.start(c, max(c.turn, d.plan.Start))
		}
	}
}

// expire fails what took too long.
func (d *dispatcher) expire(now int64) {
	for c := d.busy.first; c != nil && c.sent+int64(d.plan.Timeout) <= now; c = d.busy.first {
		d.failed(c, c.phase(), ErrTimeout, now)
	}
	for d.waiting.n > 0 && d.waiting.first()+int64(d.plan.Timeout) <= now {
		d.sample = Sample{Intended: d.waiting.pop(), Done: now, Phase: PhaseWait, Errno: ErrTimeout}
		d.acct.Failed[Failure{PhaseWait, ErrTimeout}]++
		d.rec.Record(&d.sample)
	}
}

// next is the first instant at which advance has something to do.
func (d *dispatcher) next() int64 {
	at := d.due
	if d.waiting.n > 0 && d.ready.first != nil { // startWaiting stopped half-way
		return 0
	}
	if d.plan.Pacer == nil {
		for _, l := range [...]*list{&d.resting, &d.pausing} {
			if l.first != nil {
				at = min(at, l.first.turn)
			}
		}
	}
	if d.busy.first != nil {
		at = min(at, d.busy.first.sent+int64(d.plan.Timeout))
	}
	if d.waiting.n > 0 {
		at = min(at, d.waiting.first()+int64(d.plan.Timeout))
	}
	return at
}

// asked is when the newest request went out that is not answered yet, or 0.
func (d *dispatcher) asked() int64 {
	if d.busy.last == nil {
		return 0
	}
	return d.busy.last.sent
}

// finished says whether every request that will ever come is accounted for.
func (d *dispatcher) finished() bool {
	return d.ended && d.busy.first == nil && d.waiting.n == 0 && d.resting.first == nil && d.pausing.first == nil
}

// finish accounts for what is still open and closes every connection.
func (d *dispatcher) finish() Accounting {
	for c := d.busy.pop(); c != nil; c = d.busy.pop() {
		d.acct.Open++
		d.record(c, PhaseOpen, 0, 0)
		d.drop(c)
	}
	for d.waiting.n > 0 {
		d.acct.Open++
		d.sample = Sample{Intended: d.waiting.pop(), Phase: PhaseOpen}
		d.rec.Record(&d.sample)
	}
	for i := range d.conns {
		if c := &d.conns[i]; c.state != connClosed {
			d.net.close(c)
			c.state = connClosed
		}
	}
	d.acct.Servers = d.names.list
	return d.acct
}
