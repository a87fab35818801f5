package loadtest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"netlab/results/figures"
	"netlab/scenarios/visible"
)

// Print writes the document for people.
func (d *Document) Print(w io.Writer) error {
	var b strings.Builder
	d.Load.print(&b)
	if d.Beside != nil {
		b.WriteString("\n")
		d.Beside.print(&b)
	}
	if _, err := io.WriteString(visible.Writer(w), b.String()); err != nil {
		return fmt.Errorf("print result: %w", err)
	}
	return nil
}

func (r *Result) print(b *strings.Builder) {
	fmt.Fprintf(b, "%s, engine %s\n\n", r.Target, r.Engine)
	if r.Bulk != nil {
		r.printBulk(b)
	} else {
		fmt.Fprintf(b, "  requests    %d, %s answered, %.1f/s, %s of those due were sent\n", r.Requests, r.SuccessRatio, r.Rate, r.Achieved)
		fmt.Fprintf(b, "  connections %d opened\n\n", r.Connects)
		r.printLatencies(b)
	}
	r.printRest(b)
}

func (r *Result) printLatencies(b *strings.Builder) {
	row := func(name string, l Latencies) {
		fmt.Fprintf(b, "  %-22s", name)
		for _, v := range []figures.Millis{l.Mean, l.P50, l.P90, l.P99, l.P999, l.P9999, l.Max} {
			fmt.Fprintf(b, " %9s", v)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "  %-22s %9s %9s %9s %9s %9s %9s %9s\n", "", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max")
	row("response, from due", Latencies{r.Mean, r.P50, r.P90, r.P99, r.P999, r.P9999, r.Max})
	row("service, from send", r.Service)
	row("sent late by", r.Lag)
	if r.Kernel != nil {
		row("kernel to kernel", *r.Kernel)
		row("client's own share", *r.Client)
	}
}

// printBulk tells of bytes instead of requests, which are tenths of a second there.
func (r *Result) printBulk(b *strings.Builder) {
	fmt.Fprintf(b, "  %.3f Gbit/s; bytes moved in %s of the intervals of 100 ms\n\n", r.Bulk.BitsPerSecond/1e9, r.SuccessRatio)
	for i, s := range r.Bulk.Streams {
		fmt.Fprintf(b, "  stream %d    %.3f GB, %s, MSS %d, %d segments sent again\n", i+1, float64(s.Bytes)/1e9, s.Congestion, s.MSS,
			s.Retransmits)
	}
}

func (r *Result) printRest(b *strings.Builder) {
	if len(r.ErrorsByPhase) > 0 || r.Errors[shed] > 0 {
		b.WriteString("\n  failed ")
		for _, name := range slices.Sorted(maps.Keys(r.ErrorsByPhase)) {
			fmt.Fprintf(b, "  %s %d", name, r.ErrorsByPhase[name])
		}
		if n := r.Errors[shed]; n > 0 {
			fmt.Fprintf(b, "  shed %d", n)
		}
		b.WriteString("\n")
	}
	if len(r.Share) > 0 {
		b.WriteString("\n  answered by")
		for _, name := range slices.Sorted(maps.Keys(r.Share)) {
			fmt.Fprintf(b, "  %s %s", name, r.Share[name])
		}
		b.WriteString("\n")
	}
	if d := r.Datagrams; d != nil {
		fmt.Fprintf(b, "\n  datagrams   %d lost (%d of them late), %d duplicated, %d reordered, %d corrupt\n", d.Lost, d.Late, d.Duplicated,
			d.Reordered, d.Corrupt)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(b, "\n  INVALID     %s\n", p)
	}
}
