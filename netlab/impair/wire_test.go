package impair_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"netlab/netlab/impair"
	"netlab/netlab/kernel"
)

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

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
	data := random(16 << 20)
	if back := echo(t, l, data); !bytes.Equal(back, data) {
		t.Fatalf("%d bytes came back, not the %d that were sent", len(back), len(data))
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
