package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"netlab/netlab/impair"
	"netlab/scenarios"
	"netlab/sim"
	"netlab/sim/topology"
)

// A Budget is what a lab takes of what a machine gives out in numbers.
type Budget struct {
	Descriptors int
	Namespaces  int    // of networks
	Threads     int    // of all of netlab's processes, and the programs of instances
	Memory      uint64 // bytes
	Addresses   uint64 // bytes of address space of the largest process
}

// What the parts of a lab take. Descriptors are counted from above: measured runs of the shipped scenarios take 70 to 95 % of it.
const (
	baseDescriptors = 80 // pipes, sockets, epolls and the bundle's files
	hostDescriptors = 7  // the namespace twice, two sockets of links and routes, two of its forwarding, one of a service
	wireDescriptors = 4  // both ports of an impaired link

	mostFresh = 16384 // fresh connections that a load has open at most

	baseMemory = 96 << 20
	hostMemory = 512 << 10 // the kernel's part, mostly: namespace, links, tables
	connMemory = 24 << 10  // both ends' buffers
	// The init of a host on which programs run is a netlab of its own, and a lab has a keeper of all.
	initThreads, initMemory = 16, 4 << 20
	// goAddresses is what a Go program reserves, 1.2 GiB before it does anything, and room to grow.
	goAddresses = 3 << 29
)

// Usual is the budget of a small lab under light load, for who asks about no scenario.
func Usual() Budget {
	return Budget{Descriptors: 400, Namespaces: 18, Threads: ownThreads(), Memory: 128 << 20,
		Addresses: goAddresses + impair.Reserved}
}

// ownThreads are those of netlab's two processes: some for each processor, and one for each system call that waits.
func ownThreads() int { return 2 * (16 + 2*runtime.NumCPU()) }

// BudgetOf adds up what a scenario takes.
func BudgetOf(s *scenarios.Scenario, t *topology.Topology) Budget {
	wires := 0
	for _, l := range t.Links {
		if l.Delay > 0 {
			wires++
		}
	}
	connections := 0
	for _, l := range s.Load {
		connections += 2 * l.Connections // the servers are netlab's own process, too
		if l.FreshConnections || !l.Target.Protocol().Keeps {
			connections += inFlight(l.Rate, l.Timeout.Seconds())
		}
	}
	for _, p := range s.Probes {
		connections += inFlight(p.Rate, p.Timeout.Seconds())
	}
	programs, machines := 0, map[string]bool{}
	for _, p := range sim.Programs(s) {
		programs++
		machines[p.Instance] = true
	}
	b := Budget{
		Descriptors: baseDescriptors + hostDescriptors*len(t.Hosts) + wireDescriptors*wires + connections,
		Namespaces:  len(t.Hosts) + 2, // the sandbox's own, and that of the impaired links
		Threads:     ownThreads() + 2*(len(s.Load)+len(s.Probes)) + 4*programs + initThreads*len(machines),
		Memory:      baseMemory + hostMemory*uint64(len(t.Hosts)) + connMemory*uint64(connections),
		Addresses:   goAddresses + connMemory*uint64(connections),
	}
	if wires > 0 {
		b.Addresses += impair.Reserved
	}
	return b
}

// inFlight is how many fresh connections are open while nobody answers.
func inFlight(rate, timeout float64) int { return int(min(mostFresh, 16+rate*timeout)) }

// Check holds the budget to what this machine and this process may have. It makes nothing: a limit that is too low is better found
// before half a lab stands.
func (b Budget) Check() []Finding {
	return []Finding{
		within("descriptors", "namespaces, links and connections", uint64(b.Descriptors), descriptorLimit(),
			"this process may have %d open, the lab takes up to %d", "raise it: ulimit -n %d, or in /etc/security/limits.conf"),
		within("network namespaces", "a host each", uint64(b.Namespaces), namespaceLimit(),
			"user.max_net_namespaces is %d, the lab takes %d", "raise it as root: sysctl user.max_net_namespaces=%d"),
		within("processes and threads", "netlab's own, loads and programs", uint64(b.Threads), threadLimit(),
			"this user may have %d more, netlab takes up to %d", "raise it: ulimit -u, by at least %d; or end other programs of this user"),
		within("address space", "memory, of which most is never used", b.Addresses>>20, addressLimit(),
			"a process may have %d MiB, netlab's takes up to %d MiB", "raise it: ulimit -v unlimited, or at least %d MiB"),
		within("memory", "namespaces and connections", b.Memory>>20, availableMemory(),
			"%d MiB are free, the lab takes up to %d MiB", "free some memory, or make the scenario smaller: it wants %d MiB"),
	}
}

// unlimited is more than any budget.
const unlimited = ^uint64(0)

// within compares a need with what there is; both go into the detail, the need into the advice.
func within(need, use string, wanted, have uint64, detail, fix string) Finding {
	f := Finding{Need: need, For: use, Answer: Yes}
	if wanted > have {
		f.Answer, f.Detail, f.Fix = No, fmt.Sprintf(detail, have, wanted), fmt.Sprintf(fix, wanted)
	}
	return f
}

// descriptorLimit is the hard limit, up to which netlab raises its own.
func descriptorLimit() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return unlimited
	}
	return limit.Max
}

func namespaceLimit() uint64 {
	text, err := os.ReadFile("/proc/sys/user/max_net_namespaces")
	if err != nil {
		return unlimited
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return unlimited
	}
	return n
}

// threadLimit is how many threads this user may still start. The kernel counts nothing for the machine's own root, and for who has
// CAP_SYS_ADMIN or CAP_SYS_RESOURCE.
func threadLimit() uint64 {
	var limit unix.Rlimit
	if os.Getuid() == 0 || capable(unix.CAP_SYS_ADMIN) || capable(unix.CAP_SYS_RESOURCE) {
		return unlimited
	}
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &limit); err != nil || limit.Cur == unlimited {
		return unlimited
	}
	used := threadsOf(os.Getuid())
	return limit.Cur - min(limit.Cur, used)
}

// threadsOf counts the threads of a user, but for this process's: it is counted in the budget.
func threadsOf(uid int) uint64 {
	var n uint64
	processes, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, path := range processes {
		if filepath.Dir(path) == fmt.Sprintf("/proc/%d", os.Getpid()) {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it is gone
		}
		if owner := statusOf(text, "Uid"); len(owner) > 0 && owner[0] == strconv.Itoa(uid) {
			if threads := statusOf(text, "Threads"); len(threads) > 0 {
				t, _ := strconv.ParseUint(threads[0], 10, 64)
				n += t
			}
		}
	}
	return n
}

// statusOf is a line of /proc/PID/status.
func statusOf(text []byte, key string) []string {
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && name == key {
			return strings.Fields(value)
		}
	}
	return nil
}

// capable says whether this process has a capability, in its own user namespace.
func capable(capability int) bool {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	set := statusOf(text, "CapEff")
	if len(set) == 0 {
		return false
	}
	bits, err := strconv.ParseUint(set[0], 16, 64)
	return err == nil && bits&(1<<capability) != 0
}

// addressLimit is in MiB.
func addressLimit() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &limit); err != nil || limit.Cur == unlimited {
		return unlimited
	}
	return limit.Cur >> 20
}

// availableMemory is in MiB.
func availableMemory() uint64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return unlimited
	}
	kib := statusOf(text, "MemAvailable")
	if len(kib) == 0 {
		return unlimited
	}
	n, err := strconv.ParseUint(kib[0], 10, 64)
	if err != nil {
		return unlimited
	}
	return n >> 10
}
