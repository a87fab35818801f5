package kernel

import (
	"runtime"
	"sync"
)

var processors sync.Mutex // GOMAXPROCS is read and set in two steps

// BorrowProcessor adds one to GOMAXPROCS for a thread that has deadlines, until returned.
//
// A locked thread that comes back from a blocking system call needs one of the Go runtime's
// processors ("P"). Beside as many computing goroutines as there are Ps it would wait for up to
// 10 ms, whatever its priority in the kernel: two of them on two cores made the wire stand still.
func BorrowProcessor() (giveBack func()) {
	add := func(n int) {
		processors.Lock()
		defer processors.Unlock()
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + n)
	}
	add(1)
	return sync.OnceFunc(func() { add(-1) })
}
