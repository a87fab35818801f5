package impair_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"netlab/netlab/impair"
	"netlab/netlab/kernel"
)

// listenUDP binds a socket with room for what a test leaves unread.
func listenUDP(t testing.TB, nic kernel.NIC) *net.UDPConn {
	t.Helper()
	var conn *net.UDPConn
	must(t, nic.Namespace.Do(func() (err error) {
		conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: nic.Address.AsSlice(), Port: 9})
		return err
	}))
	t.Cleanup(func() { conn.Close() })
	must(t, conn.SetReadBuffer(1<<20))
	return conn
}

func dialUDP(t testing.TB, from, to kernel.NIC) *net.UDPConn {
	t.Helper()
	var conn *net.UDPConn
	must(t, from.Namespace.Do(func() (err error) {
		conn, err = net.DialUDP("udp4", nil, &net.UDPAddr{IP: to.Address.AsSlice(), Port: 9})
		return err
	}))
	t.Cleanup(func() { conn.Close() })
	return conn
}

// datagrams sends numbered datagrams from A to B, a few at a time so that only the wire loses any, and
// gives the numbers in the order of their arrival, with the wire's figures.
func datagrams(t *testing.T, l link, count int) (arrived []int, s impair.FlowStats) {
	t.Helper()
	receiver, sender := listenUDP(t, l.b), dialUDP(t, l.a, l.b)
	buf := make([]byte, 2048)
	read := func(wanted int64) {
		must(t, receiver.SetReadDeadline(time.Now().Add(10*time.Second)))
		for int64(len(arrived)) < wanted {
			n, err := receiver.Read(buf)
			if err != nil {
				t.Fatalf("%d of %d datagrams arrived: %v", len(arrived), wanted, err)
			}
			number := binary.BigEndian.Uint64(buf)
			if !bytes.Equal(buf[:n], datagram(number)) {
				t.Fatalf("datagram %d arrived wrong", number)
			}
			arrived = append(arrived, int(number))
		}
	}
	for i := 0; i < count; {
		for end := min(i+50, count); i < end; i++ {
			_, err := sender.Write(datagram(uint64(i)))
			must(t, err)
		}
		s = settle(t, l.wire, func(s impair.Stats) bool { return s.AB.Received >= int64(i) }).AB
		read(s.Sent - s.Corrupted)
	}
	if s.Drops.Total() > 0 || s.Packets+s.Duplicated != s.Sent+s.Lost.Total() {
		t.Errorf("packets dropped or unaccounted for: %+v", s)
	}
	// Nothing more may come.
	must(t, receiver.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
	if n, err := receiver.Read(buf); err == nil {
		t.Errorf("a datagram too many: % x", buf[:n])
	}
	return arrived, s
}

// datagram is the one of that number: its number and a hundred bytes that depend on it.
func datagram(number uint64) []byte {
	b := make([]byte, 108)
	binary.BigEndian.PutUint64(b, number)
	rand.NewChaCha8([32]byte{byte(number), byte(number >> 8)}).Read(b[8:])
	return b
}

// echo sends data from A to B and back over TCP, and gives what came back.
func echo(t *testing.T, l link, data []byte) []byte {
	t.Helper()
	var listener net.Listener
	must(t, l.b.Namespace.Do(func() (err error) { listener, err = net.Listen("tcp4", "10.0.0.2:80"); return }))
	defer listener.Close()
	served := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, err = io.Copy(conn, conn)
			conn.Close()
		}
		served <- err
	}()
	var conn net.Conn
	must(t, l.a.Namespace.Do(func() (err error) { conn, err = net.DialTimeout("tcp4", "10.0.0.2:80", 10*time.Second); return }))
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	go func() {
		conn.Write(data)
		conn.(*net.TCPConn).CloseWrite()
	}()
	back, err := io.ReadAll(conn)
	must(t, err)
	must(t, <-served)
	return back
}

func random(size int) []byte {
	data := make([]byte, size)
	rand.NewChaCha8([32]byte{1}).Read(data)
	return data
}
