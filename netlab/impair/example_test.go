package impair_test

import (
	"fmt"
	"time"

	"netlab/netlab/impair"
)

// A link that asks for nothing is a plain veth pair.
func ExampleNeeded() {
	fmt.Println(impair.Needed(impair.Spec{}), impair.Needed(impair.Symmetric(impair.Quality{Delay: time.Millisecond})))
	// Output: false true
}
