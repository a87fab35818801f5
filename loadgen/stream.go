package loadgen

import (
	"math"
	"syscall"
	"time"

	"netlab/netlab/http1"
)

// A transport makes the system calls for a stream. What connect, send and the sockets bring about
// later comes back through stream.opened, received and lost.
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

// A stream is the part of an engine that makes no system call: which request is due, which
// connection takes it, when it has failed, and the books over all of them.
//
// Connections without a request stand in one queue, least recently used first, whether open or
// not: so all of them carry load, a load balancer sees all of them, and one that broke is
// opened anew by the next request that meets it. Nothing reconnects on its own, so a
// refusing server is asked no more often than the plan says.
type stream struct {
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
	backing list        // closed loop: likewise, after a failure

	now   int64  // the newest reading of the clock
	n     uint64 // requests of the pacer so far
	due   int64  // when request n is due
	ended bool   // no further request will come
	end   int64  // intended times lie before this

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

func newStream(p Plan, rec Recorder) *stream {
	s := &stream{plan: p, rec: rec, keeps: p.keeps(), names: newNames(), end: p.end()}
	s.acct.Failed = map[Failure]uint64{}
	s.request = p.requestBytes()
	s.conns = make([]conn, p.connections())
	number := s.names.number
	for i := range s.conns {
		c := &s.conns[i]
		c.id, c.fd = uint32(i), -1
		c.answer = http1.Response{HEAD: p.Method == "HEAD", Watch: "x-netlab-instance", Number: number}
	}
	if p.Pacer == nil {
		s.due = never
	} else {
		s.schedule()
	}
	return s
}

// begin puts the connections in line; kept ones are opened at once, before the schedule's zero
// where there is time for it.
func (s *stream) begin() {
	for i := range s.conns {
		c := &s.conns[i]
		if s.plan.Pacer == nil {
			c.turn = s.plan.Start
			s.resting.push(c)
		} else {
			s.ready.push(c)
		}
		if s.keeps {
			s.open(c)
		}
	}
}

// schedule asks the pacer for the next request.
func (s *stream) schedule() {
	due, stop := s.plan.Pacer.Next(s.n)
	s.n++
	s.due = s.plan.Start + int64(due)
	if stop || s.due >= s.end {
		s.ended, s.due = true, never
	}
}

// advance does what is due at now and returns the next instant at which something will be.
func (s *stream) advance() int64 {
	s.now = Now()
	now := s.now
	if s.plan.Pacer == nil {
		s.turns(now)
	}
	s.hand()
	for s.due <= now {
		s.acct.Offered++
		s.offer(s.due)
		s.schedule()
	}
	s.expire(now)
	return s.next()
}

// offer gives a request to a connection, or keeps it waiting.
func (s *stream) offer(intended int64) {
	switch {
	case s.waiting.n == 0 && s.ready.first != nil:
		s.start(s.ready.pop(), intended)
	case s.plan.MaxWaiting > 0 && s.waiting.n >= s.plan.MaxWaiting:
		s.acct.Shed++
		s.sample = Sample{Intended: intended, Phase: PhaseShed}
		s.rec.Record(&s.sample)
	default:
		s.waiting.push(intended)
	}
}

// hand gives waiting requests to free connections, a few at a time: a server that refuses at once
// must not keep the loop from what is due meanwhile.
func (s *stream) hand() {
	for range 64 {
		if s.waiting.n == 0 || s.ready.first == nil {
			return
		}
		s.start(s.ready.pop(), s.waiting.pop())
	}
}

// turns starts the closed loop's requests that are due.
func (s *stream) turns(now int64) {
	s.ended = s.ended || now >= s.end
	for _, l := range [...]*list{&s.resting, &s.backing} {
		for c := l.first; c != nil && (c.turn <= now || s.ended); c = l.first {
			l.remove(c)
			if s.ended {
				s.ready.push(c)
				continue
			}
			s.acct.Offered++
			s.start(c, max(c.turn, s.plan.Start))
		}
	}
}

// expire fails what took too long.
func (s *stream) expire(now int64) {
	for c := s.busy.first; c != nil && c.sent+int64(s.plan.Timeout) <= now; c = s.busy.first {
		s.failed(c, c.phase(), ErrTimeout, now)
	}
	for s.waiting.n > 0 && s.waiting.first()+int64(s.plan.Timeout) <= now {
		s.sample = Sample{Intended: s.waiting.pop(), Done: now, Phase: PhaseWait, Errno: ErrTimeout}
		s.acct.Failed[Failure{PhaseWait, ErrTimeout}]++
		s.rec.Record(&s.sample)
	}
}

// next is the first instant at which advance has something to do.
func (s *stream) next() int64 {
	at := s.due
	if s.waiting.n > 0 && s.ready.first != nil { // hand stopped half-way
		return 0
	}
	if s.plan.Pacer == nil {
		for _, l := range [...]*list{&s.resting, &s.backing} {
			if l.first != nil {
				at = min(at, l.first.turn)
			}
		}
	}
	if s.busy.first != nil {
		at = min(at, s.busy.first.sent+int64(s.plan.Timeout))
	}
	if s.waiting.n > 0 {
		at = min(at, s.waiting.first()+int64(s.plan.Timeout))
	}
	return at
}

// asked is when the newest request went out that is not answered yet, or 0.
func (s *stream) asked() int64 {
	if s.busy.last == nil {
		return 0
	}
	return s.busy.last.sent
}

// finished says whether every request that will ever come is accounted for.
func (s *stream) finished() bool {
	return s.ended && s.busy.first == nil && s.waiting.n == 0 && s.resting.first == nil && s.backing.first == nil
}

// finish accounts for what is still open and closes every connection.
func (s *stream) finish() Accounting {
	for c := s.busy.pop(); c != nil; c = s.busy.pop() {
		s.acct.Open++
		s.record(c, PhaseOpen, 0, 0)
		s.drop(c)
	}
	for s.waiting.n > 0 {
		s.acct.Open++
		s.sample = Sample{Intended: s.waiting.pop(), Phase: PhaseOpen}
		s.rec.Record(&s.sample)
	}
	for i := range s.conns {
		if c := &s.conns[i]; c.state != connClosed {
			s.net.close(c)
			c.state = connClosed
		}
	}
	s.acct.Servers = s.names.list
	return s.acct
}
