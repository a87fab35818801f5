package loadtest

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"netlab/loadgen"
	"netlab/loadgen/record"
	"netlab/results"
	"netlab/results/figures"
	"netlab/scenarios/protocol"
)

// minAchieved is the part of the requests due that must have been sent; with less the load asked for was
// never offered, and the figures are those of another load.
const minAchieved = 0.99

// A Result is what a run measured, in the words of a lab run's summary.
type Result struct {
	Target string `json:"target"`
	Engine string `json:"engine"`
	figures.Answers
	Service Latencies  `json:"service"`          // from the actual send
	Lag     Latencies  `json:"lag"`              // from the intended to the actual send
	Kernel  *Latencies `json:"kernel,omitempty"` // between the kernel's stamps
	Client  *Latencies `json:"client,omitempty"` // what the client itself adds to that
	// ErrorsByPhase says where requests failed: "connect.refused", "first_byte.timeout".
	ErrorsByPhase map[string]uint64        `json:"errors_by_phase"`
	Share         map[string]figures.Share `json:"share,omitempty"`
	Connects      uint64                   `json:"connections_opened"`
	Nice          int                      `json:"nice"`
	Datagrams     *loadgen.Datagrams       `json:"datagrams,omitempty"`
	Bulk          *Bulk                    `json:"bulk,omitempty"`
	Valid         bool                     `json:"valid"`
	Problems      []string                 `json:"problems,omitempty"`
}

// Latencies are percentiles of one kind of time.
type Latencies struct {
	Mean  figures.Millis `json:"mean_ms"`
	P50   figures.Millis `json:"p50_ms"`
	P90   figures.Millis `json:"p90_ms"`
	P99   figures.Millis `json:"p99_ms"`
	P999  figures.Millis `json:"p999_ms"`
	P9999 figures.Millis `json:"p9999_ms"`
	Max   figures.Millis `json:"max_ms"`
}

// Bulk is how much a bulk transfer moved.
type Bulk struct {
	BitsPerSecond float64              `json:"bits_per_second"`
	Streams       []loadgen.BulkStream `json:"streams"`
}

func (t *tally) result(o Options, engine string, lasted time.Duration) *Result {
	f := &t.total
	r := &Result{Target: o.Target, Engine: engine, ErrorsByPhase: map[string]uint64{}, Valid: true}
	failed := f.Offered - f.Answered - f.Open
	sent := f.Lag.Count()
	r.Answers = figures.Answers{
		Requests: f.Offered, Answered: f.Answered, Failed: failed, Open: f.Open,
		SuccessRatio: share(f.Answered, f.Answered+failed), Achieved: share(sent, f.Offered),
		// Those that came in time: a server that falls behind answers on after the end.
		Rate:   math.Round(float64(f.InTime)/lasted.Seconds()*1000) / 1000,
		Errors: map[string]uint64{},
	}
	r.Mean = latencies(f.Response, f.Offered).Mean
	for _, p := range r.Percentiles() {
		*p.Value = quantile(f.Response, f.Offered, p.Quantile)
	}
	r.Service, r.Lag = latencies(f.Service, sent), latencies(f.Lag, sent)
	if f.Kernel.Count() > 0 {
		kernel, client := latencies(f.Kernel, f.Kernel.Count()), latencies(f.Client, f.Client.Count())
		r.Kernel, r.Client = &kernel, &client
	}
	for failure, n := range f.Failed {
		r.Errors[results.Class(failure)] += n
		r.ErrorsByPhase[phase(failure.Phase)+"."+results.Class(failure)] += n
	}
	if f.Shed > 0 {
		r.Errors[shed] = f.Shed
	}
	r.shares(t.servers)
	r.account(t, o, lasted)
	r.judge(o)
	return r
}

// account adds what the engines' own books say.
func (r *Result) account(t *tally, o Options, lasted time.Duration) {
	var datagrams loadgen.Datagrams
	var bulk Bulk
	for _, a := range t.acct {
		r.Connects += a.Connects
		r.Nice = a.Nice
		datagrams.Lost += a.Datagrams.Lost
		datagrams.Late += a.Datagrams.Late
		datagrams.Duplicated += a.Datagrams.Duplicated
		datagrams.Reordered += a.Datagrams.Reordered
		datagrams.Corrupt += a.Datagrams.Corrupt
		bulk.Streams = append(bulk.Streams, a.Bulk...)
	}
	if strings.HasPrefix(o.Target, string(protocol.UDPEcho)+":") {
		r.Datagrams = &datagrams
	}
	if len(bulk.Streams) > 0 {
		var bytes uint64
		for _, s := range bulk.Streams {
			bytes += s.Bytes
		}
		bulk.BitsPerSecond = math.Round(8 * float64(bytes) / (lasted + o.WarmUp).Seconds())
		r.Bulk = &bulk
	}
}

func (r *Result) shares(servers map[string]uint64) {
	var named uint64
	for _, n := range servers {
		named += n
	}
	for name, n := range servers {
		if r.Share == nil {
			r.Share = map[string]figures.Share{}
		}
		r.Share[name] = share(n, named)
	}
}

// judge says whether the figures are those of the load that was asked for.
func (r *Result) judge(o Options) {
	if r.Requests == 0 {
		r.problem("no request came due")
		return
	}
	if open := o.Rate > 0 || o.Curve != nil || o.Replay != nil; open && float64(r.Achieved) < minAchieved {
		r.problem("only %s of the requests due could be sent: the figures are not those of the load asked for", r.Achieved)
	}
}

func (r *Result) problem(format string, args ...any) {
	r.Valid = false
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// latencies describe a histogram of so many requests; those that it lacks were not answered.
func latencies(h *record.Histogram, of uint64) Latencies {
	l := Latencies{Mean: figures.Millis(math.NaN())}
	switch {
	case of > 0 && h.Count() < of:
		l.Mean = figures.Millis(math.Inf(1))
	case of > 0:
		l.Mean = figures.Millis(h.Mean() / 1e6)
	}
	for _, p := range []struct {
		value *figures.Millis
		q     float64
	}{{&l.P50, .5}, {&l.P90, .9}, {&l.P99, .99}, {&l.P999, .999}, {&l.P9999, .9999}, {&l.Max, 1}} {
		*p.value = quantile(h, of, p.q)
	}
	return l
}

func quantile(h *record.Histogram, of uint64, q float64) figures.Millis {
	return figures.Millis(h.Quantile(of, q) / 1e6)
}

func share(part, whole uint64) figures.Share {
	if whole == 0 {
		return figures.Share(math.NaN())
	}
	return figures.Share(float64(part) / float64(whole))
}

// shed is the class of what was not sent at all.
var shed = results.Class(loadgen.Failure{Phase: loadgen.PhaseShed})

func phase(p loadgen.Phase) string {
	return map[loadgen.Phase]string{
		loadgen.PhaseConnect: "connect", loadgen.PhaseFirstByte: "first_byte", loadgen.PhaseBody: "body", loadgen.PhaseWait: "wait",
	}[p]
}

// A Document is what netlab load prints: a result, and that of another engine beside it where it was
// asked for.
type Document struct {
	Load   *Result `json:"load"`
	Beside *Result `json:"beside,omitempty"`
}

// JSON is the document as such.
func (d *Document) JSON() ([]byte, error) {
	document, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return append(document, '\n'), nil
}
