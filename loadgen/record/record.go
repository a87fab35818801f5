// Package record keeps what an engine measures: a Meter for each engine, whose histograms of every
// second go to a Log and into one Total. Nothing grows with the length of a run.
package record

import (
	"math"

	"netlab/loadgen"
)

// second is how long one interval is.
const second = int64(1e9)

// An Interval is what was recorded in one second of one phase.
type Interval struct {
	Phase      string
	Begin, End int64 // CLOCK_MONOTONIC
	Figures
}

// Figures are histograms of times, in nanoseconds, and counts of what has none.
type Figures struct {
	Response *Histogram // from the intended send to the whole answer
	Service  *Histogram // from the actual send to the whole answer
	Lag      *Histogram // from the intended to the actual send, of all that were sent
	Kernel   *Histogram // from the kernel's stamp of the request to that of the answer
	Client   *Histogram // what the client itself adds to that
	Offered  uint64
	Answered uint64
	Failed   map[loadgen.Failure]uint64
	Shed     uint64
	Open     uint64
	Servers  map[uint16]uint64 // answers by the instance that gave them
	InTime   uint64            // answers that came before the phase's end
}

// NewFigures returns empty figures.
func NewFigures() Figures {
	return Figures{Response: NewHistogram(), Service: NewHistogram(), Lag: NewHistogram(), Kernel: NewHistogram(), Client: NewHistogram(),
		Failed: map[loadgen.Failure]uint64{}, Servers: map[uint16]uint64{}}
}

func (f *Figures) histograms() []*Histogram {
	return []*Histogram{f.Response, f.Service, f.Lag, f.Kernel, f.Client}
}

// record counts one request of a phase that ends at an instant.
func (f *Figures) record(s *loadgen.Sample, end int64) {
	f.Offered++
	if s.Sent != 0 {
		f.Lag.Record(s.Sent - s.Intended)
	}
	switch s.Phase {
	case loadgen.PhaseNone:
		f.Answered++
		if s.Done < end {
			f.InTime++
		}
		f.Response.Record(s.Done - s.Intended)
		f.Service.Record(s.Done - s.Sent)
		if s.Server != 0 {
			f.Servers[s.Server]++
		}
		if s.KernelTX != 0 && s.KernelRX != 0 {
			kernel := s.KernelRX - s.KernelTX
			f.Kernel.Record(kernel)
			f.Client.Record(s.Done - s.Sent - kernel)
		}
	case loadgen.PhaseShed:
		f.Shed++
	case loadgen.PhaseOpen:
		f.Open++
	default:
		f.Failed[loadgen.Failure{Phase: s.Phase, Errno: s.Errno}]++
	}
}

// Merge adds other figures.
func (f *Figures) Merge(o *Figures) {
	theirs := o.histograms()
	for i, h := range f.histograms() {
		h.Merge(theirs[i])
	}
	f.Offered += o.Offered
	f.Answered += o.Answered
	f.Shed += o.Shed
	f.Open += o.Open
	f.InTime += o.InTime
	for failure, n := range o.Failed {
		f.Failed[failure] += n
	}
	for server, n := range o.Servers {
		f.Servers[server] += n
	}
}

func (f *Figures) reset() {
	for _, h := range f.histograms() {
		h.Reset()
	}
	clear(f.Failed)
	clear(f.Servers)
	f.Offered, f.Answered, f.Shed, f.Open, f.InTime = 0, 0, 0, 0, 0
}

// Unanswered is how many requests found no answer.
func (f *Figures) Unanswered() uint64 { return f.Offered - f.Answered }

// Quantile is the nearest rank among all requests, in nanoseconds: +Inf where it falls on one that was not
// answered, NaN when there was none.
func (f *Figures) Quantile(h *Histogram, q float64) float64 { return h.Quantile(f.Offered, q) }

// Mean is that over all requests, +Inf when one was not answered.
func (f *Figures) Mean(h *Histogram) float64 {
	switch {
	case f.Offered == 0:
		return math.NaN()
	case h.Count() < f.Offered:
		return math.Inf(1)
	}
	return h.Mean()
}
