package impair

import (
	"fmt"

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

// Reserved is how much address space an engine's frames take, in bytes.
const Reserved = maxSlots * slotSize

// A slot is the number of a place for one frame.
type slot int32

// A pool is the memory in which frames wait. The slot freed last is used next: it is in cache.
type pool struct {
	memory []byte
	frames []frame // by slot
	free   []slot
	held   int // bytes in queues
}

// A frame describes what is in a slot: a frame with its virtio header.
type frame struct {
	size    int
	packets int // of which a super-frame has several
}

func newPool() (*pool, error) {
	memory, err := unix.Mmap(-1, 0, Reserved, unix.PROT_READ|unix.PROT_WRITE,
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

// bytes is the slot's memory.
func (p *pool) bytes(s slot) []byte { return p.memory[int(s)*slotSize : int(s+1)*slotSize] }
