package loadgen

import _ "unsafe" // for go:linkname

// Now reads CLOCK_MONOTONIC in nanoseconds.
//
// It is the runtime's own clock read: 25 ns through the vDSO and absolute, so that stamps compare
// with those of other packages and of the kernel. time.Since is as fast but hides the origin.
//
//go:linkname Now runtime.nanotime
func Now() int64
