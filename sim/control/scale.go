package control

import (
	"fmt"
	"reflect"
	"time"

	"netlab/sim/cloud"
)

// A Scale is a scenario's time_scale: how many times faster than documented the control plane
// runs. It is the one place in which times of the control plane are divided. (Not divided are the
// times of silent UDP flows, of security groups' sessions and of names: the kernel keeps them.)
type Scale float64

// Duration is a documented time at the scenario's speed. A time above 0 stays above it, at 1 ms or
// more, for 0 often means that something is off.
func (s Scale) Duration(d time.Duration) time.Duration {
	if !(s > 0) {
		panic(fmt.Sprintf("control: time scale %v is not positive", float64(s)))
	}
	if d <= 0 {
		return d
	}
	return max(time.Duration(float64(d)/float64(s)), min(d, time.Millisecond))
}

// Profile is the provider's, at the scenario's speed.
func (s Scale) Profile(p cloud.Profile) cloud.Profile {
	s.all(reflect.ValueOf(&p).Elem())
	return p
}

// HealthCheck is a health check at the scenario's speed.
func (s Scale) HealthCheck(h cloud.HealthCheck) cloud.HealthCheck {
	s.all(reflect.ValueOf(&h).Elem())
	return h
}

// Listener is a listener with all its times at the scenario's speed.
func (s Scale) Listener(l cloud.Listener) cloud.Listener {
	s.all(reflect.ValueOf(&l).Elem())
	return l
}

// all divides every time in a struct, and in the structs in it; what it points to stays.
func (s Scale) all(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); {
		case f.Type() == reflect.TypeFor[time.Duration]():
			f.SetInt(int64(s.Duration(time.Duration(f.Int()))))
		case f.Kind() == reflect.Struct && f.Type().PkgPath() == v.Type().PkgPath():
			s.all(f)
		}
	}
}
