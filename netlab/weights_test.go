package netlab_test

import (
	"math"
	"net/netip"
	"testing"

	"golang.org/x/sync/errgroup"

	"netlab/netlab"
	"netlab/netlab/kernel/kerneltest"
)

// Ten thousand fresh connections, through the endpoint and all: equal weights give each server
// half, 100 and 50 give two to one. A larger load balancer than Frankfurt's takes them without its
// limits in the way.
func TestWeightsShareTenThousandConnections(t *testing.T) {
	const connections, workers = 10_000, 8
	lab, c, _ := build(t, "frankfurt.yaml", edit("slb.s1.small", "slb.s3.large"))
	connect(t, lab, c)
	ep, ctx := c.Endpoints[0], kerneltest.Context(t)
	at := netip.AddrPortFrom(ep.Zones[0].IP, 80)
	for _, tt := range []struct {
		weight int     // of ecs3; ecs2 has 100
		want   float64 // ecs3's share
	}{
		{100, 1. / 2},
		{50, 1. / 3},
	} {
		_, err := lab.SetWeight(netlab.Server{LoadBalancer: "clb-frankfurt", Instance: "ecs3"}, tt.weight)
		must(t, err)
		var group errgroup.Group
		answers := make([]map[string]int, workers)
		for i := range workers {
			answers[i] = map[string]int{}
			group.Go(func() error {
				for range connections / workers {
					name, err := lab.Get(ctx, "ecs1", ep.Domain, at)
					if err != nil {
						return err
					}
					answers[i][name]++
				}
				return nil
			})
		}
		must(t, group.Wait())
		ecs2, ecs3 := 0, 0
		for _, a := range answers {
			ecs2 += a["ecs2"]
			ecs3 += a["ecs3"]
		}
		if share := float64(ecs3) / connections; ecs2+ecs3 != connections || math.Abs(share-tt.want) > 0.01 {
			t.Errorf("weights 100 and %d gave ecs2 %d and ecs3 %d of %d connections", tt.weight, ecs2, ecs3, connections)
		}
	}
}
