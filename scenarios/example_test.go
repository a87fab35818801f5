package scenarios_test

import (
	"fmt"

	"netlab/scenarios"
)

const tiny = `netlab: 1
name: tiny
cloud:
  region: eu-central-1
  vpcs:
    - {name: vpc1, cidr_block: 10.0.0.0/16, vswitches: [{name: w, zone: eu-central-1b, cidr_block: 10.0.0.0/24}]}
  instances: [{name: client, vswitch: w}, {name: web, vswitch: w, run: [web]}]
services:
  web: {http: {}}
load:
  - {name: home, from: client, target: http://web/, rate: 100/s}
run: {duration: "${LONG:-5s}"}
`

// What was left out has its default.
func ExampleDecode() {
	s, found := scenarios.Decode("tiny.yaml", []byte(tiny))
	fmt.Println(len(found), "diagnostics")
	fmt.Println(s.Load[0].Arrivals, s.Load[0].Rate, s.Load[0].Target.Port, s.Run.Duration)
	// Output:
	// 0 diagnostics
	// poisson 100 80 5s
}

// Values are replaced for one run, and variables put in.
func ExampleDecodeWith() {
	environment := func(name string) (string, bool) { return "30s", name == "LONG" }
	s, _ := scenarios.DecodeWith("tiny.yaml", []byte(tiny), []string{"load[0].rate=2000/s"}, environment)
	fmt.Println(s.Load[0].Rate, s.Run.Duration)
	// Output: 2000 30s
}

// Everything that is wrong is said at once, with its place and what to write instead.
func ExampleDiagnostics() {
	_, found := scenarios.DecodeWith("tiny.yaml", []byte(tiny), []string{"run.duration=5", "load[0].arrivals=possion"}, nil)
	fmt.Print(found)
	// Output:
	// --set:1:14: run.duration: "5" is not a duration (write 5s)
	// --set:2:18: load[0].arrivals: unknown value "possion" (write poisson)
}
