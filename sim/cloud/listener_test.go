package cloud

import "testing"

// TCP and UDP may share a port of a load balancer; two listeners of one protocol may not, which a
// golden file shows.
func TestTCPAndUDPShareAPort(t *testing.T) {
	const src = `netlab: 1
name: shared
cloud:
  region: eu-central-1
  vpcs: [{name: v, cidr_block: 10.0.0.0/16, vswitches: [{name: w, zone: eu-central-1b, cidr_block: 10.0.0.0/24}]}]
  instances: [{name: dns, vswitch: w, run: [any]}]
  load_balancers:
    - name: clb
      vswitch: w
      listeners: [{protocol: tcp, frontend_port: 53, backend_port: 53}, {protocol: udp, frontend_port: 53, backend_port: 53}]
      servers: [{instance: dns}]
services: {any: {exec: [named]}}
run: {duration: 1s}
`
	_, c, diags := Load("shared.yaml", []byte(src))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if n := len(c.LoadBalancers[0].Listeners); n != 2 {
		t.Errorf("%d listeners, want 2", n)
	}
}
