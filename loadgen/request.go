package loadgen

import (
	"bytes"
	"netlab/netlab/http1"
	"netlab/scenarios/protocol"
	"syscall"
	"time"
)

// start sends a request over c, which may have to be opened first.
func (s *stream) start(c *conn, intended int64) {
	c.busy, c.intended, c.sent = true, intended, Now()
	c.firstByte, c.kernelTX, c.kernelRX = 0, 0, 0
	c.answer.Next()
	c.echoed = 0
	s.busy.push(c)
	s.acct.Sent++
	switch c.state {
	case connClosed:
		s.open(c)
	case connOpen:
		s.transmit(c)
	}
}

func (s *stream) open(c *conn) {
	c.state = connOpening
	c.gen++
	open, errno := s.net.connect(c)
	switch {
	case errno != 0:
		s.lost(c, errno)
	case open:
		s.opened(c)
	}
}

// opened hears that c stands.
func (s *stream) opened(c *conn) {
	c.state = connOpen
	s.acct.Connects++
	if !c.busy {
		return
	}
	if s.plan.Protocol == protocol.TCPConnect {
		s.answered(c, Now())
		return
	}
	s.transmit(c)
}

func (s *stream) transmit(c *conn) {
	c.unsent = s.request
	if errno := s.net.send(c); errno != 0 {
		s.lost(c, errno)
	}
}

// received hears bytes on c; rx is the kernel's stamp or 0.
func (s *stream) received(c *conn, b []byte, rx int64) {
	s.now = Now()
	if !c.busy { // nobody asked: the connection can't be trusted any more
		s.drop(c)
		return
	}
	if c.firstByte == 0 {
		c.firstByte = s.now
	}
	if rx != 0 {
		c.kernelRX = rx
	}
	used, p := s.feed(c, b)
	switch {
	case p == http1.Malformed || p == http1.Whole && used < len(b):
		s.failed(c, PhaseBody, ErrProtocol, s.now)
	case p == http1.Whole:
		s.answered(c, s.now)
	}
}

func (s *stream) feed(c *conn, b []byte) (used int, p http1.Progress) {
	if s.plan.Protocol == protocol.TCPEcho {
		return c.echo(b, s.request)
	}
	return c.answer.Feed(b)
}

// echo reads an answer that must be the request.
func (c *conn) echo(b, want []byte) (int, http1.Progress) {
	c.answer.Keep = true
	rest := want[c.echoed:]
	n := min(len(b), len(rest))
	if !bytes.Equal(b[:n], rest[:n]) {
		return n, http1.Malformed
	}
	if c.echoed += n; c.echoed < len(want) {
		return n, http1.More
	}
	return n, http1.Whole
}

// lost hears that c broke; errno 0 is the peer's orderly close.
func (s *stream) lost(c *conn, errno syscall.Errno) {
	if !c.busy {
		s.drop(c)
		return
	}
	now := Now()
	if errno == 0 && c.state == connOpen && c.firstByte != 0 && c.answer.Closed() == http1.Whole {
		s.answered(c, now)
		return
	}
	if errno == 0 {
		errno = ErrClosed
	}
	s.failed(c, c.phase(), errno, now)
}

// phase is where c's request is now.
func (c *conn) phase() Phase {
	switch {
	case c.state != connOpen:
		return PhaseConnect
	case c.firstByte == 0:
		return PhaseFirstByte
	}
	return PhaseBody
}

func (s *stream) drop(c *conn) {
	if c.state != connClosed {
		s.net.reset(c)
		c.state, c.unsent = connClosed, nil
	}
}

func (s *stream) answered(c *conn, now int64) {
	if s.plan.Protocol == protocol.HTTP && c.answer.Status >= 400 {
		s.failed(c, PhaseBody, ErrStatus, now)
		return
	}
	s.acct.Answered++
	s.record(c, PhaseNone, 0, now)
	switch {
	case !s.keeps:
		s.drop(c)
	case !c.answer.Keep:
		s.net.close(c)
		c.state, c.unsent = connClosed, nil
	}
	s.release(c, now, s.plan.Think, &s.resting)
}

func (s *stream) failed(c *conn, phase Phase, errno syscall.Errno, now int64) {
	s.acct.Failed[Failure{phase, errno}]++
	s.record(c, phase, errno, now)
	// A refused request (status 400 or more) leaves its connection in order, anything else does not.
	if errno != ErrStatus || !c.answer.Keep || !s.keeps {
		s.drop(c)
	}
	s.release(c, now, max(s.plan.Think, afterFailure), &s.backing)
}

// release takes c's request away and puts c in line for the next one.
func (s *stream) release(c *conn, now int64, pause time.Duration, rest *list) {
	c.busy = false
	s.busy.remove(c)
	if s.plan.Pacer == nil {
		c.turn = now + int64(pause)
		rest.push(c)
		return
	}
	s.ready.push(c)
}

func (s *stream) record(c *conn, phase Phase, errno syscall.Errno, done int64) {
	s.sample = Sample{
		Intended: c.intended, Sent: c.sent, FirstByte: c.firstByte, Done: done,
		KernelTX: c.kernelTX, KernelRX: c.kernelRX,
		Conn: c.id, Server: c.answer.Watched, Status: c.answer.Status, Phase: phase, Errno: errno,
	}
	s.rec.Record(&s.sample)
}
