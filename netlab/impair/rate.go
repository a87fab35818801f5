package impair

// A serialiser puts packets on a line of limited rate one after the other, in virtual time.
type serialiser struct {
	free      int64 // when the line has sent what it took so far
	remainder int64 // of the division in duration, so that rounding never adds up
}

// take gives the time at which the last bit of a packet that arrives at time t leaves, or false
// when the packet finds no room in a queue of so many bytes. An empty queue has room for any.
func (s *serialiser) take(t int64, bytes int, rate int64, queue int) (leaves int64, ok bool) {
	if waiting := s.free - t; waiting > 0 && waiting+duration(bytes, rate) > duration(queue, rate) {
		return 0, false
	}
	bits := int64(bytes)*8*second + s.remainder
	s.free = max(s.free, t) + bits/rate
	s.remainder = bits % rate
	return s.free, true
}

const second = 1e9

func duration(bytes int, rate int64) int64 { return int64(bytes) * 8 * second / rate }
