// Command bench measures netlab's load generator beside its peers: wrk, ab, h2load and iperf3 where Debian
// has them, hey and vegeta as Go modules. Client and server stand in two namespaces, each on a core of
// its own; rounds of all tools alternate, and the medians count, for neighbouring seconds
// differ by a third even on a quiet machine.
//
//	go run ./loadgen/bench [-only throughput,truth,schedule,bulk] [-rounds 5] [-for 2s]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// roles are what this program is when it starts itself.
var roles = map[string]func(argument string) error{
	"client": clientRole,
	"serve":  serveRole,
	"stamp":  stampRole,
}

// A bench is one run of the benchmarks.
type bench struct {
	lab     *lab
	tools   tools
	rounds  int
	each    time.Duration
	title   string // of the comparisons to run; "": all
	verbose bool
}

func run(ctx context.Context) error {
	if len(os.Args) == 3 {
		if role, ok := roles[os.Args[1]]; ok {
			return role(os.Args[2])
		}
	}
	sections := []struct {
		name string
		run  func(context.Context, *bench) error
	}{{"throughput", throughput}, {"truth", truth}, {"schedule", schedule}, {"bulk", bulk}}
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	b := &bench{}
	only := flag.String("only", strings.Join(names, ","), "sections to run")
	flag.IntVar(&b.rounds, "rounds", 5, "rounds of each comparison")
	flag.DurationVar(&b.each, "for", 2*time.Second, "length of one measurement")
	flag.StringVar(&b.title, "case", "", "only comparisons of throughput with this in their title")
	flag.BoolVar(&b.verbose, "v", false, "print every measurement")
	flag.Parse()
	var err error
	if b.lab, err = newLab(ctx); err != nil {
		return err
	}
	defer b.lab.close()
	if b.tools, err = findTools(ctx); err != nil {
		return err
	}
	defer b.tools.remove()
	for _, s := range sections {
		if !slices.Contains(strings.Split(*only, ","), s.name) {
			continue
		}
		if err := s.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
	}
	return nil
}

// median is the middle of values, NaN-free and in any order.
func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	if len(v) == 0 {
		return 0
	}
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
