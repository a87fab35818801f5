package cloud_test

import (
	"fmt"
	"net/netip"

	"netlab/sim/cloud"
)

const tiny = `netlab: 1
name: tiny
cloud:
  region: eu-central-1
  vpcs:
    - {name: vpc1, cidr_block: 10.0.0.0/16, vswitches: [{name: w, zone: eu-central-1b, cidr_block: 10.0.0.0/24}]}
  instances: [{name: client, vswitch: w}, {name: web, vswitch: w, private_ip: 10.0.1.7}]
run: {duration: 5s}
`

// The language is right, and the cloud would refuse it.
func ExampleLoad() {
	_, c, found := cloud.Load("tiny.yaml", []byte(tiny))
	fmt.Println(c.Instances[0].Name, c.Instances[0].PrivateIP)
	fmt.Print(found.Errors())
	// Output:
	// client 10.0.0.1
	// tiny.yaml:7:79: cloud.instances[1].private_ip: 10.0.1.7 lies outside vSwitch w (10.0.0.0/24) (did you mean 10.0.0.7?)
}

// At the same priority number drop wins.
func ExampleAdmits() {
	rule := func(block string, accept bool) cloud.SecurityGroupRule {
		return cloud.SecurityGroupRule{Ingress: true, IPProtocol: "tcp", PortFirst: 80, PortLast: 80,
			CIDR: netip.MustParsePrefix(block), Accept: accept, Priority: 1}
	}
	group := &cloud.SecurityGroup{Rules: []cloud.SecurityGroupRule{rule("10.0.0.0/8", true), rule("10.9.0.0/16", false)}}
	for _, peer := range []string{"10.1.1.1", "10.9.1.1"} {
		f := cloud.Flow{Ingress: true, Protocol: "tcp", Peer: netip.MustParseAddr(peer), Port: 80}
		fmt.Println(peer, cloud.Admits([]*cloud.SecurityGroup{group}, f))
	}
	// Output:
	// 10.1.1.1 true
	// 10.9.1.1 false
}
