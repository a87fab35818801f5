package control_test

import (
	"testing"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

// Whatever time a listener has is divided, that of its health check too; what is 0 stays so.
func TestScaleOfAListener(t *testing.T) {
	l := control.Scale(10).Listener(cloud.Listener{
		HealthCheck:            cloud.HealthCheck{Interval: 2 * time.Second, Timeout: 5 * time.Second, HealthyThreshold: 3},
		EstablishedTimeout:     900 * time.Second,
		ConnectionDrainTimeout: 20 * time.Second,
		Bandwidth:              1_000_000,
	})
	want := cloud.Listener{
		HealthCheck:            cloud.HealthCheck{Interval: 200 * time.Millisecond, Timeout: 500 * time.Millisecond, HealthyThreshold: 3},
		EstablishedTimeout:     90 * time.Second,
		ConnectionDrainTimeout: 2 * time.Second,
		Bandwidth:              1_000_000,
	}
	if l.HealthCheck.Interval != want.HealthCheck.Interval || l.HealthCheck.Timeout != want.HealthCheck.Timeout ||
		l.HealthCheck.HealthyThreshold != 3 || l.EstablishedTimeout != want.EstablishedTimeout ||
		l.ConnectionDrainTimeout != want.ConnectionDrainTimeout || l.PersistenceTimeout != 0 || l.Bandwidth != want.Bandwidth {
		t.Errorf("got %+v, want %+v", l, want)
	}
	if got := control.Scale(1e6).Duration(time.Second); got != time.Millisecond {
		t.Errorf("a second, a million times faster, is %s: it must not become 0, which means off", got)
	}
}
