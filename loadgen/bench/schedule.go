package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"syscall"
	"time"

	"netlab/loadgen"
	"netlab/netlab/service"
	"netlab/scenarios/protocol"
)

// schedule looks at when requests really leave, by the kernel's stamps at the server.
func schedule(ctx context.Context, b *bench) error {
	fmt.Printf("\nSchedule over 64 connections, by the kernel's stamps at the server; µs; medians of %d runs of %s\n", b.rounds, b.each)
	fmt.Printf("  %-32s %9s %9s %9s %9s %9s %8s\n", "", "gap p50", "gap p99", "late p50", "late p99", "sent", "cores")
	for _, c := range []struct {
		tool string
		rate float64
		pace loadgen.Pace
		seed uint64
	}{
		{"epoll", 1000, loadgen.Cheap, 0}, {"epoll", 1000, loadgen.Balanced, 0}, {"epoll", 1000, loadgen.Precise, 0}, {"hey", 1000, 0, 0},
		{"vegeta", 1000, 0, 0},
		{"epoll", 10_000, loadgen.Cheap, 0}, {"epoll", 10_000, loadgen.Balanced, 0}, {"epoll", 10_000, loadgen.Precise, 0},
		{"io_uring", 10_000, loadgen.Precise, 0},
		{"hey", 10_000, 0, 0}, {"vegeta", 10_000, 0, 0},
		{"epoll", 50_000, loadgen.Precise, 0}, {"io_uring", 50_000, loadgen.Precise, 0},
		{"epoll", 1000, loadgen.Balanced, 7}, {"epoll", 10_000, loadgen.Precise, 7},
	} {
		if err := b.scheduleOf(ctx, c.tool, c.rate, c.pace, c.seed); err != nil && !errors.Is(err, errMissing) {
			return err
		}
	}
	return nil
}

func (b *bench) scheduleOf(ctx context.Context, tool string, rate float64, pace loadgen.Pace, seed uint64) error {
	var gap50, gap99, late50, late99, sent, cores, ks []float64
	for range b.rounds {
		m, stamps, err := b.stamped(ctx, tool, rate, pace, seed)
		if err != nil {
			return err
		}
		if len(stamps) < 100 {
			return fmt.Errorf("%s at %.0f/s: only %d stamps", tool, rate, len(stamps))
		}
		gaps := make([]float64, len(stamps)-1)
		for i := range gaps {
			gaps[i] = float64(stamps[i+1] - stamps[i])
		}
		if seed != 0 {
			ks = append(ks, kolmogorov(gaps, rate/1e9)*math.Sqrt(float64(len(gaps))))
			continue
		}
		wrong := make([]float64, len(gaps))
		for i, g := range gaps {
			wrong[i] = math.Abs(g - 1e9/rate)
		}
		gap50, gap99 = append(gap50, at(wrong, .5)), append(gap99, at(wrong, .99))
		sent = append(sent, float64(len(stamps))/(rate*b.each.Seconds()))
		cores = append(cores, m.cpu.Seconds()/b.each.Seconds())
		if m.ours != nil {
			late := make([]float64, len(stamps))
			for i, s := range stamps {
				late[i] = float64(s-m.ours.Start) - float64(i)*1e9/rate
			}
			late50, late99 = append(late50, at(late, .5)), append(late99, at(late, .99))
		}
	}
	name := fmt.Sprintf("%s %.0f/s", tool, rate)
	if tool == "epoll" || tool == "io_uring" {
		name += " " + [...]string{"balanced", "precise", "cheap"}[pace]
	}
	if seed != 0 {
		fmt.Printf("  %-32s gaps against the exponential distribution: D·√n %.2f, 1.63 rejects at 1 %%\n", name+" Poisson", median(ks))
		return nil
	}
	fmt.Printf("  %-32s %9.1f %9.1f %9.1f %9.1f %9.4f %8.2f\n", name, median(gap50), median(gap99), median(late50), median(late99),
		median(sent), median(cores))
	return nil
}

// stamped runs a tool against the stamping server and returns when its requests came.
func (b *bench) stamped(ctx context.Context, tool string, rate float64, pace loadgen.Pace, seed uint64) (*measurement, []int64, error) {
	server, err := b.serve("stamp", service.HTTPConfig{})
	if err != nil {
		return nil, nil, err
	}
	defer server.kill()
	var m *measurement
	if seed != 0 {
		m, err = b.runClient(ctx, clientJob{Engine: tool, Rate: rate, Seed: seed, Plan: loadgen.Plan{Name: tool, Protocol: protocol.HTTP,
			Target: addrPort(80), Connections: 64, Timeout: 10 * time.Second, Duration: b.each, Pace: pace}})
	} else {
		m, err = b.measure(ctx, tool, load{connections: 64, rate: rate, lasts: b.each, pace: pace})
	}
	if err != nil {
		return nil, nil, err
	}
	if err := server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return nil, nil, err
	}
	raw, err := io.ReadAll(server.out)
	if err != nil {
		return nil, nil, err
	}
	stamps := make([]int64, len(raw)/8)
	if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, stamps); err != nil {
		return nil, nil, err
	}
	slices.Sort(stamps) // sockets are read in no order
	return m, stamps, nil
}

// at is a nearest rank in microseconds, of nanoseconds.
func at(values []float64, q float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return v[min(len(v)-1, int(q*float64(len(v))))] / 1e3
}

// kolmogorov is the largest distance between what the gaps are and an exponential distribution.
func kolmogorov(gaps []float64, rate float64) float64 {
	v := slices.Sorted(slices.Values(gaps))
	var distance float64
	for i, g := range v {
		f := 1 - math.Exp(-rate*g)
		distance = max(distance, math.Abs(f-float64(i)/float64(len(v))), math.Abs(f-float64(i+1)/float64(len(v))))
	}
	return distance
}
