package figures_test

import (
	"fmt"
	"log"

	"netlab/results"
	"netlab/results/figures"
)

func ExampleSummarize() {
	bundle, err := results.Open("../testdata/golden/cluster-failover")
	if err != nil {
		log.Fatal(err)
	}
	summary, err := figures.Summarize(bundle)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.Verdict, summary.Topology[0])
	blackout, err := summary.Value("fault.clb_b_down.blackout")
	fmt.Printf("%.1f s, %v\n", blackout, err)
	// Output:
	// pass ecs1 (b) → ep-vpc1 (b) → clb-frankfurt (b primary, a backup) → ecs2 (a), ecs3 (b)
	// 3.0 s, <nil>
}
