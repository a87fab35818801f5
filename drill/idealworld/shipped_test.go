package idealworld_test

import (
	"path/filepath"
	"testing"
	"time"

	"netlab/drill/idealworld/idealtest"
	"netlab/sim/event"
)

// Every shipped scenario's procedure and timeline, without a kernel: each proof comes out as it
// should, and each fault is injected and healed at its very instant.
func TestShippedScenariosInVirtualTime(t *testing.T) {
	files, err := filepath.Glob("../../scenarios/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		if name == "frankfurt-as-published.yaml" {
			continue // is not valid, and shows that
		}
		t.Run(name, func(t *testing.T) {
			faults := 0
			for _, e := range idealtest.Run(t, file, nil) {
				switch what := e.What.(type) {
				case event.Check:
					if what.Got != what.Want {
						t.Errorf("%s → %s is %s, should be %s: %s", what.From, what.To, what.Got, what.Want, what.Why)
					}
				case event.Inject:
					faults++
					if e.At != what.Intended {
						t.Errorf("%s was injected %s late", what.Fault, time.Duration(e.At-what.Intended))
					}
				case event.Failure:
					t.Error(what.Text)
				}
			}
			if faults == 0 && name != "schedulers.yaml" && name != "limits.yaml" {
				t.Error("no fault was injected")
			}
		})
	}
}
