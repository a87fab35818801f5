package loadgen

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func (d *datagrams) handle(socket int, events uint32) {
	if events&unix.EPOLLOUT != 0 {
		d.full = false
	}
	if events&unix.EPOLLERR != 0 {
		d.readErrors(socket)
	}
	if events&unix.EPOLLIN == 0 {
		return
	}
	for {
		n, rx, errno := d.read(d.sockets[socket].fd)
		switch {
		case errno == unix.EAGAIN:
			return
		case errno != 0:
			d.readErrors(socket)
		default:
			d.received(socket, d.buf[:n], rx)
			if now := Now(); now >= d.due { // a long queue must not hold up the schedule
				d.advance(now)
			}
		}
	}
}

func (d *datagrams) read(fd int) (n int, rx int64, errno syscall.Errno) {
	if d.stamps != nil {
		return d.stamps.receive(fd, d.buf)
	}
	n, errno = rawReceive(fd, d.buf)
	return n, 0, errno
}

// received judges an answer.
func (d *datagrams) received(socket int, b []byte, rx int64) {
	number, ours, whole := d.payload.read(b)
	if !ours {
		d.acct.Datagrams.Corrupt++
		return
	}
	g := d.window.find(number)
	switch {
	case g == nil && number < d.window.base:
		d.acct.Datagrams.Late++
		return
	case g == nil || !whole || g.socket != socket:
		d.acct.Datagrams.Corrupt++
		return
	case g.state == answered:
		d.acct.Datagrams.Duplicated++
		return
	}
	s := &d.sockets[socket]
	if number < s.highest {
		d.acct.Datagrams.Reordered++
	}
	s.highest = max(s.highest, number+1)
	if g.state == lost {
		g.state = answered
		d.acct.Datagrams.Late++
		return
	}
	g.state = answered
	now := Now()
	d.acct.Answered++
	d.sample = Sample{Intended: g.intended, Sent: g.sent, FirstByte: now, Done: now, KernelTX: g.kernelTX, KernelRX: rx, Conn: uint32(socket)}
	d.rec.Record(&d.sample)
	if d.plan.Pacer == nil {
		d.resting.push(turn{socket, now + int64(d.plan.Think)})
	}
}

func (d *datagrams) fail(g *datagram, phase Phase, errno syscall.Errno) {
	now := Now()
	d.acct.Failed[Failure{phase, errno}]++
	d.sample = Sample{Intended: g.intended, Sent: g.sent, Done: now, Conn: uint32(max(0, g.socket)), Phase: phase, Errno: errno}
	d.rec.Record(&d.sample)
	if d.plan.Pacer == nil && g.socket >= 0 {
		d.pausing.push(turn{g.socket, now + int64(max(d.plan.Think, afterFailure))})
	}
}

// readErrors fails the datagrams that ICMP errors speak of.
func (d *datagrams) readErrors(socket int) {
	control := make([]byte, 512)
	for {
		n, cn, _, _, err := unix.Recvmsg(d.sockets[socket].fd, d.buf, control, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err != nil {
			return
		}
		d.refused(d.buf[:n], icmpErrno(control[:cn]))
	}
}

// refused fails the datagram that an ICMP error speaks of.
func (d *datagrams) refused(datagram []byte, errno syscall.Errno) {
	number, ours, _ := d.payload.read(datagram)
	g := d.window.find(number)
	if ours && errno != 0 && g != nil && g.state == awaited {
		g.state = lost
		d.fail(g, PhaseFirstByte, errno)
	}
}

// icmpErrno is the error in a control message of IP_RECVERR, 0 if there is none.
func icmpErrno(control []byte) syscall.Errno {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return 0
	}
	for _, m := range messages {
		ip4 := m.Header.Level == unix.SOL_IP && m.Header.Type == unix.IP_RECVERR
		ip6 := m.Header.Level == unix.SOL_IPV6 && m.Header.Type == unix.IPV6_RECVERR
		if (ip4 || ip6) && len(m.Data) >= int(unsafe.Sizeof(unix.SockExtendedErr{})) {
			return syscall.Errno((*unix.SockExtendedErr)(unsafe.Pointer(&m.Data[0])).Errno)
		}
	}
	return 0
}
