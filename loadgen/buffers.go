package loadgen

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A bufferRing is memory that the kernel takes buffers from when bytes come, so that a connection that
// waits holds none.
type bufferRing struct {
	ring   []byte // entries of 16 bytes; the tail lies in the first one's padding
	memory []byte
	size   int
	mask   uint16
	tail   uint16
}

// addBuffers registers n buffers, a power of two, as group 0.
func (r *ioRing) addBuffers(n, size int) (*bufferRing, error) {
	b := &bufferRing{size: size, mask: uint16(n - 1)}
	var err error
	if b.ring, err = unix.Mmap(-1, 0, n*16, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE); err != nil {
		return nil, fmt.Errorf("map buffer ring: %w", err)
	}
	if b.memory, err = unix.Mmap(-1, 0, n*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE); err != nil {
		b.close()
		return nil, fmt.Errorf("map buffers: %w", err)
	}
	request := struct {
		addr    uint64
		entries uint32
		group   uint16
		flags   uint16
		_       [3]uint64
	}{addr: uint64(uintptr(unsafe.Pointer(&b.ring[0]))), entries: uint32(n)}
	if errno := r.register(registerBufferRing, unsafe.Pointer(&request), 1); errno != 0 {
		b.close()
		return nil, fmt.Errorf("register buffer ring: %w", errno)
	}
	for i := range n {
		b.give(uint16(i))
	}
	return b, nil
}

func (b *bufferRing) close() {
	if b.memory != nil {
		unix.Munmap(b.memory)
	}
	unix.Munmap(b.ring)
}

// bytes are those of a result that names a buffer.
func (b *bufferRing) bytes(e *cqe) (id uint16, data []byte) {
	id = uint16(e.flags >> cqeBufferShift)
	at := int(id) * b.size
	return id, b.memory[at : at+int(e.result)]
}

// give hands a buffer back to the kernel.
func (b *bufferRing) give(id uint16) {
	entry := (*struct {
		addr uint64
		len  uint32
		id   uint16
	})(unsafe.Pointer(&b.ring[16*int(b.tail&b.mask)]))
	entry.addr = uint64(uintptr(unsafe.Pointer(&b.memory[int(id)*b.size])))
	entry.len, entry.id = uint32(b.size), id
	b.tail++
	// The tail is 16 bits wide, at the end of the first entry; the half-word before it is that
	// entry's id, which nobody else writes now.
	first := (*uint32)(unsafe.Pointer(&b.ring[12]))
	id0 := *(*uint16)(unsafe.Pointer(&b.ring[12]))
	atomic.StoreUint32(first, uint32(id0)|uint32(b.tail)<<16)
}
