package protocol_test

import (
	"fmt"

	"netlab/scenarios/protocol"
)

func ExampleOf() {
	p, known := protocol.Of("https")
	fmt.Println(known, p.Port, p.TLS, protocol.List(p.Engines))
	// Output: true 443 true standard or hey
}

func ExampleNames() {
	fmt.Println(protocol.Names(func(p protocol.Protocol) bool { return p.Probe }))
	// Output: [tcp udp]
}
