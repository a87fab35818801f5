package analysis_test

import (
	"fmt"
	"math"
	"time"

	"netlab/analysis"
)

// A service was asked every 100 ms; three questions got no answer.
func ExampleOutages() {
	var probes []analysis.Probe
	for i := range int64(10) {
		probes = append(probes, analysis.Probe{Sent: i * 100e6, OK: i < 4 || i > 6})
	}
	o := analysis.Longest(analysis.Outages(probes))
	upper, _ := o.Upper()
	fmt.Println(o.Lost, "lost, out for", o.Lower(), "to", upper.Round(time.Millisecond))
	// Output: 3 lost, out for 200ms to 400ms
}

// The request that was never answered counts: no latency holds for 99 % of them.
func ExampleNearestRank() {
	latencies := []float64{1, 1, 2, 3, math.Inf(1)}
	fmt.Println(analysis.NearestRank(latencies, 0.5), analysis.NearestRank(latencies, 0.99))
	// Output: 2 +Inf
}

func ExampleRatio_Interval() {
	all := analysis.Ratio{Successes: 1000, Trials: 1000}
	fmt.Printf("%.0f %%, at 95 %% at least %.2f %%\n", 100*all.Value(), 100*all.Interval(0.95).Lo)
	// Output: 100 %, at 95 % at least 99.63 %
}

// Ten slow runs against ten fast ones, in milliseconds.
func ExampleMannWhitney() {
	before := []float64{12.1, 11.8, 12.4, 12.0, 11.9, 12.2, 12.3, 11.7, 12.5, 12.6}
	after := []float64{10.1, 9.8, 10.4, 10.0, 9.9, 10.2, 10.3, 9.7, 10.5, 10.6}
	c := analysis.MannWhitney(before, after, 0.95)
	fmt.Printf("p < 0.001: %t\n", c.P < 0.001)
	// Output: p < 0.001: true
}
