package forward

import (
	"hash/fnv"
	"net/netip"
	"sync"
	"time"

	"netlab/sim/cloud"
)

// A picker chooses backends for connections that the proxy takes, by the rules that the kernel
// applies to all others: the same slots, the same persistence.
type picker struct {
	mu      sync.Mutex
	wish    cloud.Listener
	slots   []netip.AddrPort
	next    int // slot of the next connection, for wrr and rr
	clients map[netip.Addr]remembered
}

// remembered is a client's backend while persistence is on.
type remembered struct {
	backend netip.AddrPort
	until   time.Time
}

func (p *picker) set(wish cloud.Listener, slots []netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wish.PersistenceTimeout != p.wish.PersistenceTimeout {
		p.clients = map[netip.Addr]remembered{}
	}
	p.wish, p.slots, p.next = wish, slots, 0
}

// pick chooses a backend for a client that asked for frontend; ok is false when no backend has a
// slot.
func (p *picker) pick(client, frontend netip.AddrPort, now time.Time) (backend netip.AddrPort, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.slots) == 0 {
		return netip.AddrPort{}, false
	}
	known, found := p.clients[client.Addr()]
	if found && now.Before(known.until) && p.has(known.backend) {
		backend = known.backend
	} else {
		backend = p.slots[p.slot(client, frontend)]
	}
	if p.wish.PersistenceTimeout > 0 {
		p.clients[client.Addr()] = remembered{backend, now.Add(p.wish.PersistenceTimeout)}
	}
	return backend, true
}

func (p *picker) has(backend netip.AddrPort) bool {
	for _, s := range p.slots {
		if s == backend {
			return true
		}
	}
	return false
}

func (p *picker) slot(client, frontend netip.AddrPort) int {
	hash := fnv.New64a()
	address := client.Addr().As4()
	hash.Write(address[:])
	switch p.wish.Scheduler {
	case "sch":
	case "tch":
		address := frontend.Addr().As4()
		hash.Write(address[:])
		hash.Write(portBytes(client.Port()))
		hash.Write(portBytes(frontend.Port()))
	default: // wrr, rr
		slot := p.next
		p.next = (p.next + 1) % len(p.slots)
		return slot
	}
	return int(hash.Sum64() % uint64(len(p.slots)))
}
