package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"netlab/loadgen"
	"netlab/netlab/service"
	"netlab/scenarios/protocol"
)

// bulk compares the throughput of one and four TCP streams with iperf3's.
func bulk(ctx context.Context, b *bench) error {
	server, err := b.serve("serve", service.HTTPConfig{})
	if err != nil {
		return err
	}
	defer server.kill()
	for _, direction := range []loadgen.Direction{loadgen.Up, loadgen.Down} {
		for _, streams := range []int{1, 4} {
			var ours, theirs, ratios []float64
			for range b.rounds {
				mine, err := b.ourBulk(ctx, direction, streams)
				if err != nil {
					return err
				}
				ours = append(ours, mine)
				other, err := b.iperf(ctx, direction, streams)
				if errors.Is(err, errMissing) {
					continue
				}
				if err != nil {
					return err
				}
				theirs, ratios = append(theirs, other), append(ratios, mine/other)
			}
			fmt.Printf("\nbulk %s, %d streams, %d rounds of %s: ours %.2f Gbit/s, iperf3 %.2f, ratio %.2f\n", direction, streams, b.rounds, b.each,
				median(ours)/1e9, median(theirs)/1e9, median(ratios))
		}
	}
	return nil
}

func (b *bench) ourBulk(ctx context.Context, d loadgen.Direction, streams int) (float64, error) {
	m, err := b.runClient(ctx,
		clientJob{Plan: loadgen.Plan{Name: "bulk", Protocol: protocol.BulkTCP, Target: addrPort(9), Connections: streams,
			Direction: d, Timeout: 5 * time.Second, Duration: b.each}})
	if err != nil {
		return 0, err
	}
	var bytes uint64
	for _, s := range m.ours.Bulk {
		bytes += s.Bytes
	}
	return 8 * float64(bytes) / b.each.Seconds(), nil
}

// iperf runs iperf3's server for one client, and the client.
func (b *bench) iperf(ctx context.Context, d loadgen.Direction, streams int) (float64, error) {
	path := b.tools.path["iperf3"]
	if path == "" {
		return 0, errMissing
	}
	server, err := start(b.lab.server, 1, exec.CommandContext(ctx, path, "-s", "-1", "-p", "5201", "--forceflush"))
	if err != nil {
		return 0, err
	}
	defer server.kill()
	args := []string{"-c", serverAddr.String(), "-p", "5201", "-J", "-t", strconv.Itoa(int(b.each.Seconds())), "-P", strconv.Itoa(streams)}
	if d == loadgen.Down {
		args = append(args, "-R")
	}
	for {
		cmd := exec.CommandContext(ctx, path, args...)
		var out bytes.Buffer
		cmd.Stdout = &out
		p, err := start(b.lab.client, 0, cmd)
		if err != nil {
			return 0, err
		}
		failed := p.wait()
		var r struct {
			Error string `json:"error"`
			End   struct {
				Received struct {
					Bits float64 `json:"bits_per_second"`
				} `json:"sum_received"`
			} `json:"end"`
		}
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			return 0, fmt.Errorf("iperf3: %w", errors.Join(failed, err))
		}
		if failed == nil && r.Error == "" {
			return r.End.Received.Bits, nil
		}
		if ctx.Err() != nil || !bytes.Contains(out.Bytes(), []byte("refused")) {
			return 0, fmt.Errorf("iperf3: %s", r.Error)
		}
		// Its server does not listen yet, and has no way to say when it does.
	}
}
