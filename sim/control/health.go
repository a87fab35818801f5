package control

import (
	"time"

	"netlab/sim/cloud"
)

// A HealthChange is a backend's change of status, as one node reports it.
type HealthChange struct {
	At       time.Duration
	From, To cloud.HealthStatus
}

// Health is one node's health check of one backend.
//
// Probes are serial: the interval to the next probe counts from the answer or the timeout of the
// last one (inferred: with the recommended interval 2 s and timeout 5 s probes would overlap
// otherwise). A backend becomes normal after HealthyThreshold good probes in a row and abnormal
// after UnhealthyThreshold bad ones in a row (documented: SLB "Health check overview"), also when
// it was unavailable before (inferred).
//
// A server of weight 0 takes no connections and is reported normal (documented: SLB "FAQ about
// health checks"); its probes go on, so that its true status is known when the weight returns
// (inferred).
type Health struct {
	interval, timeout time.Duration
	healthy           int
	unhealthy         int

	drained  bool               // weight 0
	probed   cloud.HealthStatus // what the probes say
	streak   int                // equal probe results in a row
	lastOK   bool
	nextSend time.Duration
}

// NewHealth starts a health check. The first probe is due at first: nodes should not probe all
// their backends in one instant, so callers spread it over an
// interval.
//
// A timeout below the interval counts as the interval (documented: Terraform slb_listener,
// health_check_timeout).
func NewHealth(check cloud.HealthCheck, first time.Duration) *Health {
	return &Health{
		interval:  check.Interval,
		timeout:   max(check.Timeout, check.Interval),
		healthy:   check.HealthyThreshold,
		unhealthy: check.UnhealthyThreshold,
		probed:    cloud.Unavailable,
		nextSend:  first,
	}
}

// NextProbe is when the next probe must be sent. It stays in the past until Observe has that
// probe's result.
func (h *Health) NextProbe() time.Duration { return h.nextSend }

// Timeout is how long a probe may stay unanswered before it counts as failed.
func (h *Health) Timeout() time.Duration { return h.timeout }

// Status is the reported status. Only a normal backend belongs in the slot table.
func (h *Health) Status() cloud.HealthStatus {
	if h.drained {
		return cloud.Normal
	}
	return h.probed
}

// Probed is what the probes say, whatever the weight.
func (h *Health) Probed() cloud.HealthStatus { return h.probed }

// Observe takes the result of the probe that was due: at is the time of its answer or timeout.
func (h *Health) Observe(at time.Duration, ok bool) (HealthChange, bool) {
	h.nextSend = at + h.interval
	if ok != h.lastOK {
		h.streak = 0
	}
	h.lastOK = ok
	h.streak++
	return h.change(at, func() {
		if ok && h.streak >= h.healthy {
			h.probed = cloud.Normal
		}
		if !ok && h.streak >= h.unhealthy {
			h.probed = cloud.Abnormal
		}
	})
}

// SetWeight takes the server's weight, at the start and whenever it changes.
func (h *Health) SetWeight(at time.Duration, weight int) (HealthChange, bool) {
	return h.change(at, func() { h.drained = weight == 0 })
}

func (h *Health) change(at time.Duration, apply func()) (HealthChange, bool) {
	from := h.Status()
	apply()
	to := h.Status()
	return HealthChange{At: at, From: from, To: to}, from != to
}

// A Window is the least and the greatest time that something takes.
type Window struct{ Min, Max time.Duration }

// FailWindow is how long after its death a backend is found abnormal, when each failing probe
// takes answer: 0 where the port is refused at once, the timeout where packets are swallowed.
// With the defaults (interval 2 s, timeout 5 s, threshold 3) it is 4–6 s refused, 19–21 s hanging.
//
// The documents give the lower bound, timeout×U + interval×(U-1), which counts from the first
// failing probe (documented: SLB "Health check overview"); the wait for that probe, up to one
// interval, comes on top (inferred).
func FailWindow(check cloud.HealthCheck, answer time.Duration) Window {
	return window(check, check.UnhealthyThreshold, answer)
}

// ReturnWindow is how long after its return a backend is found normal, when each probe is answered
// after rtt and the probe in flight at the return does not count: 4–6 s with the defaults. Where
// probes hang, the one in flight may hold the check up for a timeout more.
func ReturnWindow(check cloud.HealthCheck, rtt time.Duration) Window {
	return window(check, check.HealthyThreshold, rtt)
}

func window(check cloud.HealthCheck, threshold int, answer time.Duration) Window {
	k := time.Duration(threshold)
	least := (k-1)*check.Interval + k*answer
	return Window{Min: least, Max: least + check.Interval}
}
