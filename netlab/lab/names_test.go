package lab_test

import (
	"net/netip"
	"slices"
	"testing"

	"netlab/netlab/kernel/kerneltest"
)

// An endpoint's names are there with its ENIs, before anybody has accepted its connection.
func TestEndpointHasItsNamesBeforeItIsConnected(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml")
	create(t, lab, "clb-frankfurt", "svc-web", "ep-vpc1")
	ep := c.Endpoints[0]
	for _, name := range []string{ep.Domain, ep.Zones[0].Domain} {
		for _, instance := range []string{"ecs1", "ecs2"} { // in either VPC: the names are public
			addrs, err := lab.Resolve(kerneltest.Context(t), instance, name)
			if want := []netip.Addr{ep.Zones[0].IP}; err != nil || !slices.Equal(addrs, want) {
				t.Errorf("%s resolves %s to %v, %v; want %v", instance, name, addrs, err, want)
			}
		}
	}
}
