package compare_test

import (
	"fmt"
	"log"
	"math"
	"time"

	"netlab/results"
	"netlab/results/compare"
	"netlab/results/figures"
)

// One run of each side shows nothing, however far apart they are.
func ExampleRuns() {
	bundle, err := results.Open("../testdata/golden/cluster-failover")
	if err != nil {
		log.Fatal(err)
	}
	run, err := figures.Summarize(bundle)
	if err != nil {
		log.Fatal(err)
	}
	slower := *run
	slower.Dir, slower.Started = "made up", run.Started.Add(time.Minute) // a run is not compared with itself
	web := *run.Load["web"]
	before := *web.Before
	before.P50 *= 2
	web.Before = &before
	slower.Load = map[string]*figures.Traffic{"web": &web}
	comparison, err := compare.Runs([]*figures.Summary{run}, []*figures.Summary{&slower}, compare.DefaultBounds)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(comparison.Verdict, comparison.Figures[0].Name, math.Round(float64(comparison.Figures[0].Change)))
	// Output: inconclusive load.web.before.p50 1
}
