package control_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

// The documented defaults of a TCP listener.
var tcpCheck = cloud.HealthCheck{
	Type: "tcp", Interval: 2 * time.Second, Timeout: 5 * time.Second, HealthyThreshold: 3, UnhealthyThreshold: 3,
}

func TestHealthWindowsOfTheDocuments(t *testing.T) {
	udp := tcpCheck
	udp.Timeout, udp.Interval = 10*time.Second, 5*time.Second
	for _, test := range []struct {
		name string
		got  control.Window
		want control.Window
	}{
		{"TCP refused", control.FailWindow(tcpCheck, 0), control.Window{Min: 4 * time.Second, Max: 6 * time.Second}},
		{"TCP hanging", control.FailWindow(tcpCheck, 5*time.Second), control.Window{Min: 19 * time.Second, Max: 21 * time.Second}},
		{"TCP return", control.ReturnWindow(tcpCheck, 0), control.Window{Min: 4 * time.Second, Max: 6 * time.Second}},
		{"UDP of the console, hanging", control.FailWindow(udp, 10*time.Second), control.Window{Min: 40 * time.Second, Max: 45 * time.Second}},
		{"TCP refused, ten times faster", control.FailWindow(control.Scale(10).HealthCheck(tcpCheck), 0),
			control.Window{Min: 400 * time.Millisecond, Max: 600 * time.Millisecond}},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v, want %v", test.name, test.got, test.want)
		}
	}
}

// probe lets the health check run until its status changes: result says what a probe sent at a time
// finds, and how long its answer takes.
func probe(h *control.Health, until cloud.HealthStatus, result func(sent time.Duration) (ok bool,
	takes time.Duration)) control.HealthChange {
	for {
		sent := h.NextProbe()
		ok, takes := result(sent)
		if change, changed := h.Observe(sent+takes, ok); changed && change.To == until {
			return change
		}
	}
}

var checks = rapid.Custom(func(t *rapid.T) cloud.HealthCheck {
	interval := rapid.IntRange(1, 50).Draw(t, "interval")
	return cloud.HealthCheck{
		Interval:           time.Duration(interval) * time.Second,
		Timeout:            time.Duration(rapid.IntRange(interval, 300).Draw(t, "timeout")) * time.Second,
		HealthyThreshold:   rapid.IntRange(2, 10).Draw(t, "healthy"),
		UnhealthyThreshold: rapid.IntRange(2, 10).Draw(t, "unhealthy"),
	}
})

// A backend that dies at any moment is found abnormal within FailWindow, and one that comes back is
// found normal within ReturnWindow (plus the probe that still hangs when it returns).
func TestHealthFindsADeathWithinItsWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		documented := checks.Draw(t, "check")
		check := control.Scale(rapid.SampledFrom([]float64{1, 10, 7.5}).Draw(t, "scale")).HealthCheck(documented)
		h := control.NewHealth(check, rapidDuration(t, "phase", time.Minute))
		hangs := rapid.Bool().Draw(t, "hangs")
		takes, answer := time.Duration(0), time.Duration(0)
		if hangs {
			takes, answer = h.Timeout(), check.Timeout
		}

		alive := func(time.Duration) (bool, time.Duration) { return true, 0 }
		up := probe(h, cloud.Normal, alive).At
		died := up + rapidDuration(t, "died", time.Hour)
		down := probe(h, cloud.Abnormal, func(sent time.Duration) (bool, time.Duration) {
			return sent < died, pick(sent < died, 0, takes)
		}).At
		within(t, "found abnormal", down-died, control.FailWindow(check, answer), 0)

		back := down + rapidDuration(t, "back", time.Hour)
		normal := probe(h, cloud.Normal, func(sent time.Duration) (bool, time.Duration) {
			return sent >= back, pick(sent >= back, 0, takes)
		}).At
		within(t, "found normal", normal-back, control.ReturnWindow(check, 0), takes)
	})
}

// Both ends of the window are reached: the interval is counted from the answer or the timeout, so
// what varies is only when, within an interval, the backend dies.
func TestHealthWindowIsTight(t *testing.T) {
	for _, hang := range []time.Duration{0, 5 * time.Second} {
		for _, test := range []struct {
			after time.Duration // from the last good probe to the death
			want  time.Duration
		}{
			{time.Nanosecond, control.FailWindow(tcpCheck, hang).Max - time.Nanosecond},
			{2 * time.Second, control.FailWindow(tcpCheck, hang).Min},
		} {
			h := control.NewHealth(tcpCheck, 0)
			up := probe(h, cloud.Normal, func(time.Duration) (bool, time.Duration) { return true, 0 }).At
			died := up + test.after
			down := probe(h, cloud.Abnormal, func(time.Duration) (bool, time.Duration) { return false, hang }).At
			if got := down - died; got != test.want {
				t.Errorf("died %v after a good probe, probes take %v: found after %v, want %v", test.after, hang, got, test.want)
			}
		}
	}
}

// The status changes only at the end of a run of equal results as long as the threshold.
func TestHealthNeverFlapsWithinAThreshold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		check := checks.Draw(t, "check")
		h := control.NewHealth(check, 0)
		run, last := 0, false
		for i, ok := range rapid.SliceOfN(rapid.Bool(), 1, 200).Draw(t, "results") {
			if i == 0 || ok != last {
				run = 0
			}
			last = ok
			run++
			threshold, to := check.UnhealthyThreshold, cloud.Abnormal
			if ok {
				threshold, to = check.HealthyThreshold, cloud.Normal
			}
			before := h.Status()
			change, changed := h.Observe(h.NextProbe(), ok)
			if want := run >= threshold && before != to; changed != want {
				t.Fatalf("result %d (%v, %d in a row, threshold %d, status %s): changed %v", i, ok, run, threshold, before, changed)
			}
			if changed && (change.From != before || change.To != to || h.Status() != to) {
				t.Fatalf("change %+v, status %s; want %s → %s", change, h.Status(), before, to)
			}
		}
	})
}

func TestHealthOfADrainedServerIsNormal(t *testing.T) {
	h := control.NewHealth(tcpCheck, 0)
	change, changed := h.SetWeight(0, 0)
	if !changed || change.To != cloud.Normal {
		t.Errorf("weight 0: %+v, changed %v; want normal", change, changed)
	}
	for range 5 {
		if change, changed := h.Observe(h.NextProbe(), false); changed {
			t.Errorf("a failing probe of a server of weight 0 says %+v", change)
		}
	}
	at := h.NextProbe()
	if change, changed = h.SetWeight(at, 100); !changed || change != (control.HealthChange{At: at, From: cloud.Normal, To: cloud.Abnormal}) {
		t.Errorf("weight back to 100: %+v, changed %v; want normal → abnormal: its probes fail", change, changed)
	}
	if change, changed = h.SetWeight(at, 50); changed {
		t.Errorf("weight 100 to 50: %+v, want no change", change)
	}
}

func TestHealthStartsUnavailable(t *testing.T) {
	h := control.NewHealth(tcpCheck, time.Second)
	if h.Status() != cloud.Unavailable || h.NextProbe() != time.Second {
		t.Errorf("new check: %s, first probe at %v", h.Status(), h.NextProbe())
	}
	up := probe(h, cloud.Normal, func(time.Duration) (bool, time.Duration) { return true, 0 })
	if want := (control.HealthChange{At: 5 * time.Second, From: cloud.Unavailable, To: cloud.Normal}); up != want {
		t.Errorf("three good probes: %+v, want %+v", up, want)
	}
}

func TestHealthTakesAShortTimeoutAsTheInterval(t *testing.T) {
	check := tcpCheck
	check.Timeout = time.Second
	if got := control.NewHealth(check, 0).Timeout(); got != check.Interval {
		t.Errorf("timeout 1 s, interval 2 s: timeout %v, want the interval", got)
	}
}

func within(t *rapid.T, what string, got time.Duration, w control.Window, extra time.Duration) {
	t.Helper()
	const rounding = 100 * time.Nanosecond // scaled times are cut to a nanosecond each
	if got < w.Min-rounding || got > w.Max+extra+rounding {
		t.Fatalf("%s after %v, want %v–%v", what, got, w.Min, w.Max+extra)
	}
}

func rapidDuration(t *rapid.T, label string, below time.Duration) time.Duration {
	return time.Duration(rapid.Int64Range(0, int64(below)).Draw(t, label))
}

func pick[T any](condition bool, yes, no T) T {
	if condition {
		return yes
	}
	return no
}
