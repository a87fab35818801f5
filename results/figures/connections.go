package figures

import (
	"syscall"

	"netlab/loadgen"
)

// connections counts, of the kept connections that had carried an answer before the fault, those
// that were ended under a request (reset, or closed by the other side) and those that carried an
// answer again after the service was back without having failed in between.
func (s *Sender) connections(f *Entry, back float64) (reset, survived uint64) {
	type life struct{ before, failed, reset, after bool }
	lives := make(map[uint32]*life)
	for i := range s.Samples {
		sample := &s.Samples[i]
		if sample.Sent == 0 || sample.Intended >= f.Until {
			continue
		}
		l := lives[sample.Conn]
		if l == nil {
			l = new(life)
			lives[sample.Conn] = l
		}
		switch {
		case sample.OK() && sample.Done < f.Inject.At:
			l.before = true
		case !f.struck(sample):
		case !sample.OK():
			l.failed = true
			ended := sample.Errno == syscall.ECONNRESET || sample.Errno == loadgen.ErrClosed
			l.reset = l.reset || ended && sample.Phase != loadgen.PhaseConnect
		case float64(sample.Sent) >= back:
			l.after = true
		}
	}
	for _, l := range lives {
		switch {
		case l.before && l.reset:
			reset++
		case l.before && l.after && !l.failed:
			survived++
		}
	}
	return reset, survived
}

// keepsConnections says whether a load's connections outlive their requests: without that there is
// none to reset, and none to survive.
func (r *Run) keepsConnections(s *Sender) bool {
	for i := range r.Scenario.Load {
		if l := &r.Scenario.Load[i]; l.Name == s.Name {
			return l.Target.Protocol().Keeps && !l.FreshConnections
		}
	}
	return false
}

// backAt is the instant from which the service was back, on CLOCK_MONOTONIC: +Inf when it never
// was, and the injection itself where nobody watched.
func (out *Fault) backAt(f *Entry) float64 {
	if !out.FirstSuccessAfter.Known() {
		return float64(f.Inject.At)
	}
	return float64(f.Inject.At) + float64(out.FirstSuccessAfter)*1e6
}
