package metric_test

import (
	"fmt"

	"netlab/scenarios/metric"
)

func ExampleSplit() {
	figure, known := metric.Split("load.web.before.errors.refused").Figure()
	fmt.Println(known, figure.Unit, figure.Help)
	// Output: true a plain number requests that failed, by the error
}
