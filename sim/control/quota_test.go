package control_test

import (
	"fmt"
	"testing"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

// The quota that TestPrivateLinkQuotas does not reach: a service takes 500 resources over all its
// zones, each of which takes 100.
func TestResourcesOfAService(t *testing.T) {
	s := newScript(t)
	s.must(createService(offer("svc")))
	var last string
	for n := range 500 {
		zone := cloud.Zone(fmt.Sprintf("eu-central-1%c", 'a'+n/100))
		last = fmt.Sprintf("clb-r%d", n)
		s.must(attachResource(in(&cloud.LoadBalancer{Name: last, MasterZone: zone}, zone)))
	}
	zone := cloud.Zone("eu-central-1f")
	if got := code(t, s.try(attachResource(in(&cloud.LoadBalancer{Name: "clb-more", MasterZone: zone},
		zone)))); got != control.QuotaMisMatched {
		t.Errorf("resource 501, after %s: got %q, want %s", last, got, control.QuotaMisMatched)
	}
}
