package loadgen

import (
	"encoding/binary"
	"time"
)

// A window remembers the datagrams of the last two timeouts by their number: for one timeout an
// answer counts, for another it is late or a duplicate.
type window struct {
	kept    ring[datagram]
	base    uint64 // number of the oldest datagram kept
	judged  uint64 // every datagram before this one is answered or has failed
	timeout int64
}

// A datagram is one request of a UDP echo.
type datagram struct {
	intended, sent int64
	kernelTX       int64
	socket         int
	state          datagramState
}

type datagramState uint8

const (
	awaited datagramState = iota
	answered
	lost
)

// next is the number of the next datagram.
func (w *window) next() uint64 { return w.base + uint64(w.kept.n) }

func (w *window) push(d datagram) { w.kept.push(d) }

// find returns the datagram of that number, nil if it was never sent or is forgotten.
func (w *window) find(number uint64) *datagram {
	if number < w.base || number >= w.next() {
		return nil
	}
	return w.kept.at(int(number - w.base))
}

// expired returns the next datagram that found no answer in time, nil when there is none for now.
func (w *window) expired(now int64) *datagram {
	for w.judged < w.next() {
		d := w.find(w.judged)
		if d.sent+w.timeout > now {
			return nil
		}
		w.judged++
		if d.state == awaited {
			d.state = lost
			return d
		}
	}
	return nil
}

// forget drops the datagrams whose duplicates would be of no interest any more.
func (w *window) forget(now int64) {
	for w.base < w.judged && w.kept.first().sent+2*w.timeout <= now {
		w.kept.pop()
		w.base++
	}
}

// nextExpiry is when the next datagram may be lost.
func (w *window) nextExpiry() int64 {
	if w.judged == w.next() {
		return never
	}
	return w.find(w.judged).sent + w.timeout
}

// A payload is what one UDP echo sends: which run it belongs to, its number, and bytes made from the
// number, so that corruption shows that no checksum sees (there is none on a veth).
type payload struct {
	run   uint64
	bytes []byte
}

// minPayload holds the run and the number.
const minPayload = 16

func newPayload(size int) payload {
	return payload{run: uint64(time.Now().UnixNano()), bytes: make([]byte, max(minPayload, size))}
}

// write makes the payload that of a number.
func (p *payload) write(number uint64) []byte {
	binary.BigEndian.PutUint64(p.bytes, p.run)
	binary.BigEndian.PutUint64(p.bytes[8:], number)
	for i := minPayload; i < len(p.bytes); i++ {
		p.bytes[i] = byte(number) + byte(i)
	}
	return p.bytes
}

// read returns the number of a payload of this run; whole says that nothing but the run and the
// number needs to be believed.
func (p *payload) read(b []byte) (number uint64, ours, whole bool) {
	if len(b) < minPayload || binary.BigEndian.Uint64(b) != p.run {
		return 0, false, false
	}
	number = binary.BigEndian.Uint64(b[8:])
	for i := minPayload; i < len(b); i++ {
		if b[i] != byte(number)+byte(i) {
			return number, true, false
		}
	}
	return number, true, len(b) == len(p.bytes)
}
