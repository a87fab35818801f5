package lab_test

import (
	"os"
	"testing"

	"netlab/netlab/lab"
	"netlab/sim"
	"netlab/sim/event"
	"netlab/sim/topology"
)

// BenchmarkFrankfurt builds and removes the Frankfurt lab; goals: ≤ 60 ms and ≤ 200 ms.
func BenchmarkFrankfurt(b *testing.B) {
	src, err := os.ReadFile("../scenarios/frankfurt.yaml")
	if err != nil {
		b.Fatal(err)
	}
	s, c, diagnostics := sim.Load("frankfurt.yaml", src)
	if errs := diagnostics.Errors(); len(errs) > 0 {
		b.Fatal(errs)
	}
	var build, teardown float64
	for b.Loop() {
		sink := func(e event.Event) {
			switch e := e.What.(type) {
			case event.BuildDone:
				build += e.TookMS
			case event.BuildRemoved:
				teardown += e.TookMS
			}
		}
		lab, _, err := lab.Build(b.Context(), s, c, topology.Compile(c, s.Links), sink)
		if err != nil {
			b.Fatal(err)
		}
		if err := lab.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(build/float64(b.N), "build-ms")
	b.ReportMetric(teardown/float64(b.N), "teardown-ms")
}
