package impair_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/impair"
)

// likely says whether a count of n trials of a chance lies within 5 standard deviations: outside
// once in two million.
func likely(count, n int64, chance float64) bool {
	return math.Abs(float64(count)-float64(n)*chance) <= 5*math.Sqrt(float64(n)*chance*(1-chance))
}

// degraded is a link whose direction from A to B has the quality, and some delay both ways.
func degraded(t *testing.T, q impair.Quality) link {
	t.Helper()
	plain := impair.Quality{Delay: ms(1)}
	if q.Delay == 0 {
		q.Delay = plain.Delay
	}
	return connect(t, impair.Spec{AB: q, BA: plain, Seed: 42})
}

func TestLossTakesItsShare(t *testing.T) {
	arrived, s := datagrams(t, degraded(t, impair.Quality{Loss: 0.1}), 2000)
	if !likely(s.Lost.Random, s.Packets, 0.1) {
		t.Errorf("lost %d of %d, want 10 %%", s.Lost.Random, s.Packets)
	}
	for i := 1; i < len(arrived); i++ {
		if arrived[i] <= arrived[i-1] {
			t.Fatalf("datagram %d came after %d", arrived[i], arrived[i-1])
		}
	}
}

func TestLossUnderTCPIsBySegment(t *testing.T) {
	l := degraded(t, impair.Quality{Loss: 0.02})
	data := random(8 << 20)
	if !bytes.Equal(echo(t, l, data), data) {
		t.Fatal("TCP did not deliver what was sent")
	}
	s := settle(t, l.wire, func(impair.Stats) bool { return true }).AB
	if !likely(s.Lost.Random, s.Packets, 0.02) {
		t.Errorf("lost %d of %d packets, want 2 %%", s.Lost.Random, s.Packets)
	}
	if s.Packets < int64(len(data))/1460 {
		t.Errorf("%d packets can't hold %d bytes", s.Packets, len(data))
	}
	if s.Uncut > 0 {
		t.Errorf("%d super-frames were not cut", s.Uncut)
	}
}

// One UDP_SEGMENT send is one frame of 40 datagrams.
func TestLossUnderUDPSegmentationIsByDatagram(t *testing.T) {
	l := degraded(t, impair.Quality{Loss: 0.2})
	receiver, sender := listenUDP(t, l.b), dialUDP(t, l.a, l.b)
	raw, err := sender.SyscallConn()
	must(t, err)
	must(t, raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_UDP, unix.UDP_SEGMENT, len(datagram(0)))
	}))
	must(t, err)
	const batches, each = 50, 40
	seen := map[uint64]bool{}
	buf := make([]byte, 2048)
	var s impair.FlowStats
	for i := range uint64(batches) {
		var all []byte
		for j := range uint64(each) {
			all = append(all, datagram(i*each+j)...)
		}
		_, err := sender.Write(all)
		must(t, err)
		s = settle(t, l.wire, func(s impair.Stats) bool { return s.AB.Received > int64(i) }).AB
		must(t, receiver.SetReadDeadline(time.Now().Add(10*time.Second)))
		for int64(len(seen)) < s.Sent {
			n, err := receiver.Read(buf)
			must(t, err)
			number := binary.BigEndian.Uint64(buf)
			if !bytes.Equal(buf[:n], datagram(number)) || seen[number] {
				t.Fatalf("datagram %d arrived wrong or twice", number)
			}
			seen[number] = true
		}
	}
	if s.Received != batches || s.Packets != batches*each {
		t.Errorf("%d frames of %d packets, want %d of %d", s.Received, s.Packets, batches, batches*each)
	}
	if !likely(s.Lost.Random, s.Packets, 0.2) {
		t.Errorf("lost %d of %d, want 20 %%", s.Lost.Random, s.Packets)
	}
}

func TestBurstsLoseInARow(t *testing.T) {
	arrived, s := datagrams(t, degraded(t, impair.Quality{BurstLoss: impair.BurstLoss{Good: ms(20), Bad: ms(20)}}), 2000)
	if s.Lost.Burst == 0 || len(arrived) == 0 || s.Lost.Total() != s.Lost.Burst {
		t.Fatalf("%d arrived, lost %+v", len(arrived), s.Lost)
	}
	gaps := int64(0)
	for i := 1; i < len(arrived); i++ {
		if arrived[i] != arrived[i-1]+1 {
			gaps++
		}
	}
	if s.Lost.Burst < 5*gaps {
		t.Errorf("%d lost in %d gaps: those are no bursts", s.Lost.Burst, gaps)
	}
}

func TestDuplicatesArriveTwice(t *testing.T) {
	arrived, s := datagrams(t, degraded(t, impair.Quality{Duplicate: 0.1}), 1000)
	if !likely(s.Duplicated, s.Packets, 0.1) {
		t.Errorf("duplicated %d of %d, want 10 %%", s.Duplicated, s.Packets)
	}
	count := map[int]int64{}
	for _, number := range arrived {
		count[number]++
	}
	twice := int64(0)
	for number, n := range count {
		if n > 2 {
			t.Errorf("datagram %d came %d times", number, n)
		}
		twice += n - 1
	}
	if len(count) != 1000 || twice != s.Duplicated {
		t.Errorf("%d of 1000 came, %d twice, the wire says %d", len(count), twice, s.Duplicated)
	}
}

func TestReorderedPacketsArriveAhead(t *testing.T) {
	arrived, s := datagrams(t, degraded(t, impair.Quality{Delay: ms(20), Reorder: 0.1}), 1000)
	ahead := int64(0)
	for i, number := range arrived {
		for _, later := range arrived[i+1:] {
			if later < number {
				ahead++
				break
			}
		}
	}
	if len(arrived) != 1000 || !likely(s.Reordered, s.Packets, 0.1) {
		t.Errorf("%d of 1000 came, reordered %d, want 10 %%", len(arrived), s.Reordered)
	}
	// The first of those sent together has nobody to overtake.
	if ahead == 0 || ahead > s.Reordered {
		t.Errorf("%d came ahead, the wire says %d", ahead, s.Reordered)
	}
}

// Every single-bit error is found by the receiver's IP or UDP checksum.
func TestCorruptPacketsAreFoundByTheReceiver(t *testing.T) {
	arrived, s := datagrams(t, degraded(t, impair.Quality{Corrupt: 0.1}), 1000)
	if !likely(s.Corrupted, s.Packets, 0.1) || int64(len(arrived)) != s.Packets-s.Corrupted {
		t.Errorf("%d corrupted of %d, want 10 %%; %d arrived", s.Corrupted, s.Packets, len(arrived))
	}
}

func TestTCPSurvivesEverythingAtOnce(t *testing.T) {
	q := impair.Quality{Delay: ms(2), Jitter: 500 * time.Microsecond, Correlation: 0.5,
		Loss: 0.005, Duplicate: 0.01, Reorder: 0.01, Corrupt: 0.005, Rate: 500e6}
	l := connect(t, impair.Spec{AB: q, BA: q, Seed: 7})
	data := random(2 << 20)
	if !bytes.Equal(echo(t, l, data), data) {
		t.Fatal("TCP did not deliver what was sent")
	}
	for _, s := range []impair.FlowStats{stats(t, l.wire).AB, stats(t, l.wire).BA} {
		if s.Packets+s.Duplicated != s.Sent+s.Held+s.Lost.Total()+s.Drops.Total() {
			t.Errorf("packets unaccounted for: %+v", s)
		}
		if s.Lost.Random == 0 || s.Duplicated == 0 || s.Corrupted == 0 || s.Reordered == 0 {
			t.Errorf("something did not happen: %+v", s)
		}
	}
}

func TestRateHoldsBackAndQueueOverflows(t *testing.T) {
	const rate, queue, count = 1_000_000, 10_000, 100
	size := int64(len(datagram(0)) + 8 + 20 + 14)
	l := degraded(t, impair.Quality{Rate: rate, Queue: queue})
	receiver, sender := listenUDP(t, l.b), dialUDP(t, l.a, l.b)
	began := time.Now()
	for i := range uint64(count) {
		_, err := sender.Write(datagram(i))
		must(t, err)
	}
	sending := time.Since(began)
	s := settle(t, l.wire, func(s impair.Stats) bool { return s.AB.Received >= count }).AB
	if took := time.Since(began); took < time.Duration(s.Sent*size*8*1e9/rate) {
		t.Errorf("%d packets took %v, faster than the line", s.Sent, took)
	}
	// What fits the queue, and what the line sent while the packets came.
	low := int64(queue) / size
	if high := low + 2 + int64(sending)*rate/8/size/1e9; s.Sent < low || s.Sent > high || s.Sent+s.Lost.Queue != count {
		t.Errorf("sent %d, want %d to %d; lost %+v", s.Sent, low, high, s.Lost)
	}
	buf := make([]byte, 2048)
	must(t, receiver.SetReadDeadline(time.Now().Add(10*time.Second)))
	for range s.Sent {
		_, err := receiver.Read(buf)
		must(t, err)
	}
}

func TestRateCutsSuperFramesIntoPackets(t *testing.T) {
	l := degraded(t, impair.Quality{Rate: 100e6, Queue: 1 << 20})
	data := random(1 << 20)
	if !bytes.Equal(echo(t, l, data), data) {
		t.Fatal("TCP did not deliver what was sent")
	}
	s := settle(t, l.wire, func(impair.Stats) bool { return true }).AB
	// At 100 Mbit/s a full packet takes 121 µs, so none shares a frame with another.
	if full := int64(len(data)) / 1448; s.SentFrames < full {
		t.Errorf("%d frames for %d full packets", s.SentFrames, full)
	}
}

func TestUpdateTakesEffectAtOnce(t *testing.T) {
	l := connect(t, impair.Symmetric(impair.Quality{Delay: ms(1)}))
	ping(t, l)
	must(t, l.wire.Update(impair.Spec{AB: impair.Quality{Delay: ms(1), Blackhole: true}, BA: impair.Quality{Delay: ms(1)}}))
	sender := dialUDP(t, l.a, l.b)
	for range 10 {
		_, err := sender.Write(datagram(0)) // the sender hears nothing of it
		must(t, err)
	}
	settle(t, l.wire, func(s impair.Stats) bool { return s.AB.Lost.Blackhole == 10 })
	if !running(t, l.a) || !running(t, l.b) {
		t.Error("a blackhole took the carrier")
	}
	must(t, l.wire.Update(impair.Symmetric(impair.Quality{Delay: ms(2)})))
	ping(t, l)
	if s := stats(t, l.wire); s.AB.Delay != ms(2) || s.AB.Lost.Blackhole != 10 {
		t.Errorf("after the heal: %+v", s.AB)
	}
	if err := l.wire.Update(impair.Symmetric(impair.Quality{Loss: 2})); err == nil {
		t.Error("took a loss of 200 %")
	}
}

func TestUpdateKeepsTheOrder(t *testing.T) {
	l := connect(t, impair.Symmetric(impair.Quality{Delay: ms(100)}))
	receiver, sender := listenUDP(t, l.b), dialUDP(t, l.a, l.b)
	_, err := sender.Write([]byte("first"))
	must(t, err)
	must(t, l.wire.Update(impair.Spec{}))
	_, err = sender.Write([]byte("second"))
	must(t, err)
	buf := make([]byte, 16)
	must(t, receiver.SetReadDeadline(time.Now().Add(10*time.Second)))
	for _, want := range []string{"first", "second"} {
		n, err := receiver.Read(buf)
		if err != nil || string(buf[:n]) != want {
			t.Fatalf("%q, %v, want %q", buf[:n], err, want)
		}
	}
}

// A cut fibre takes both ends' carrier, not their configuration: after the mend nothing is set again.
func TestCutLinkComesBackByItself(t *testing.T) {
	l := connect(t, impair.Symmetric(impair.Quality{Delay: ms(1)}))
	for range 3 { // flapping
		must(t, l.wire.Down())
		awaitRunning(t, l.a, false)
		awaitRunning(t, l.b, false)
		must(t, l.wire.Up())
		awaitCarrier(t, l.a, l.b)
		ping(t, l)
	}
	must(t, l.wire.Down())
	must(t, l.a.Down())
	must(t, l.wire.Up())
	awaitRunning(t, l.b, false) // A is still down
	bringUp(t, l.a)
	awaitCarrier(t, l.a, l.b)
	ping(t, l)
}
