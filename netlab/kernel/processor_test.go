package kernel_test

import (
	"runtime"
	"testing"

	"netlab/netlab/kernel"
)

func TestBorrowedProcessorsAreGivenBackOnce(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	first, second := kernel.BorrowProcessor(), kernel.BorrowProcessor()
	if got := runtime.GOMAXPROCS(0); got != before+2 {
		t.Errorf("two borrowed: %d, want %d", got, before+2)
	}
	first()
	first()
	if got := runtime.GOMAXPROCS(0); got != before+1 {
		t.Errorf("one given back twice: %d, want %d", got, before+1)
	}
	second()
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("all given back: %d, want %d", got, before)
	}
}
