package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"netlab/loadgen"
	"netlab/netlab/service"
)

// throughput compares the CPU time of a request and the rate of one core.
func throughput(ctx context.Context, b *bench) error {
	server, err := b.serve("serve", service.HTTPConfig{ResponseSize: 128, Poll: serverPoll})
	if err != nil {
		return err
	}
	defer server.kill()
	for _, c := range []struct {
		title string
		load  load
		tools []string
	}{
		{"64 kept connections", load{connections: 64}, []string{"wrk", "epoll", "io_uring", "ab", "h2load", "hey", "vegeta"}},
		{"256 kept connections", load{connections: 256}, []string{"wrk", "epoll", "io_uring"}},
		{"1,000 kept connections", load{connections: 1000}, []string{"wrk", "epoll", "io_uring"}},
		{"one connection", load{connections: 1}, []string{"wrk", "epoll", "io_uring"}},
		{"one connection, ours polling", load{connections: 1, pace: loadgen.Precise}, []string{"wrk", "epoll", "io_uring"}},
		{"a new connection for each request, 64 at a time", load{connections: 64, fresh: true}, []string{"wrk", "epoll", "ab"}},
	} {
		if !strings.Contains(c.title, b.title) {
			continue
		}
		c.load.lasts = b.each
		if err := b.compare(ctx, c.title, c.load, c.tools); err != nil {
			return err
		}
	}
	return nil
}

// compare runs the tools in turn, round after round, and prints medians of their ratios to the first.
func (b *bench) compare(ctx context.Context, title string, l load, names []string) error {
	fmt.Printf("\n%s, closed loop, %d rounds of %s; ratios to %s in the same round\n", title, b.rounds, b.each, names[0])
	costs, rates := map[string][]float64{}, map[string][]float64{}
	relCost, relRate := map[string][]float64{}, map[string][]float64{}
	var rss int64
	mallocs := 0.0
	for round := range b.rounds {
		done := map[string]*measurement{}
		for i := range names {
			name := names[(i+round)%len(names)] // nobody is always first
			m, err := b.measure(ctx, name, l)
			if errors.Is(err, errMissing) {
				continue
			}
			if err != nil {
				return err
			}
			if b.verbose {
				fmt.Printf("    %-9s %9.0f/s %7.3f s/100k\n", name, m.rate(), m.cost())
			}
			done[name] = m
			costs[name], rates[name] = append(costs[name], m.cost()), append(rates[name], m.rate())
			if m.ours != nil {
				rss = max(rss, m.ours.PeakRSS)
				mallocs = max(mallocs, float64(m.ours.Mallocs)/m.requests)
			}
		}
		if first := done[names[0]]; first != nil {
			for name, m := range done {
				relCost[name] = append(relCost[name], m.cost()/first.cost())
				relRate[name] = append(relRate[name], m.rate()/first.rate())
			}
		}
	}
	fmt.Printf("  %-9s %12s %7s %12s %7s\n", "", "CPU s/100k", "ratio", "requests/s", "ratio")
	for _, name := range names {
		if len(costs[name]) > 0 {
			fmt.Printf("  %-9s %12.3f %7.2f %12.0f %7.2f\n", name, median(costs[name]), median(relCost[name]), median(rates[name]),
				median(relRate[name]))
		}
	}
	fmt.Printf("  ours: at most %.1f MB resident; %.4f allocations a request, those of the start included\n", float64(rss)/1e6, mallocs)
	return nil
}
