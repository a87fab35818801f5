package loadgen

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// inNamespace runs f on an operating-system thread of its own inside the network namespace, where
// every socket that f makes belongs for life. The thread is never unlocked: it ends with the
// goroutine, so no other goroutine can ever run in the wrong namespace. Namespace -1 is the
// process's own.
func inNamespace(fd int, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if fd >= 0 {
			if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
				done <- fmt.Errorf("enter network namespace: %w", err)
				return
			}
		}
		done <- f()
	}()
	return <-done
}
