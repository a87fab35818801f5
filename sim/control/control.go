// Package control is the control plane as plain state machines: which backend takes the next
// connection, whether a backend is healthy, which zone serves a load balancer, and how PrivateLink
// services, endpoints and connections live.
//
// Every machine is driven by (time, event): time comes in as a duration since the lab's start and
// never runs backwards, chance comes in as a seed or a phase. A machine reads no clock, starts no
// goroutine and opens no socket, so a lab drives it with real time and real probes, and a
// simulation drives the same code with virtual time. A machine is not safe for concurrent use:
// one goroutine owns it.
//
// Each rule says how well it is known: documented (with the source), inferred from what is
// documented, or unknown (nothing public says; the value is a knob or netlab's choice).
package control

import (
	"fmt"
	"time"
)

// divide brings a documented control-plane time onto the scenario's time scale.
func divide(d time.Duration, scale float64) time.Duration {
	if !(scale > 0) {
		panic(fmt.Sprintf("control: time scale %v is not positive", scale))
	}
	return time.Duration(float64(d) / scale)
}
