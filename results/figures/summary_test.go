package figures

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/loadgen"
	"netlab/results"
	"netlab/results/resultstest"
	"netlab/sim/event"
)

func TestGoldenJSON(t *testing.T) {
	got, err := summarize(t, resultstest.Frankfurt().Record(t)).JSON()
	if err != nil {
		t.Fatal(err)
	}
	resultstest.Golden(t, "summary.json", got)
}

func TestFaultFiguresHoldTheTruth(t *testing.T) {
	f := summarize(t, resultstest.Frankfurt().Record(t)).Faults["clb_b_down"]
	truth := Millis(3012)
	if !(f.BlackoutMin <= truth && truth <= f.Blackout) || f.Blackout-f.BlackoutMin > 2.01 {
		t.Errorf("blackout in [%v, %v], the truth is %v and the probes come every millisecond", f.BlackoutMin, f.Blackout, truth)
	}
	near := func(name string, got, want, within Millis) {
		t.Helper()
		if !(math.Abs(float64(got-want)) <= float64(within)) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	near("detected_after", f.DetectedAfter, 2998, 0)
	near("rerouted_after", f.ReroutedAfter, 3000, 0)
	near("first_success_after", f.FirstSuccessAfter, 3012, 1.01)
	near("failback_blackout", f.FailbackBlackout, 0, 0)
	near("documented blackout", f.Documented.Blackout, f.Blackout*10, 0.001)
	if f.FailedRequests != 3012 || !f.Recovered {
		t.Errorf("%d requests failed, recovered %v; want 3012 and true", f.FailedRequests, f.Recovered)
	}
	if f.ResetConnections != 8 || f.SurvivedConnections != 0 {
		t.Errorf("%d connections reset, %d survived; want the 8 that met a reset and none", f.ResetConnections, f.SurvivedConnections)
	}
}

// A request that was under way when the fault struck belongs to the fault even though it was due
// before: "before" has to be untouched by it.
func TestRequestsUnderWayBelongToTheFault(t *testing.T) {
	d := resultstest.Frankfurt()
	s := summarize(t, d.Record(t, func(r *resultstest.Recording) {
		for i := range r.Load {
			if due := r.Load[i].Intended; due < d.At(d.Cut) && due >= d.At(d.Cut-2*time.Millisecond) {
				r.Load[i].Phase, r.Load[i].Errno = loadgen.PhaseFirstByte, loadgen.ErrTimeout
				r.Load[i].Done = r.Load[i].Sent + int64(time.Second)
			}
		}
	}))
	web := s.Load["web"]
	if web.Before.SuccessRatio != 1 || web.Before.Requests != 5998 {
		t.Errorf("before: %v of %d requests, want 100 %% of 5998", web.Before.SuccessRatio, web.Before.Requests)
	}
	if total := web.Before.Requests + web.During.Requests + web.After.Requests; total != web.Requests {
		t.Errorf("the three windows hold %d requests, all of it %d", total, web.Requests)
	}
	if f := s.Faults["clb_b_down"]; f.FailedRequests != 3014 {
		t.Errorf("%d requests failed by the fault, want 3014 with the two under way", f.FailedRequests)
	}
}

// A connection that stands only by its second SYN does not show that the path worked when the
// probe was sent.
func TestSecondSYNIsNoAnswer(t *testing.T) {
	d := resultstest.Frankfurt()
	s := summarize(t, d.Record(t, func(r *resultstest.Recording) {
		for i := range r.Probes {
			if p := &r.Probes[i]; !p.OK() && p.Sent >= d.At(d.Back-time.Second) {
				p.Phase, p.Errno, p.Done = loadgen.PhaseNone, 0, p.Sent+int64(1010*time.Millisecond)
			}
		}
	}))
	if f := s.Faults["clb_b_down"]; f.BlackoutMin < 3000 {
		t.Errorf("blackout is at least %v, want 3.01 s: late answers were taken for a whole path", f.BlackoutMin)
	}
}

func TestInvalidRuns(t *testing.T) {
	d := resultstest.Frankfurt()
	for _, tt := range []struct {
		name   string
		change func(*resultstest.Recording)
		want   string
	}{
		{"fault never injected", func(r *resultstest.Recording) {
			r.Events = without[event.Inject](r.Events)
		}, "fault clb_b_down was never injected"},
		{"fault late", func(r *resultstest.Recording) {
			for i := range r.Events {
				if inject, ok := r.Events[i].What.(event.Inject); ok {
					inject.Intended -= int64(150 * time.Millisecond)
					r.Events[i].What = inject
				}
			}
		}, "fault clb_b_down struck 150 ms late, more than 100 ms"},
		{"generator late", func(r *resultstest.Recording) {
			for i := range r.Load {
				if i%50 == 0 {
					r.Load[i].Sent += int64(30 * time.Millisecond)
					r.Load[i].Done += int64(30 * time.Millisecond)
				}
			}
		}, "web was sent 30.0 ms late at p99 while a connection was free, more than 20.0 ms"},
		{"load not offered", func(r *resultstest.Recording) {
			for i := range r.Load {
				if i%20 == 0 && r.Load[i].OK() {
					r.Load[i] = loadgen.Sample{Intended: r.Load[i].Intended, Phase: loadgen.PhaseShed}
				}
			}
		}, "web: 95.0 % of the due requests were sent, less than 99 %"},
		{"stream stopped early", func(r *resultstest.Recording) {
			r.Probes = r.Probes[:20_000]
		}, "reach offered nothing in the last 2.0 s"},
		{"steal", func(r *resultstest.Recording) { r.Validity.Steal = .25 },
			"the hypervisor took 25.0 % of the CPU time, more than 10 %"},
		{"run failed", func(r *resultstest.Recording) {
			r.Events = append(r.Events, event.Event{At: d.At(20 * time.Second), What: event.Failure{Text: "create link: no"}})
		}, "the run failed: create link: no"},
		{"killed", func(r *resultstest.Recording) { r.Killed = true },
			"the bundle is not whole: the run did not come to its end"},
		{"killed as the measured part began", func(r *resultstest.Recording) {
			r.Killed = true
			for i := range r.Events {
				if phase, ok := r.Events[i].What.(event.Phase); ok && phase.Phase == event.Measure {
					r.Events[i].At = d.Zero
					r.Events = r.Events[:i+1]
					break
				}
			}
		}, "the bundle is not whole: the run did not come to its end"},
		{"interrupted", func(r *resultstest.Recording) {
			r.Events[len(r.Events)-1].At = d.At(15 * time.Second)
		}, "the run ended after 15.0 s of 20s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := summarize(t, d.Record(t, tt.change))
			if s.Verdict != Invalid {
				t.Errorf("verdict is %s, want invalid", s.Verdict)
			}
			if len(s.Reasons) == 0 || s.Reasons[0] != tt.want {
				t.Errorf("reasons are %q, want %q first", s.Reasons, tt.want)
			}
			if _, err := s.JSON(); err != nil {
				t.Error(err)
			}
		})
	}
}

// without leaves out the events of a kind.
func without[Kind event.Payload](events []event.Event) []event.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e event.Event) bool {
		_, is := e.What.(Kind)
		return is
	})
}

func TestUnmetExpectationFails(t *testing.T) {
	s := summarize(t, resultstest.Frankfurt().Record(t, func(r *resultstest.Recording) {
		r.Scenario = bytes.Replace(r.Scenario, []byte("blackout <= 3.5s"), []byte("blackout <= 2s"), 1)
	}))
	if s.Verdict != Fail {
		t.Errorf("verdict is %s, want fail", s.Verdict)
	}
	want := []string{"expected fault.clb_b_down.blackout <= 2s, measured 3.013s"}
	if diff := cmp.Diff(want, s.Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

func TestWrongProofFails(t *testing.T) {
	s := summarize(t, resultstest.Frankfurt().Record(t, func(r *resultstest.Recording) {
		check := r.Events[2].What.(event.Check)
		check.Got = event.Reached
		r.Events[2].What = check
	}))
	want := []string{"ecs1 → ep-vpc1:80 is reached, should be blocked: the connection is not accepted yet"}
	if diff := cmp.Diff(want, s.Reasons); s.Verdict != Fail || diff != "" {
		t.Errorf("verdict %s, reasons (-want +got):\n%s", s.Verdict, diff)
	}
}

// What was not measured is never taken for met.
func TestUnmeasuredExpectationFails(t *testing.T) {
	s := summarize(t, resultstest.Frankfurt().Record(t, func(r *resultstest.Recording) {
		r.Events = without[event.Node](r.Events)
		r.Scenario = bytes.Replace(r.Scenario, []byte("- fault.clb_b_down.recovered"), []byte("- not (fault.clb_b_down.detected_after > 1ms)"), 1)
	}))
	last := s.Expectations[len(s.Expectations)-1]
	if last.Pass || last.Actual != "not measured" {
		t.Errorf("%s: pass %v, actual %q; want no pass, not measured", last.Expr, last.Pass, last.Actual)
	}
}

func TestServiceThatNeverReturns(t *testing.T) {
	d := resultstest.Frankfurt()
	d.Back = time.Hour
	s := summarize(t, d.Record(t))
	f := s.Faults["clb_b_down"]
	if !math.IsInf(float64(f.Blackout), 1) || f.BlackoutMin < 13900 || f.Recovered {
		t.Errorf("blackout in [%v, %v], recovered %v; want at least 14 s, no end, false", f.BlackoutMin, f.Blackout, f.Recovered)
	}
	if !math.IsInf(float64(s.Load["web"].After.P50), 1) {
		t.Errorf("p50 after the fault is %v, want ∞: nothing was answered", s.Load["web"].After.P50)
	}
	if s.Verdict != Fail {
		t.Errorf("verdict is %s, want fail", s.Verdict)
	}
}

func summarize(t *testing.T, b *results.Bundle) *Summary {
	t.Helper()
	s, err := Summarize(b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Requests that could not be sent because every connection waited for an answer are the outage's
// result: they fail, and the generator is not to blame.
func TestRequestsThatWaitForAConnectionInvalidateNothing(t *testing.T) {
	d := resultstest.Frankfurt()
	var unsent int
	s := summarize(t, d.Record(t, func(r *resultstest.Recording) {
		from, until := d.At(15*time.Second), d.At(16*time.Second)
		taken := 0
		for i := range r.Load {
			sample := &r.Load[i]
			if sample.Intended < from || sample.Intended >= until {
				continue
			}
			if taken++; taken <= 64 { // as many as there are connections: they hang until the end
				sample.Sent, sample.Done, sample.FirstByte = sample.Intended, until, 0
				sample.Phase, sample.Errno = loadgen.PhaseFirstByte, loadgen.ErrTimeout
				continue
			}
			unsent++
			*sample = loadgen.Sample{Intended: sample.Intended, Done: sample.Intended + int64(time.Second),
				Phase: loadgen.PhaseWait, Errno: loadgen.ErrTimeout}
		}
	}))
	if unsent < 500 {
		t.Fatalf("only %d requests waited", unsent)
	}
	if !s.Validity.Valid {
		t.Errorf("the run is not valid: %v", s.Validity.Problems)
	}
	if s.Load["web"].After.Failed < uint64(unsent) {
		t.Errorf("%d requests failed, %d were never sent", s.Load["web"].After.Failed, unsent)
	}
}

// Requests of the warm-up that hang take connections of the measured part.
func TestConnectionsThatTheWarmUpTookAreNotFree(t *testing.T) {
	t.Run("until they fail", func(t *testing.T) {
		connectionsThatTheWarmUpTook(t, 900*time.Millisecond, loadgen.Sample{Phase: loadgen.PhaseFirstByte, Errno: loadgen.ErrTimeout})
	})
	t.Run("for good", func(t *testing.T) {
		connectionsThatTheWarmUpTook(t, 19*time.Second, loadgen.Sample{Phase: loadgen.PhaseOpen})
	})
}

// connectionsThatTheWarmUpTook has as many requests as there are connections hang from just before the measured part.
func connectionsThatTheWarmUpTook(t *testing.T, hang time.Duration, hanging loadgen.Sample) {
	d := resultstest.Frankfurt()
	s := summarize(t, d.Record(t, func(r *resultstest.Recording) {
		begin, until := d.At(0), d.At(hang)
		for i := range r.Load {
			if sample := &r.Load[i]; sample.Intended >= begin && sample.Intended < until {
				*sample = loadgen.Sample{Intended: sample.Intended, Done: sample.Intended + int64(time.Second),
					Phase: loadgen.PhaseWait, Errno: loadgen.ErrTimeout}
			}
		}
		for range 64 { // as many as there are connections
			hanging.Intended = begin - int64(50*time.Millisecond)
			hanging.Sent = hanging.Intended
			if hanging.Phase != loadgen.PhaseOpen {
				hanging.Done = until
			}
			r.Load = append(r.Load, hanging)
		}
	}))
	if !s.Validity.Valid {
		t.Errorf("the run is not valid: %v", s.Validity.Problems)
	}
}

// The next fault may strike less than a second after a heal: what failed before the heal says nothing of
// whether service came back.
func TestRecoveredWhenTheNextFaultIsNear(t *testing.T) {
	r := &Run{Span: Window{0, 10e9}, Before: Window{0, 1e9}, During: Window{1e9, 2e9}}
	s := &Sender{}
	for at := int64(0); at < 28e8; at += 1e7 {
		sample := loadgen.Sample{Intended: at, Sent: at, Done: at + 1e6, Status: 200}
		if at >= 1e9 && at < 21e8 {
			sample.Phase, sample.Errno = loadgen.PhaseConnect, loadgen.ErrTimeout
		}
		s.Samples = append(s.Samples, sample)
	}
	r.Senders = []*Sender{s}
	f := &Entry{Inject: &Injection{At: 1e9}, Heal: &Healing{At: 2e9}, Until: 28e8}
	if !r.recovered(f) {
		t.Error("service was back for 0.7 s, and the fault counts as not recovered")
	}
	for i := range s.Samples {
		if at := s.Samples[i].Intended; at >= 1e9 {
			s.Samples[i].Phase, s.Samples[i].Errno = loadgen.PhaseConnect, loadgen.ErrTimeout
		}
	}
	if r.recovered(f) {
		t.Error("no request succeeded since the fault, and it counts as recovered")
	}
}
