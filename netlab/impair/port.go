package impair

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
)

// receiveBuffer is small on purpose: what waits there waits too long. 64 MB of it once let
// frames through 130 ms late where 1 MB drops, and counts, what the engine can't keep up with.
const receiveBuffer = 1 << 20

// virtioHeader precedes every frame on the socket (struct virtio_net_hdr). It carries the partial
// checksum and the segment size, so that a super-frame crosses in one piece.
const virtioHeader = 10

// A port is an inner end of a link: a packet socket on a NIC of the wire namespace. Any thread may
// use it, but only the engine's does.
type port struct {
	fd int // -1 when closed
	// Reading PACKET_STATISTICS resets them; these are the sums.
	offered, overflowed int64
}

// openPort needs the NIC to exist, not to be up: the kernel connects the socket whenever it is.
func openPort(ns *kernel.Namespace, index int) (*port, error) {
	fd, err := ns.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		return nil, err
	}
	p := &port{fd: fd}
	if err := p.configure(index); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *port) configure(index int) error {
	for _, option := range []struct {
		name         string
		level, value int
	}{
		{"PACKET_VNET_HDR", unix.SOL_PACKET, unix.PACKET_VNET_HDR},
		// Without it the socket would receive its own frames and send them round for ever.
		{"PACKET_IGNORE_OUTGOING", unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING},
		{"PACKET_QDISC_BYPASS", unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS},
		{"SO_TIMESTAMPNS", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW},
	} {
		if err := unix.SetsockoptInt(p.fd, option.level, option.value, 1); err != nil {
			return fmt.Errorf("set %s: %w", option.name, err)
		}
	}
	// Only root may pass the machine's limit (rmem_max); without it the buffer is smaller.
	if err := unix.SetsockoptInt(p.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer); errors.Is(err, unix.EPERM) {
		err = unix.SetsockoptInt(p.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
		if err != nil {
			return fmt.Errorf("set SO_RCVBUF: %w", err)
		}
	} else if err != nil {
		return fmt.Errorf("set SO_RCVBUFFORCE: %w", err)
	}
	// The protocol is set last: from here on frames arrive, with all options in force.
	if err := unix.Bind(p.fd, &unix.SockaddrLinklayer{Protocol: allProtocols(), Ifindex: index}); err != nil {
		return fmt.Errorf("bind to interface %d: %w", index, err)
	}
	return nil
}

// allProtocols is ETH_P_ALL in network byte order.
func allProtocols() uint16 {
	b := [2]byte{unix.ETH_P_ALL >> 8, unix.ETH_P_ALL & 0xff}
	return *(*uint16)(unsafe.Pointer(&b))
}

// count adds up what the kernel has offered to the socket so far, and the part that it had to
// drop for want of room.
func (p *port) count() error {
	if p.fd < 0 {
		return nil
	}
	s, err := unix.GetsockoptTpacketStats(p.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return fmt.Errorf("get PACKET_STATISTICS: %w", err)
	}
	p.offered += int64(s.Packets)
	p.overflowed += int64(s.Drops)
	return nil
}

// close keeps the counts.
func (p *port) close() error {
	if p.fd < 0 {
		return nil
	}
	err := errors.Join(p.count(), unix.Close(p.fd))
	p.fd = -1
	return err
}
