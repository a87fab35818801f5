package service

import (
	"bytes"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"netlab/netlab/http1"
)

// A conn is one connection of a client.
type conn struct {
	fd         int
	gen        uint32 // tells an event of an earlier connection on the same descriptor apart
	seen       time.Duration
	stage      stage
	late       bool // answers wait for the end of the batch
	again      bool // not done when its visit was over: see visit
	half       bool // the client has ended its side: read to the end, no further edge will come
	owed       []answer
	rest       []byte        // what came behind the request being worked on
	request    http1.Request // HTTP
	commanded  bool          // bulk: the first byte came
	block      int64         // bulk: bytes to write in one visit; 0: no bound
	prev, next *conn
}

type stage uint8

const (
	serving    stage = iota
	working          // on a request; its answer comes later, and more input only after that
	finishing        // no more input is wanted; ends once everything owed is written
	refusing         // likewise, but the client may still be sending: see finish
	failing          // to be reset at once
	discarding       // everything is written; what still comes is thrown away
)

// An answer is bytes to write: head, then so many bytes of filler.
type answer struct {
	head     []byte
	body     int64
	borrowed bool // head lies in the loop's buffer: to be copied if it can't be written at once
}

// visit bounds the system calls for one connection at a time, so that a fast peer on a bulk
// transfer does not shut out the others.
const visit = 16

// filler is the body of every answer.
var filler = func() []byte {
	const text = "netlab answers\n"
	b := make([]byte, 256<<10)
	for i := range b {
		b[i] = text[i%len(text)]
	}
	return b
}()

func (l *loop) serve(c *conn, events uint32, now time.Duration) {
	c.seen = now
	l.active.remove(c)
	l.active.push(c)
	c.half = c.half || events&unix.EPOLLRDHUP != 0
	if events&(unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		l.reset(c)
		return
	}
	if c.stage == working {
		return // finishJob reads what came meanwhile
	}
	// While a client owes us some reading it is not read from: its requests wait in its own kernel.
	if len(c.owed) > 0 {
		if events&unix.EPOLLOUT == 0 || !l.flush(c) {
			return
		}
		l.receive(c, true)
		return
	}
	l.receive(c, c.half)
}

// receive reads what is there and answers it; a short read is the last unless toEnd.
func (l *loop) receive(c *conn, toEnd bool) {
	for range visit {
		r, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(c.fd), uintptr(unsafe.Pointer(&l.buf[0])), uintptr(len(l.buf)), 0, 0, 0)
		n := int(r)
		switch {
		case errno == unix.EAGAIN:
			return
		case errno == unix.EINTR:
			continue
		case errno != 0:
			l.reset(c)
			return
		case n == 0:
			l.close(c) // nothing is owed here
			return
		}
		last := n < len(l.buf) && !toEnd
		if c.stage == serving && !l.take(c, l.buf[:n], last) || last {
			return
		}
	}
	l.visitAgain(c)
}

// take hands input to the protocol and says whether c is ready for more. Answers to the last input
// there is wait until all connections have been read: to read all and then write all costs a
// sixth less CPU time than to alternate.
func (l *loop) take(c *conn, b []byte, last bool) bool {
	used := l.protocol.received(c, b)
	switch c.stage {
	case working:
		c.rest = append(c.rest, b[used:]...)
		l.begin(c)
	case failing:
		l.reset(c)
		return false
	}
	if last && c.stage != refusing && !c.borrows() {
		if !c.late && len(c.owed) > 0 {
			c.late = true
			l.late = append(l.late, c)
		}
		return false
	}
	return l.flush(c) && c.stage != working
}

// flushLate writes the answers that waited for the end of the batch.
func (l *loop) flushLate() {
	for _, c := range l.late {
		if c.late { // not closed meanwhile
			c.late = false
			l.flush(c)
		}
	}
	l.late = l.late[:0]
}

// finishJob answers the request that c was working on and goes on with what came behind it.
func (l *loop) finishJob(c *conn) {
	c.stage = serving
	l.protocol.answer(c)
	if c.stage == failing {
		l.reset(c)
		return
	}
	if !l.flush(c) {
		return
	}
	if len(c.rest) > 0 {
		rest := c.rest
		c.rest = nil
		if !l.take(c, rest, false) {
			return
		}
	}
	l.receive(c, true)
}

// visitAgain has the loop come back to c after the others: no edge will tell of it.
func (l *loop) visitAgain(c *conn) {
	if !c.again {
		c.again = true
		l.again = append(l.again, c)
	}
}

// flush writes what is owed and says whether the connection is ready for more input.
func (l *loop) flush(c *conn) bool {
	for calls := 0; len(c.owed) > 0; calls++ {
		if calls == visit || c.block > 0 && calls > 0 {
			c.own()
			l.visitAgain(c)
			return false
		}
		n, errno := c.write()
		switch errno {
		case 0:
			c.written(n)
		case unix.EAGAIN:
			c.own()
			return false
		case unix.EINTR:
		default:
			l.reset(c)
			return false
		}
	}
	return l.finish(c)
}

// finish ends a connection whose last answer is written. A client that was refused may still be
// sending, and to close on unread input would reset the answer away: so only our side is shut, and
// the rest is read until the client ends or falls silent.
func (l *loop) finish(c *conn) bool {
	switch c.stage {
	case finishing:
		l.close(c)
		return false
	case refusing:
		c.stage = discarding
		if unix.Shutdown(c.fd, unix.SHUT_WR) != nil {
			l.reset(c)
			return false
		}
	}
	return true
}

// borrows says whether an answer lies in the loop's buffer.
func (c *conn) borrows() bool { return len(c.owed) > 0 && c.owed[len(c.owed)-1].borrowed }

// own copies what must outlive the loop's buffer.
func (c *conn) own() {
	for i := range c.owed {
		if a := &c.owed[i]; a.borrowed {
			a.head, a.borrowed = bytes.Clone(a.head), false
		}
	}
}

// written takes n bytes off what is owed.
func (c *conn) written(n int64) {
	done := 0
	for i := range c.owed {
		a := &c.owed[i]
		head := min(n, int64(len(a.head)))
		a.head = a.head[head:]
		n -= head
		body := min(n, a.body)
		a.body -= body
		n -= body
		if len(a.head) > 0 || a.body > 0 {
			break
		}
		done++
	}
	rest := copy(c.owed, c.owed[done:])
	c.owed = c.owed[:rest]
}

// write writes as much as the socket takes in one system call.
func (c *conn) write() (int64, syscall.Errno) {
	if c.block > 0 {
		return writeAnswers(c.fd, []answer{{body: c.block}})
	}
	return writeAnswers(c.fd, c.owed)
}

func writeAnswers(fd int, owed []answer) (int64, syscall.Errno) {
	if len(owed) == 1 && owed[0].body == 0 {
		head := owed[0].head
		n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&head[0])), uintptr(len(head)),
			unix.MSG_NOSIGNAL, 0, 0)
		return int64(n), errno
	}
	var vec [64]unix.Iovec
	n := 0
	add := func(b []byte) {
		if len(b) > 0 && n < len(vec) {
			vec[n].Base = &b[0]
			vec[n].SetLen(len(b))
			n++
		}
	}
	for i := 0; i < len(owed) && n < len(vec); i++ {
		add(owed[i].head)
		for left := owed[i].body; left > 0 && n < len(vec); left -= int64(len(filler)) {
			add(filler[:min(left, int64(len(filler)))])
		}
	}
	message := unix.Msghdr{Iov: &vec[0]}
	message.SetIovlen(n)
	sent, _, errno := syscall.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&message)), unix.MSG_NOSIGNAL)
	return int64(sent), errno
}

// A list is a queue of connections, linked through them.
type list struct{ first, last *conn }

func (l *list) push(c *conn) {
	c.prev, c.next = l.last, nil
	if l.last == nil {
		l.first = c
	} else {
		l.last.next = c
	}
	l.last = c
}

func (l *list) remove(c *conn) {
	if c.prev == nil {
		l.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		l.last = c.prev
	} else {
		c.next.prev = c.prev
	}
}
