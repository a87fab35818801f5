package impair

import (
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

const (
	// slotSize holds the largest frame: 64 KiB of IP packet, an Ethernet header and the virtio
	// header, in whole pages.
	slotSize = 68 << 10
	// maxSlots bounds the frames in flight on all wires together. The memory is only reserved;
	// a page is used once a frame has been in it.
	maxSlots = 32 << 10
	// maxHeld bounds the bytes in flight on all wires together: 400 ms at 10 Gbit/s.
	maxHeld = 512 << 20
)

// A slot is the number of a place for one frame.
type slot int32

// A pool is the memory in which frames wait. The slot freed last is used next: it is in cache.
type pool struct {
	memory []byte
	frames []frame // by slot
	free   []slot
	held   int // bytes in queues
}

// A frame is one in flight, in its slot's memory with its virtio header.
type frame struct {
	due  int64
	size int
	next slot // in its queue
}

func newPool() (*pool, error) {
	memory, err := unix.Mmap(-1, 0, maxSlots*slotSize, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("reserve memory for frames: %w", err)
	}
	p := &pool{memory: memory, frames: make([]frame, maxSlots), free: make([]slot, maxSlots)}
	for i := range p.free {
		p.free[i] = slot(maxSlots - 1 - i)
	}
	return p, nil
}

func (p *pool) close() error { return unix.Munmap(p.memory) }

// full says that no more frames can be taken in.
func (p *pool) full() bool { return len(p.free) == 0 || p.held >= maxHeld }

func (p *pool) take() slot {
	s := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	return s
}

func (p *pool) give(s slot) { p.free = append(p.free, s) }

func (p *pool) start(s slot) *byte { return &p.memory[int(s)*slotSize] }

// A queue holds the frames of one direction in the order of their arrival.
type queue struct {
	first, last slot
	length      int
}

// never is the due time of an empty queue.
const never = math.MaxInt64

// due is the time at which the first frame is to be released.
func (q *queue) due(p *pool) int64 {
	if q.length == 0 {
		return never
	}
	return p.frames[q.first].due
}

func (q *queue) push(p *pool, s slot, due int64, size int) {
	p.frames[s] = frame{due: due, size: size}
	if q.length == 0 {
		q.first = s
	} else {
		p.frames[q.last].next = s
	}
	q.last = s
	q.length++
	p.held += size
}

func (q *queue) pop(p *pool) slot {
	s := q.first
	q.first = p.frames[s].next
	q.length--
	p.held -= p.frames[s].size
	return s
}
