package results

import (
	"slices"
	"syscall"

	"netlab/loadgen"
)

// conditions say which failures are of which class of package metric: by the phase, which comes
// first, or by the error.
var conditions = []struct {
	class  string
	phase  loadgen.Phase
	errnos []syscall.Errno
}{
	{"refused", 0, []syscall.Errno{syscall.ECONNREFUSED}},
	{"reset", 0, []syscall.Errno{syscall.ECONNRESET}},
	{"timeout", 0, []syscall.Errno{loadgen.ErrTimeout}},
	{"unreachable", 0, []syscall.Errno{syscall.EHOSTUNREACH, syscall.ENETUNREACH}},
	{"closed", 0, []syscall.Errno{loadgen.ErrClosed}},
	{"protocol", 0, []syscall.Errno{loadgen.ErrProtocol}},
	{"status", 0, []syscall.Errno{loadgen.ErrStatus}},
	{"ports", 0, []syscall.Errno{syscall.EADDRNOTAVAIL}},
	{"shed", loadgen.PhaseShed, nil},
	{"open", loadgen.PhaseOpen, nil},
}

// Class is the class of error of a failure: one of package metric's, or the error's name in C.
func Class(f loadgen.Failure) string {
	for _, c := range conditions {
		if c.phase != loadgen.PhaseNone && c.phase == f.Phase {
			return c.class
		}
	}
	for _, c := range conditions {
		if slices.Contains(c.errnos, f.Errno) {
			return c.class
		}
	}
	return ErrnoName(f.Errno)
}
