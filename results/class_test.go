package results

import (
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/loadgen"
	"netlab/scenarios/metric"
)

func TestEveryClassHasItsCondition(t *testing.T) {
	var known, classified []string
	for _, c := range metric.Classes() {
		known = append(known, c.Name)
	}
	for _, c := range conditions {
		classified = append(classified, c.class)
		if (c.phase == loadgen.PhaseNone) == (len(c.errnos) == 0) {
			t.Errorf("%s: a class is known by its phase or by its errors", c.class)
		}
		for _, errno := range c.errnos {
			if got := Class(loadgen.Failure{Phase: loadgen.PhaseBody, Errno: errno}); got != c.class {
				t.Errorf("%s is of class %q, want %q: two conditions hold", ErrnoName(errno), got, c.class)
			}
		}
	}
	if diff := cmp.Diff(known, classified); diff != "" {
		t.Errorf("the registry and the conditions differ (-registry +conditions):\n%s", diff)
	}
}

func TestClass(t *testing.T) {
	for failure, want := range map[loadgen.Failure]string{
		{Phase: loadgen.PhaseConnect, Errno: syscall.ENETUNREACH}: "unreachable",
		{Phase: loadgen.PhaseWait, Errno: loadgen.ErrTimeout}:     "timeout",
		{Phase: loadgen.PhaseShed}:                                "shed",
		{Phase: loadgen.PhaseOpen}:                                "open",
		{Phase: loadgen.PhaseConnect, Errno: syscall.ENOBUFS}:     "ENOBUFS",
	} {
		if got := Class(failure); got != want {
			t.Errorf("%+v is of class %q, want %q", failure, got, want)
		}
	}
}
