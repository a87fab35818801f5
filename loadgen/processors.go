package loadgen

import (
	"runtime"
	"sync"
)

// Each running loop adds one to GOMAXPROCS and takes it back when it ends.
//
// A loop occupies one of the runtime's processors ("P") for as long as it computes or polls. On a
// machine of two cores, two loads and a probe would otherwise hold every P, and goroutines with
// deadlines (health checks, the timeline) would wait up to sysmon's 10 ms for one. With a P of its
// own a loop costs the rest of the process nothing but the kernel's fair share of a core.
//
// For the same reason a loop that sleeps does so in a system call the runtime knows of
// (syscall.Syscall, not RawSyscall): a raw-blocked thread keeps its P, and every
// garbage collection would wait for it to come back.
var processors struct {
	sync.Mutex
	loops int
}

func borrowProcessor() {
	processors.Lock()
	defer processors.Unlock()
	processors.loops++
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
}

func returnProcessor() {
	processors.Lock()
	defer processors.Unlock()
	processors.loops--
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) - 1)
}
