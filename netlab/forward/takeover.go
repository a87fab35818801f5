package forward

import (
	"fmt"

	"github.com/google/nftables/expr"
)

// A Takeover is what a node does with the middle of a TCP connection that it does not know: one
// that the other zone's node served before. (Unknown: the documents describe session
// synchronisation within a cluster only.)
type Takeover string

const (
	// Preserve lets it go on. With sch or tch the connection survives, because both nodes choose
	// the same backend; with wrr or rr another backend is likely to reset it.
	Preserve Takeover = "preserve"
	// Reset answers it with a reset, to clients and backends alike.
	Reset Takeover = "reset"
	// Blackhole drops it: the ends find out by their own timeouts.
	Blackhole Takeover = "blackhole"
)

// SetTakeover changes what the node does with unknown connections. New nodes preserve them.
func (c *CLB) SetTakeover(t Takeover) error {
	var answer []expr.Any
	switch t {
	case Preserve:
	case Reset:
		answer = reset()
	case Blackhole:
		answer = drop()
	default:
		return fmt.Errorf("take over connections: unknown mode %q", t)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rules.FlushChain(c.takeover)
	if answer != nil {
		c.add(c.takeover, notTCPFlags(flagSYN), answer)
	}
	if err := c.rules.Flush(); err != nil {
		return fmt.Errorf("take over connections by mode %s: %w", t, err)
	}
	return nil
}
