package figures

import (
	"fmt"
	"time"

	"netlab/sim/event"
)

// The limits beyond which a run's figures cannot be trusted.
const (
	// maxLateness is the generator's own delay at p99. Latency counts from the intended time,
	// so a late generator shows as latency of the service. Event loops here are late by less
	// than 0.4 ms at p99 on an idle machine and by some 10 ms on one whose two cores also
	// compile; beyond twice that the machine, not the network, is measured.
	maxLateness = Millis(20)
	// minAchieved is the share of due requests that were sent outside the faults. Less means
	// that the asked load was never offered (the flaw of most closed generators). Requests that
	// could not be sent because every connection was in use, most of them by requests that failed,
	// are the outage's result, and not counted. Connections that are busy with answers are too few
	// for the load.
	minAchieved = Share(0.99)
	// maxSteal is the share of CPU time that the hypervisor gave to somebody else. Latency
	// tails belong to the neighbours above it.
	maxSteal = Share(0.10)
	// maxFaultDelay is how late a fault may strike. Every figure counts from the actual
	// instant, so this only keeps the run the one that the timeline describes.
	maxFaultDelay = Millis(100)
	// maxSilence is how near to the end of the measured part each sender must have offered
	// requests: one that stops early misses outages at the end.
	maxSilence = 500 * time.Millisecond
	// maxWireLateness is how much longer than asked, at p99, a userspace wire may delay in
	// milliseconds. It only warns: the samples show what their requests waited.
	maxWireLateness = 0.5
	// maxPressure is the share of time in which some task waited for a CPU. It only warns:
	// lateness shows the same cause by its effect.
	maxPressure = Share(0.60)
)

// Validity says whether the figures can be trusted, and what that rests on.
type Validity struct {
	Valid    bool     `json:"valid"`
	Problems []string `json:"problems,omitempty"` // any of them makes the run invalid
	Notes    []string `json:"notes,omitempty"`    // worth knowing, not spoiling

	LatenessP99 map[string]Millis `json:"generator_lateness_p99_ms"`
	Achieved    map[string]Share  `json:"achieved_ratio"` // outside the faults
	Steal       Share             `json:"steal_ratio"`
	CPUPressure Share             `json:"psi_cpu_some_ratio"`
	// CaptureDrops is always 0: a run captures no packets. The key stays, for within a version of the
	// summary none goes.
	CaptureDrops uint64 `json:"capture_drops"`
}

func (r *Run) validity() Validity {
	host := r.Manifest.Validity
	v := Validity{
		LatenessP99: make(map[string]Millis), Achieved: make(map[string]Share),
		Steal: Share(host.Steal), CPUPressure: Share(host.CPUPressure),
	}
	for _, e := range r.Events {
		if failure, ok := e.What.(event.Failure); ok {
			v.problem("the run failed: %s", failure.Text)
		}
	}
	for _, damage := range r.Damage {
		v.problem("the bundle is not whole: %s", damage)
	}
	if r.Span.Empty() {
		v.problem("nothing was measured: the run did not reach its measured part")
	}
	if planned := int64(r.Scenario.Run.Duration); !r.Span.Empty() && r.Span.End-r.Span.Begin < planned-int64(maxSilence) {
		v.problem("the run ended after %s of %s", r.at(r.Span.End), time.Duration(planned))
	}
	for _, sender := range r.Senders {
		r.senderValidity(&v, sender)
	}
	for i := range r.Faults {
		r.faultValidity(&v, &r.Faults[i])
	}
	if v.Steal > maxSteal {
		v.problem("the hypervisor took %.1f %% of the CPU time, more than %.0f %%", 100*v.Steal, 100*maxSteal)
	}
	for _, w := range host.Wires {
		if w.Lost > 0 {
			v.problem("the wire from %s to %s lost %d of %d packets that it should have carried: this machine was too slow",
				w.From, w.To, w.Lost, w.Packets)
		}
		if w.LateP99MS > maxWireLateness {
			v.note("the wire from %s to %s was %s late at p99, beyond its delay of %s",
				w.From, w.To, Millis(w.LateP99MS), Millis(w.DelayMS))
		}
	}
	if v.CPUPressure > maxPressure {
		v.note("tasks waited for a CPU in %.0f %% of the time", 100*v.CPUPressure)
	}
	v.Valid = len(v.Problems) == 0
	return v
}

func (v *Validity) problem(format string, args ...any) {
	v.Problems = append(v.Problems, fmt.Sprintf(format, args...))
}

func (v *Validity) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

func (r *Run) senderValidity(v *Validity, s *Sender) {
	if a := s.Accounting; a != nil && uint64(s.Recorded) != a.Offered {
		v.problem("%s: %d of %d offered requests were recorded", s.Name, s.Recorded, a.Offered)
	}
	if r.Span.Empty() {
		return
	}
	if len(s.Samples) == 0 {
		v.problem("%s offered no request", s.Name)
		return
	}
	all := s.all()
	late := r.lateness(s, newOccupancy(all, everything, 0))
	v.LatenessP99[s.Name] = late
	if late > maxLateness {
		v.problem("%s was sent %s late at p99 while a connection was free, more than %s", s.Name, late, maxLateness)
	}
	var due, sent uint64
	busy, broken := newOccupancy(all, everything, pause), newOccupancy(all, failed, pause)
	for i := range s.Samples {
		sample := &s.Samples[i]
		inUse, failing := busy.at(sample.Intended), broken.at(sample.Intended)
		waited := s.Connections > 0 && inUse >= s.Connections && 2*failing >= inUse
		if r.part(sample) == r.During && !r.During.Empty() || sample.Sent == 0 && waited {
			continue
		}
		due++
		if sample.Sent != 0 {
			sent++
		}
	}
	if due > 0 {
		achieved := Share(float64(sent) / float64(due))
		v.Achieved[s.Name] = achieved
		if achieved < minAchieved {
			v.problem("%s: %.1f %% of the due requests were sent, less than %.0f %%", s.Name, 100*achieved, 100*minAchieved)
		}
	}
	silence := time.Duration(r.Span.End - s.Samples[len(s.Samples)-1].Intended)
	if s.Rate > 0 && silence > maxSilence+time.Duration(10e9/s.Rate) {
		v.problem("%s offered nothing in the last %.1f s", s.Name, silence.Seconds())
	}
}

func (r *Run) faultValidity(v *Validity, f *Entry) {
	switch {
	case !f.Injected() && f.Planned.Begin < r.Span.End:
		v.problem("fault %s was never injected", f.Name)
	case !f.Injected():
		v.problem("fault %s was not reached: it was planned at %s", f.Name, r.at(f.Planned.Begin))
	default:
		if late := between(f.plannedAt(), f.Inject.At); late > maxFaultDelay {
			v.problem("fault %s struck %.0f ms late, more than %.0f ms", f.Name, late, maxFaultDelay)
		}
		if f.Heal == nil && f.For > 0 && f.Planned.End < r.Span.End {
			v.problem("fault %s was never healed", f.Name)
		}
	}
}
