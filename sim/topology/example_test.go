package topology_test

import (
	"fmt"
	"os"

	"netlab/scenarios"
	"netlab/sim"
	"netlab/sim/topology"
)

func ExampleCompile() {
	_, c, _ := sim.Load("tiny.yaml", []byte(`netlab: 1
name: tiny
cloud:
  region: eu-central-1
  vpcs:
    - {name: vpc1, cidr_block: 10.0.0.0/16, vswitches: [{name: w, zone: eu-central-1b, cidr_block: 10.0.0.0/24}]}
  instances: [{name: web, vswitch: w}]
run: {duration: 5s}
`))
	if err := topology.Print(os.Stdout, topology.Compile(c, scenarios.Links{})); err != nil {
		fmt.Println(err)
	}
	// Output:
	// vpc1.b (router, vpc1, eu-central-1b)
	//   lo     100.100.2.136
	//   eth0   –            to web
	//   route  0.0.0.0/0    blackhole
	//   route  10.0.0.1/32  dev eth0
	// web (instance, vpc1, eu-central-1b)
	//   eth0   10.0.0.1   to vpc1.b
	//   route  0.0.0.0/0  dev eth0
	// links
	//   web eth0  – vpc1.b eth0
}
