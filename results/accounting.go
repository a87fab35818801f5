package results

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"netlab/loadgen"
)

// Accounting says what became of every request that a sender offered.
type Accounting struct {
	Offered  uint64            `json:"offered"`
	Sent     uint64            `json:"sent"`
	Answered uint64            `json:"answered"`
	Shed     uint64            `json:"shed"`
	Open     uint64            `json:"open"`
	Failed   map[string]uint64 `json:"failed,omitempty"` // "connect ECONNREFUSED" → requests
	Connects uint64            `json:"connects"`
	Servers  []string          `json:"servers,omitempty"` // that answered
}

func newAccounting(a loadgen.Accounting) *Accounting {
	out := &Accounting{
		Offered: a.Offered, Sent: a.Sent, Answered: a.Answered, Shed: a.Shed, Open: a.Open,
		Connects: a.Connects,
	}
	for failure, n := range a.Failed {
		if out.Failed == nil {
			out.Failed = make(map[string]uint64)
		}
		out.Failed[phaseName(failure.Phase)+" "+ErrnoName(failure.Errno)] += n
	}
	for _, name := range a.Servers {
		if name != "" {
			out.Servers = append(out.Servers, name)
		}
	}
	return out
}

var phaseNames = [...]string{
	loadgen.PhaseNone:      "",
	loadgen.PhaseConnect:   "connect",
	loadgen.PhaseFirstByte: "first_byte",
	loadgen.PhaseBody:      "body",
	loadgen.PhaseShed:      "shed",
	loadgen.PhaseOpen:      "open",
	loadgen.PhaseWait:      "wait",
}

func phaseName(p loadgen.Phase) string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return fmt.Sprintf("phase %d", p)
}

func phaseFromName(name string) (loadgen.Phase, error) {
	for p, n := range phaseNames {
		if n == name {
			return loadgen.Phase(p), nil
		}
	}
	return 0, fmt.Errorf("phase %q is unknown", name)
}

// ErrnoName is the errno's name as C has it, "ECONNREFUSED", and "" for none.
func ErrnoName(e syscall.Errno) string {
	if e == 0 {
		return ""
	}
	if name := unix.ErrnoName(e); name != "" {
		return name
	}
	return fmt.Sprintf("errno %d", uintptr(e))
}

func errnoFromName(name string) (syscall.Errno, error) {
	if name == "" {
		return 0, nil
	}
	// The kernel's errnos end below 4096 by its own rule (MAX_ERRNO); named ones below 140.
	for e := syscall.Errno(1); e < 4096; e++ {
		if ErrnoName(e) == name {
			return e, nil
		}
	}
	return 0, fmt.Errorf("errno %q is unknown", name)
}
