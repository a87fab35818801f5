package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/rakyll/hey/requester"

	"netlab/loadgen"
	"netlab/scenarios/protocol"
)

// heyBegan is the origin of hey's times, within what lies between the initialisation of two packages.
var heyBegan = loadgen.Now()

// heyResult is the part of hey's report that is used.
type heyResult struct {
	Lats, Offsets []float64 // seconds
	ResLats       []float64
	StatusCodes   []int
	ErrorDist     map[string]int
}

// heyOutput asks hey for these parts alone: of a run without an answer it can't print the averages, and
// then prints nothing.
const heyOutput = `{"Lats": {{jsonify .Lats}}, "Offsets": {{jsonify .Offsets}}, "ResLats": {{jsonify .ResLats}},
"StatusCodes": {{jsonify .StatusCodes}}, "ErrorDist": {{jsonify .ErrorDist}}}`

// runHey lets hey send for as long as the plan lasts.
func runHey(ctx context.Context, j job, rec *teller) (loadgen.Accounting, error) {
	p := j.Plan
	request, err := http.NewRequest(p.Method, address(p), nil)
	if err != nil {
		return loadgen.Accounting{}, fmt.Errorf("make request: %w", err)
	}
	request.Host = p.Host
	var report bytes.Buffer
	connections := max(1, p.Connections)
	work := &requester.Work{
		Request: request, N: math.MaxInt32, C: connections, QPS: j.Rate / float64(connections), H2: p.Protocol == protocol.HTTP2,
		Timeout: int(math.Ceil(p.Timeout.Seconds())), DisableKeepAlives: p.FreshConnections, DisableCompression: true,
		DisableRedirects: true, Output: heyOutput, Writer: &report,
	}
	work.Init()
	limited, cancel := ctx, context.CancelFunc(func() {})
	if p.Duration > 0 {
		limited, cancel = context.WithTimeout(ctx, time.Duration(p.Start-loadgen.Now())+p.Duration)
	}
	defer cancel()
	select {
	case <-time.After(time.Duration(p.Start - loadgen.Now())):
	case <-ctx.Done():
	}
	go func() {
		<-limited.Done()
		work.Stop()
	}()
	work.Run()
	var result heyResult
	if err := json.Unmarshal(report.Bytes(), &result); err != nil {
		return loadgen.Accounting{}, fmt.Errorf("read hey's report: %w", err)
	}
	return result.account(p, rec), nil
}

// account turns hey's report into samples. Of failures hey keeps the text only, so they all stand at
// the schedule's zero.
func (r *heyResult) account(p loadgen.Plan, rec *teller) loadgen.Accounting {
	acct := loadgen.Accounting{Failed: map[loadgen.Failure]uint64{}, Servers: []string{""}}
	fail := func(s loadgen.Sample) {
		acct.Failed[loadgen.Failure{Phase: s.Phase, Errno: s.Errno}]++
		rec.Record(&s)
	}
	nanos := func(seconds float64) int64 { return int64(seconds * 1e9) }
	for i, latency := range r.Lats {
		sent := heyBegan + nanos(r.Offsets[i])
		s := loadgen.Sample{Intended: sent, Sent: sent, Done: sent + nanos(latency), Status: uint16(r.StatusCodes[i])}
		s.FirstByte = s.Done - nanos(r.ResLats[i])
		if s.Status >= 400 {
			s.Phase, s.Errno = loadgen.PhaseBody, loadgen.ErrStatus
			fail(s)
			continue
		}
		acct.Answered++
		rec.Record(&s)
	}
	for text, n := range r.ErrorDist {
		s := loadgen.Sample{Intended: p.Start, Sent: p.Start, Done: p.Start}
		s.Phase, s.Errno = heyFailure(text)
		for range n {
			fail(s)
		}
	}
	acct.Offered = acct.Answered
	for _, n := range acct.Failed {
		acct.Offered += n
	}
	acct.Sent = acct.Offered
	return acct
}

// heyFailure makes what can be made of an error's text.
func heyFailure(text string) (loadgen.Phase, syscall.Errno) {
	phase := loadgen.PhaseFirstByte
	if strings.Contains(text, "dial ") {
		phase = loadgen.PhaseConnect
	}
	for part, errno := range map[string]syscall.Errno{
		"connection refused": syscall.ECONNREFUSED, "connection reset": syscall.ECONNRESET, "no route to host": syscall.EHOSTUNREACH,
		"network is unreachable": syscall.ENETUNREACH, "cannot assign requested address": syscall.EADDRNOTAVAIL,
		"EOF": loadgen.ErrClosed, "exceeded": loadgen.ErrTimeout, "timeout": loadgen.ErrTimeout,
	} {
		if strings.Contains(text, part) {
			return phase, errno
		}
	}
	return phase, loadgen.ErrProtocol
}
