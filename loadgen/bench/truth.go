package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"netlab/loadgen"
	"netlab/netlab/service"
)

// truth has a server stop for one second in every five under 1,000 requests a second. What a client must
// see follows from the schedule alone: a request due u seconds into a stall waits 1-u.
func truth(ctx context.Context, b *bench) error {
	server, err := b.serve("serve", service.HTTPConfig{ResponseSize: 128, Poll: serverPoll, Behaviour: service.Behaviour{
		Stall: service.Stall{Every: 5 * time.Second, For: time.Second}}})
	if err != nil {
		return err
	}
	defer server.kill()
	for _, connections := range []int{10, 64} {
		fmt.Printf("\nThe server stops for 1 s in every 5 s; 1,000 requests/s for 20 s over %d connections; milliseconds\n", connections)
		print := func(name string, q quantiles, rest string) {
			fmt.Printf("  %-9s %8.1f %8.2f %8.1f %8.1f %8.1f %8.1f  %s\n", name, q.Mean, q.P50, q.P90, q.P99, q.P999, q.Max, rest)
		}
		fmt.Printf("  %-9s %8s %8s %8s %8s %8s %8s\n", "", "mean", "p50", "p90", "p99", "p99.9", "max")
		print("schedule", quantiles{100, 0, 500, 950, 995, 1000}, "")
		for _, name := range []string{"epoll", "io_uring", "vegeta", "hey", "wrk"} {
			m, err := b.measure(ctx, name, load{connections: connections, rate: 1000, lasts: 20 * time.Second, pace: loadgen.Precise})
			if errors.Is(err, errMissing) {
				continue
			}
			if err != nil {
				return err
			}
			rest := fmt.Sprintf("%.0f of 20000 requests", m.requests)
			if name == "wrk" {
				rest = "closed loop, it knows no rate"
			}
			if m.ours != nil {
				a := m.ours
				rest = fmt.Sprintf("offered %d, answered %d, failed %d, shed %d, open %d; %d connections", a.Offered, a.Answered, a.Failed, a.Shed, a.Open, a.Connections)
			}
			print(name, m.latency, rest)
		}
	}
	return nil
}
