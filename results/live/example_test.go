package live_test

import (
	"os"

	"netlab/results/live"
	"netlab/sim/event"
)

func ExampleLines() {
	view := live.NewLines(os.Stdout)
	defer view.Close()
	view.Event(event.Event{At: 1e9, What: event.BuildBegun{Scenario: "drill"}})
	view.Event(event.Event{At: 1.25e9, What: event.BuildDone{Namespaces: 10, Links: 11, TookMS: 41.3}})
	view.Event(event.Event{At: 3e9, What: event.Route{LoadBalancer: "clb", From: "eu-central-1b", To: "eu-central-1a", TookUS: 210}})
	// Output:
	//     0.000 s  building drill
	//     0.250 s  built in 41.3 ms: 10 namespaces, 11 links
	//     2.000 s  clb moved to eu-central-1a in 210 µs
}
