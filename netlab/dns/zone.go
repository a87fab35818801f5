package dns

import (
	"net/netip"
	"slices"
	"sync"

	miekg "github.com/miekg/dns"
)

// A Zone is the table of names that all resolvers of one VPC answer from. It may change while they
// run; the zero Zone is empty.
type Zone struct {
	mu    sync.RWMutex
	names map[string][]Record // by canonical name: lower case, with the last dot
}

// A Record is one address of a name.
type Record struct {
	Addr netip.Addr
	// Zone is set where the resolver should prefer it for clients of that availability zone: on
	// the addresses of an endpoint domain whose service has zone affinity, and nowhere else.
	Zone string
}

// Set makes these the records of name, in place of any earlier ones. Their order is that of the
// answers.
func (z *Zone) Set(name string, records []Record) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.names == nil {
		z.names = map[string][]Record{}
	}
	z.names[miekg.CanonicalName(name)] = slices.Clone(records)
}

// Remove makes name unknown.
func (z *Zone) Remove(name string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	delete(z.names, miekg.CanonicalName(name))
}

// lookup gives the addresses of a canonical name as a client in clientZone sees them, and whether
// the name exists. A name exists, without addresses, also when another one lies below it.
//
// With zone affinity a client gets the address in its own zone alone, and all when that zone has
// none (inferred: "If enabled, requests are routed to the endpoint in the same zone as the client";
// a client that picks among several addresses would break that).
func (z *Zone) lookup(name, clientZone string) (addrs []netip.Addr, exists bool) {
	z.mu.RLock()
	defer z.mu.RUnlock()
	records, exists := z.names[name]
	if !exists {
		for other := range z.names {
			if miekg.IsSubDomain(name, other) {
				return nil, true
			}
		}
		return nil, false
	}
	near := func(r Record) bool { return clientZone != "" && r.Zone == clientZone }
	anyNear := slices.ContainsFunc(records, near)
	for _, r := range records {
		if !anyNear || near(r) {
			addrs = append(addrs, r.Addr)
		}
	}
	return addrs, true
}
