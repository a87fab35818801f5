package loadgen

import (
	"bytes"
	"syscall"
	"time"

	"netlab/netlab/http1"
	"netlab/scenarios/protocol"
)

// start sends a request over c, which may have to be opened first.
func (d *dispatcher) start(c *conn, intended int64) {
	c.busy, c.intended, c.sent = true, intended, Now()
	c.firstByte, c.kernelTX, c.kernelRX = 0, 0, 0
	c.answer.Next()
	c.echoed = 0
	d.busy.push(c)
	d.acct.Sent++
	switch c.state {
	case connClosed:
		d.open(c)
	case connOpen:
		d.transmit(c)
	}
}

func (d *dispatcher) open(c *conn) {
	c.state = connOpening
	c.gen++
	open, errno := d.net.connect(c)
	switch {
	case errno != 0:
		d.lost(c, errno)
	case open:
		d.opened(c)
	}
}

// opened hears that c stands.
func (d *dispatcher) opened(c *conn) {
	c.state = connOpen
	d.acct.Connects++
	if !c.busy {
		return
	}
	if d.plan.Protocol == protocol.TCPConnect {
		d.answered(c, Now())
		return
	}
	d.transmit(c)
}

func (d *dispatcher) transmit(c *conn) {
	c.unsent = d.request
	if errno := d.net.send(c); errno != 0 {
		d.lost(c, errno)
	}
}

// received hears bytes on c; rx is the kernel's stamp or 0.
func (d *dispatcher) received(c *conn, b []byte, rx int64) {
	d.now = Now()
	if !c.busy { // nobody asked: the connection can't be trusted any more
		d.drop(c)
		return
	}
	if c.firstByte == 0 {
		c.firstByte = d.now
	}
	if rx != 0 {
		c.kernelRX = rx
	}
	used, p := d.feed(c, b)
	switch {
	case p == http1.Malformed || p == http1.Whole && used < len(b):
		d.failed(c, PhaseBody, ErrProtocol, d.now)
	case p == http1.Whole:
		d.answered(c, d.now)
	}
}

func (d *dispatcher) feed(c *conn, b []byte) (used int, p http1.Progress) {
	if d.plan.Protocol == protocol.TCPEcho {
		return c.echo(b, d.request)
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
func (d *dispatcher) lost(c *conn, errno syscall.Errno) {
	if !c.busy {
		d.drop(c)
		return
	}
	now := Now()
	if errno == 0 && c.state == connOpen && c.firstByte != 0 && c.answer.Closed() == http1.Whole {
		d.answered(c, now)
		return
	}
	if errno == 0 {
		errno = ErrClosed
	}
	d.failed(c, c.phase(), errno, now)
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

func (d *dispatcher) drop(c *conn) {
	if c.state != connClosed {
		d.net.reset(c)
		c.state, c.unsent = connClosed, nil
	}
}

func (d *dispatcher) answered(c *conn, now int64) {
	if d.plan.Protocol == protocol.HTTP && c.answer.Status >= 400 {
		d.failed(c, PhaseBody, ErrStatus, now)
		return
	}
	d.acct.Answered++
	d.record(c, PhaseNone, 0, now)
	switch {
	case !d.keeps:
		d.drop(c)
	case !c.answer.Keep:
		d.net.close(c)
		c.state, c.unsent = connClosed, nil
	}
	d.release(c, now, d.plan.Think, &d.resting)
}

func (d *dispatcher) failed(c *conn, phase Phase, errno syscall.Errno, now int64) {
	d.acct.Failed[Failure{phase, errno}]++
	d.record(c, phase, errno, now)
	// A refused request (status 400 or more) leaves its connection in order, anything else does not.
	if errno != ErrStatus || !c.answer.Keep || !d.keeps {
		d.drop(c)
	}
	d.release(c, now, max(d.plan.Think, afterFailure), &d.pausing)
}

// release takes c's request away and puts c in line for the next one.
func (d *dispatcher) release(c *conn, now int64, pause time.Duration, rest *list) {
	c.busy = false
	d.busy.remove(c)
	if d.plan.Pacer == nil {
		c.turn = now + int64(pause)
		rest.push(c)
		return
	}
	d.ready.push(c)
}

func (d *dispatcher) record(c *conn, phase Phase, errno syscall.Errno, done int64) {
	d.sample = Sample{
		Intended: c.intended, Sent: c.sent, FirstByte: c.firstByte, Done: done,
		KernelTX: c.kernelTX, KernelRX: c.kernelRX,
		Conn: c.id, Server: c.answer.Watched, Status: c.answer.Status, Phase: phase, Errno: errno,
	}
	d.rec.Record(&d.sample)
}
