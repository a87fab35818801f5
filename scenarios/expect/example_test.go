package expect_test

import (
	"fmt"

	"netlab/scenarios/expect"
)

func ExampleExpression_Eval() {
	e, err := expect.Parse("load.web.success_ratio >= 80% and fault.down.blackout <= 3.5s")
	if err != nil {
		fmt.Println(err)
		return
	}
	measured := map[string]float64{"load.web.success_ratio": 0.85, "fault.down.blackout": 4.1}
	out, err := e.Eval(func(name string) (float64, error) { return measured[name], nil })
	fmt.Println(out.Pass, err, e.Names())
	// Output: false <nil> [load.web.success_ratio fault.down.blackout]
}

func ExampleParse() {
	_, err := expect.Parse("load.web.p99 <= 3.5 seconds")
	fmt.Println(err)
	// Output: column 21: unexpected "seconds"
}
