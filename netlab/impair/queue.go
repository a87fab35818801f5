package impair

import "math"

// A queue holds the frames in flight of one direction, the one to be released first on top: a binary
// heap by due time and, among equals, by order of arrival. Frames that come in order of their due
// time, as most do, are added in constant time.
type queue struct {
	heap    []entry
	arrival uint32
	packets int
}

type entry struct {
	due     int64
	arrival uint32
	slot    slot
}

// before compares arrivals by their difference, as they wrap around.
func (e entry) before(o entry) bool {
	return e.due < o.due || e.due == o.due && int32(e.arrival-o.arrival) < 0
}

// never is the due time of an empty queue.
const never = math.MaxInt64

// due is the time at which the first frame is to be released.
func (q *queue) due() int64 {
	if len(q.heap) == 0 {
		return never
	}
	return q.heap[0].due
}

func (q *queue) push(p *pool, s slot, due int64) {
	p.held += p.frames[s].size
	q.packets += p.frames[s].packets
	q.arrival++
	e := entry{due, q.arrival, s}
	q.heap = append(q.heap, e)
	i := len(q.heap) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = e
}

func (q *queue) pop(p *pool) entry {
	first := q.heap[0]
	p.held -= p.frames[first.slot].size
	q.packets -= p.frames[first.slot].packets
	n := len(q.heap) - 1
	e := q.heap[n]
	q.heap = q.heap[:n]
	if n == 0 {
		return first
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= n {
			break
		}
		if child+1 < n && q.heap[child+1].before(q.heap[child]) {
			child++
		}
		if !q.heap[child].before(e) {
			break
		}
		q.heap[i] = q.heap[child]
		i = child
	}
	q.heap[i] = e
	return first
}
