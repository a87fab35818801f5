package results_test

import (
	"fmt"
	"log"
	"os"
	"time"

	"netlab/loadgen"
	"netlab/results"
	"netlab/sim/event"
)

// A run is read as it was recorded.
func ExampleOpen() {
	bundle, err := results.Open("testdata/golden/cluster-failover")
	if err != nil {
		log.Fatal(err)
	}
	samples, err := bundle.Samples("web")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bundle.Manifest.Scenario.Name, len(bundle.Events), "events,", len(samples.Rows), "requests")
	for _, e := range bundle.Events {
		if inject, ok := e.What.(event.Inject); ok {
			fmt.Println(inject.Fault, "at", bundle.Manifest.Clock.Time(e.At).Format(time.TimeOnly))
		}
	}
	// Output:
	// frankfurt 242 events, 2204 requests
	// clb_b_down at 10:06:39
}

// A run is recorded while it goes.
func ExampleFolder_Create() {
	root, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	folder, err := results.OpenFolder(root)
	if err != nil {
		log.Fatal(err)
	}
	defer folder.Close()
	w, err := folder.Create("drill", time.Now())
	if err != nil {
		log.Fatal(err)
	}
	w.Event(event.Event{At: 1, What: event.BuildBegun{Scenario: "drill"}})
	samples, err := w.Samples(results.Sender{Name: "web", Kind: results.Load})
	if err != nil {
		log.Fatal(err)
	}
	if err := samples.Write([]loadgen.Sample{{Intended: 1, Sent: 2, Done: 3, Server: 1}}); err != nil {
		log.Fatal(err)
	}
	if err := samples.Close(loadgen.Accounting{Offered: 1, Sent: 1, Answered: 1, Servers: []string{"", "ecs2"}}); err != nil {
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	bundle, err := results.Open(w.Dir())
	fmt.Println(bundle.Manifest.Complete, bundle.Manifest.Senders[0].Accounting.Servers, err)
	// Output: true [ecs2] <nil>
}
