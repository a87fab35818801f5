package record_test

import (
	"fmt"

	"netlab/loadgen/record"
)

// A histogram keeps three digits of each value.
func ExampleHistogram() {
	h := record.NewHistogram()
	for ms := range int64(100) {
		h.Record((ms + 1) * 1e6)
	}
	fmt.Printf("%d values, the 90th is %.0f ms\n", h.Count(), h.Rank(90)/1e6)
	// Output: 100 values, the 90th is 90 ms
}
