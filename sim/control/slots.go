package control

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sort"
)

// A slot table is how a load balancer's node picks a backend: a list of server indices that a
// counter walks through (rr, wrr) or that a hash of the packet points into (sch, tch). Both nodes
// of a load balancer compute the same table from the same servers. A server that is unhealthy or
// drained comes in with weight 0 and gets no slot (documented: SLB "weight 0: no requests are
// forwarded"); when none is left the table is empty, and what then happens to connections is
// unknown for CLB.

// HashSlots is the size of the table that the consistent-hash schedulers use. It does not change
// with the servers, for a changed size would move nearly every flow. A load balancer has at most
// 200 servers (documented: CLB limits), so even then each has some 20 slots.
const HashSlots = 4099

// Slots is the slot table of a listener's scheduler (documented: SLB API, "Scheduler": wrr by
// default, rr, sch by source address, tch by source and destination address and port). names and
// weights are parallel. What the hash is taken over is the forwarding plane's part: sch and tch
// share one table.
func Slots(scheduler string, names []string, weights []int, seed uint64) ([]int, error) {
	switch scheduler {
	case "wrr":
		return WRR(weights), nil
	case "rr":
		return RoundRobin(weights), nil
	case "sch", "tch":
		return Maglev(names, weights, HashSlots, seed), nil
	}
	return nil, fmt.Errorf("compute slots: scheduler %q is none of wrr, rr, sch, tch", scheduler)
}

// WRR is one full period of smooth weighted round robin, as LVS and nginx do it: over the period
// every server has exactly its share, and at no point is a server a whole turn ahead of its share,
// so that equal weights alternate and a heavy server's turns are spread out. Weights are first
// reduced by their greatest common divisor: 100 and 100 give [0 1], 100 and 50 give [0 1 0].
// (That CLB's wrr is smooth is inferred: only the shares are documented.)
func WRR(weights []int) []int {
	divisor, total := 0, 0
	for _, w := range weights {
		divisor = gcd(w, divisor)
		total += w
	}
	if total == 0 {
		return nil
	}
	total /= divisor
	credit := make([]int, len(weights))
	slots := make([]int, total)
	for turn := range slots {
		next := -1
		for i, w := range weights {
			if w == 0 {
				continue
			}
			credit[i] += w / divisor
			if next < 0 || credit[i] > credit[next] {
				next = i
			}
		}
		credit[next] -= total
		slots[turn] = next
	}
	return slots
}

// RoundRobin gives every server one turn, whatever its weight, unless the weight is 0.
func RoundRobin(weights []int) []int {
	var slots []int
	for i, w := range weights {
		if w > 0 {
			slots = append(slots, i)
		}
	}
	return slots
}

// Maglev fills size slots for consistent hashing as Google's Maglev does (NSDI 2016, section 3.4):
// every server has a preference list over the slots that only its name and the seed decide, and the
// servers take turns at claiming their next free favourite. Turns come in WRR order, so shares are
// as exact as size allows: no server has more slots than its share rounded up, and one whose share
// is below one slot may have none.
//
// When one of n servers of equal weight goes, its 1/n of the slots must move; with HashSlots slots
// fewer than 5 % of all slots move besides. The order of the servers in names does not matter.
// (The documents name consistent hashing without the algorithm: inferred.)
func Maglev(names []string, weights []int, size int, seed uint64) []int {
	byName := make([]int, len(names))
	for i := range byName {
		byName[i] = i
	}
	sort.Slice(byName, func(a, b int) bool { return names[byName[a]] < names[byName[b]] })
	sorted := make([]int, len(names))
	for rank, i := range byName {
		sorted[rank] = weights[i]
	}
	turns := WRR(sorted)
	if len(turns) == 0 || size <= 0 {
		return nil
	}

	favourites := make([][]int, len(names))
	for rank, i := range byName {
		if sorted[rank] > 0 {
			favourites[rank] = preference(names[i], size, seed)
		}
	}
	slots := make([]int, size)
	for i := range slots {
		slots[i] = -1
	}
	for claimed := range size {
		rank := turns[claimed%len(turns)]
		list := favourites[rank]
		for slots[list[0]] >= 0 {
			list = list[1:]
		}
		slots[list[0]] = byName[rank]
		favourites[rank] = list[1:]
	}
	return slots
}

// preference is a server's order of the slots. The paper steps through the slots by an offset and a
// skip; with few servers two skips then resonate now and again, and we saw 18 % of the slots move
// instead of 1 %. A whole permutation keeps to its mean.
func preference(name string, size int, seed uint64) []int {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64())).Perm(size)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
