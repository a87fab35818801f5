package impair_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"netlab/netlab/kernel"
)

// A nicCounters holds a NIC's own counts of frames, super-frames counted once.
type nicCounters struct{ received, sent int64 }

// counters reads those of eth0 in the NIC's namespace.
func counters(t *testing.T, nic kernel.NIC) (c nicCounters) {
	t.Helper()
	must(t, nic.Namespace.Do(func() error {
		table, err := os.ReadFile("/proc/thread-self/net/dev")
		if err != nil {
			return err
		}
		for line := range bytes.Lines(table) {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "eth0:"); ok {
				var skip int64
				_, err := fmt.Sscan(rest, &skip, &c.received, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &c.sent)
				return err
			}
		}
		return fmt.Errorf("no eth0 in %s", table)
	}))
	return c
}
