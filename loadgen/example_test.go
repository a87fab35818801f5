package loadgen_test

import (
	"fmt"
	"time"

	"netlab/loadgen"
)

// A ramp from 100 to 300 requests a second within a second has 200 of them in it.
func ExampleCurve() {
	ramp := loadgen.Flat(100).Ramp(0, time.Second, 300)
	pacer := ramp.Even()
	n := uint64(0)
	for due, stop := pacer.Next(n); !stop && due < time.Second; due, stop = pacer.Next(n) {
		n++
	}
	fmt.Println(n, "requests,", ramp.Rate(500*time.Millisecond), "a second half-way")
	// Output: 200 requests, 200 a second half-way
}

// The same seed gives the same instants.
func ExampleCurve_Poisson() {
	a, b := loadgen.Flat(1000).Poisson(7), loadgen.Flat(1000).Poisson(7)
	for n := range uint64(1000) {
		first, _ := a.Next(n)
		second, _ := b.Next(n)
		if first != second {
			fmt.Println("request", n, "differs")
		}
	}
	fmt.Println("alike")
	// Output: alike
}

func ExamplePlan_Check() {
	p := loadgen.Plan{Name: "web", Timeout: time.Second}
	fmt.Println(p.Check())
	// Output: load web: no target
}
