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

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// listenUDP binds a socket with room for everything that a test sends.
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

func TestDelayIsKeptInEachDirection(t *testing.T) {
	spec := impair.Spec{AB: impair.Quality{Delay: ms(3)}, BA: impair.Quality{Delay: ms(7)}}
	l := connect(t, spec)
	for _, d := range []struct {
		name     string
		from, to kernel.NIC
		want     time.Duration
	}{{"A to B", l.a, l.b, ms(3)}, {"B to A", l.b, l.a, ms(7)}} {
		receiver, sender := listenUDP(t, d.to), dialUDP(t, d.from, d.to)
		const packets = 300
		sent := make([]time.Time, packets)
		go func() {
			for i := range sent {
				sent[i] = time.Now()
				sender.Write(binary.BigEndian.AppendUint32(nil, uint32(i)))
			}
		}()
		buf := make([]byte, 16)
		must(t, receiver.SetReadDeadline(time.Now().Add(10*time.Second)))
		for i := range packets {
			n, err := receiver.Read(buf)
			must(t, err)
			if got := time.Since(sent[i]); got < d.want {
				t.Fatalf("%s: packet %d took %v, want at least %v", d.name, i, got, d.want)
			}
			if n != 4 || binary.BigEndian.Uint32(buf) != uint32(i) {
				t.Fatalf("%s: packet %d is % x", d.name, i, buf[:n])
			}
		}
	}
	s := settle(t, l.wire, func(s impair.Stats) bool { return s.AB.Received >= 300 && s.BA.Received >= 300 })
	if s.AB.Delay != ms(3) || s.BA.Delay != ms(7) {
		t.Errorf("Stats tell delays %v and %v", s.AB.Delay, s.BA.Delay)
	}
}

func TestTCPCrossesByteExactWithOffloads(t *testing.T) {
	l := connect(t, impair.Symmetric(impair.Quality{Delay: ms(1)}))
	var listener net.Listener
	must(t, l.b.Namespace.Do(func() (err error) { listener, err = net.Listen("tcp4", "10.0.0.2:80"); return }))
	defer listener.Close()

	data := make([]byte, 16<<20)
	rand.NewChaCha8([32]byte{1}).Read(data)
	served := make(chan error, 1)
	go func() { // an echo server
		conn, err := listener.Accept()
		if err == nil {
			_, err = io.Copy(conn, conn)
			conn.Close()
		}
		served <- err
	}()
	var conn net.Conn
	must(t, l.a.Namespace.Do(func() (err error) { conn, err = net.DialTimeout("tcp4", "10.0.0.2:80", 5*time.Second); return }))
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	go func() {
		conn.Write(data)
		conn.(*net.TCPConn).CloseWrite()
	}()
	echo, err := io.ReadAll(conn)
	must(t, err)
	must(t, <-served)
	if !bytes.Equal(echo, data) {
		t.Fatalf("%d bytes came back, not the %d that were sent", len(echo), len(data))
	}

	s := settle(t, l.wire, func(s impair.Stats) bool { return true })
	for _, f := range []impair.FlowStats{s.AB, s.BA} {
		if f.SentBytes < int64(len(data)) {
			t.Errorf("%d bytes crossed, want at least %d", f.SentBytes, len(data))
		}
		if mean := f.SentBytes / f.SentFrames; mean < 2*kernel.MTU {
			t.Errorf("frames of %d bytes on average: super-frames were cut up", mean)
		}
	}
}

func TestOverloadIsAccountedForExactly(t *testing.T) {
	l := connect(t, impair.Symmetric(impair.Quality{Delay: ms(20)}))
	listenUDP(t, l.b)
	sender := dialUDP(t, l.a, l.b)
	before := counters(t, l.b).received
	payload := make([]byte, 18)
	resume := l.engine.Pause()
	for i := range 60_000 {
		sender.Write(payload) // an error, too, is a packet that A's NIC counts or does not
		if i == 30_000 {
			resume()
		}
	}
	offered := counters(t, l.a).sent
	s := settle(t, l.wire, func(s impair.Stats) bool { return s.AB.Received >= offered }).AB
	if s.Overflow == 0 || s.Sent == 0 {
		t.Fatalf("this was no overload: %+v", s)
	}
	if s.Received != offered {
		t.Errorf("the wire counts %d frames, A's NIC sent %d", s.Received, offered)
	}
	if sum := s.Sent + s.Drops.Total() + s.Overflow; sum != s.Received {
		t.Errorf("%d sent or dropped of %d received: %+v", sum, s.Received, s)
	}
	if arrived := counters(t, l.b).received - before; arrived != s.Sent {
		t.Errorf("B's NIC received %d frames, the wire sent %d", arrived, s.Sent)
	}
	if (impair.Stats{AB: s}).Check() == nil {
		t.Error("Check trusts an overloaded wire")
	}
}

func TestStatsOutliveTheEngine(t *testing.T) {
	l := connect(t, impair.Symmetric(impair.Quality{Delay: ms(1)}))
	ping(t, l)
	settle(t, l.wire, func(s impair.Stats) bool { return s.BA.Sent > 0 })
	before := stats(t, l.wire)
	must(t, l.engine.Close())
	if after := stats(t, l.wire); after != before {
		t.Errorf("after Close %+v, before %+v", after, before)
	}
}
