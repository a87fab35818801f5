package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"time"

	"netlab/loadgen"
	"netlab/loadgen/record"
	"netlab/netlab/service"
)

// A clientJob is one run of our own generator, as an argument.
type clientJob struct {
	Plan   loadgen.Plan
	Engine string
	Rate   float64 // 0: closed loop
	Seed   uint64  // not 0: random arrivals
}

// A clientResult is what the client says on standard output.
type clientResult struct {
	Start                                              int64
	Offered, Answered, Failed, Shed, Open, Connections uint64
	Bulk                                               []loadgen.BulkStream
	Response                                           quantiles
	Mallocs                                            uint64
	PeakRSS                                            int64 // bytes
}

// quantiles are in milliseconds.
type quantiles struct{ Mean, P50, P90, P99, P999, Max float64 }

func clientRole(argument string) error {
	var j clientJob
	if err := json.Unmarshal([]byte(argument), &j); err != nil {
		return fmt.Errorf("read job: %w", err)
	}
	engine := loadgen.NewEpoll()
	if j.Engine == "io_uring" {
		engine = loadgen.NewIOUring()
	}
	switch {
	case j.Seed != 0:
		j.Plan.Pacer = loadgen.Flat(j.Rate).Poisson(j.Seed)
	case j.Rate != 0:
		j.Plan.Pacer = loadgen.Constant(j.Rate)
	}
	j.Plan.NetNS = -1 // this process is inside
	j.Plan.Start = loadgen.Now() + int64(100*time.Millisecond)
	figures := record.NewFigures()
	meter := record.NewMeter(record.Phase{Name: "measured", Begin: j.Plan.Start})
	merged := make(chan struct{})
	go func() {
		defer close(merged)
		for i := range meter.Full() {
			figures.Merge(&i.Figures)
			meter.Reuse(i)
		}
	}()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	acct, err := engine.Run(context.Background(), j.Plan, meter)
	if err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	meter.Close()
	<-merged
	r := clientResult{
		Start: j.Plan.Start, Offered: acct.Offered, Answered: acct.Answered, Shed: acct.Shed, Open: acct.Open,
		Connections: acct.Connects, Bulk: acct.Bulk, Mallocs: after.Mallocs - before.Mallocs,
	}
	for _, n := range acct.Failed {
		r.Failed += n
	}
	if r.PeakRSS, err = peakRSS(); err != nil {
		return err
	}
	h := figures.Response
	at := func(q float64) float64 { return figures.Quantile(h, q) / 1e6 }
	if figures.Unanswered() == 0 && figures.Offered > 0 {
		r.Response = quantiles{h.Mean() / 1e6, at(.5), at(.9), at(.99), at(.999), at(1)}
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// peakRSS is the most memory that this process had. The kernel's figure for an ended child counts its
// parent's, too, from before exec.
func peakRSS() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscanf(rest, "%d kB", &kib); err != nil {
		return 0, fmt.Errorf("read VmHWM: %w", err)
	}
	return kib << 10, nil
}

// serveRole runs the built-in servers until it is killed. The argument is the HTTP server's behaviour.
func serveRole(argument string) error {
	var cfg service.HTTPConfig
	if err := json.Unmarshal([]byte(argument), &cfg); err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	cfg.Address = netip.AddrPortFrom(serverAddr, 80)
	cfg.Instance = "bench"
	if _, err := service.HTTP(-1, cfg); err != nil {
		return err
	}
	if _, err := service.Bulk(-1, service.EchoConfig{Address: netip.AddrPortFrom(serverAddr, 9)}); err != nil {
		return err
	}
	fmt.Println("ready")
	select {}
}
