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
			if err := b.truthOf(ctx, name, connections, print); err != nil && !errors.Is(err, errMissing) {
				return err
			}
		}
	}
	return nil
}

// truthOf prints medians of several runs of ours, and one of a peer, whose faults are far larger.
func (b *bench) truthOf(ctx context.Context, name string, connections int, print func(string, quantiles, string)) error {
	var runs []quantiles
	var rest string
	for len(runs) < b.rounds {
		m, err := b.measure(ctx, name, load{connections: connections, rate: 1000, lasts: 20 * time.Second, pace: loadgen.Precise})
		if err != nil {
			return err
		}
		runs = append(runs, m.latency)
		if m.ours == nil {
			rest = fmt.Sprintf("%.0f of 20000 requests", m.requests)
			break
		}
		a := m.ours
		rest = fmt.Sprintf("offered %d, answered %d, failed %d, shed %d, open %d; %d connections", a.Offered, a.Answered, a.Failed, a.Shed,
			a.Open, a.Connections)
	}
	if name == "wrk" {
		rest = "closed loop, it knows no rate"
	}
	middle := func(of func(quantiles) float64) float64 {
		var values []float64
		for _, q := range runs {
			values = append(values, of(q))
		}
		return median(values)
	}
	print(name, quantiles{
		Mean: middle(func(q quantiles) float64 { return q.Mean }), P50: middle(func(q quantiles) float64 { return q.P50 }),
		P90: middle(func(q quantiles) float64 { return q.P90 }), P99: middle(func(q quantiles) float64 { return q.P99 }),
		P999: middle(func(q quantiles) float64 { return q.P999 }), Max: middle(func(q quantiles) float64 { return q.Max }),
	}, rest)
	return nil
}
