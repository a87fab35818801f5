package lab_test

import (
	"io"
	"net/netip"
	"testing"
	"time"

	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/lab"
	"netlab/sim/cloud"
)

var bulkService = edit("web: {http: {port: 80, response_size: 128B}}", "web: {bulk: {port: 80}}")

// received is how many bytes come from a bulk server within a while, and how long that was.
func received(t *testing.T, lab *lab.Lab, from string, at netip.AddrPort) (bytes int, took time.Duration) {
	t.Helper()
	conn, err := lab.Dial(kerneltest.Context(t), from, at)
	must(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("d"))
	must(t, err)
	began := time.Now()
	for took < time.Second {
		conn.SetDeadline(time.Now().Add(answerTime))
		n, err := io.CopyN(io.Discard, conn, 64<<10)
		must(t, err)
		bytes += int(n)
		took = time.Since(began)
	}
	return bytes, took
}

// How near the limit a stream comes is for forward's tests; this one proves that the lab sets it,
// on connection and where the file says, by what never comes through.
func TestEndpointAndListenerBandwidth(t *testing.T) {
	const bits = 100_000_000
	viaEndpoint := func(c *cloud.Cloud) (string, netip.AddrPort) { return "ecs1", frontend(c, 80) }
	viaVIP := func(c *cloud.Cloud) (string, netip.AddrPort) {
		return "ecs5", netip.AddrPortFrom(c.LoadBalancers[0].Address, 80)
	}
	for name, test := range map[string]struct {
		edit []string
		way  func(*cloud.Cloud) (string, netip.AddrPort)
		// of one connection: bytes a second, and what may come at once
		rate, bucket float64
	}{
		"endpoint":         {[]string{"auto_accept_connection: false", "connect_bandwidth: 100Mbit/s"}, viaEndpoint, bits / 8, 512 << 10},
		"listener":         {[]string{"scheduler: wrr}", "bandwidth: 100Mbit/s}"}, viaEndpoint, bits / 8 / 3, bits/8/3 + 64<<10},
		"listener, in VPC": {[]string{"scheduler: wrr}", "bandwidth: 100Mbit/s}"}, viaVIP, bits / 8 / 3, bits/8/3 + 64<<10},
		"load balancer":    {[]string{"address_type: intranet", "bandwidth: 100Mbit/s"}, viaVIP, bits / 8 / 3, bits/8/3 + 64<<10},
	} {
		t.Run(name, func(t *testing.T) {
			lab, c, _ := build(t, "frankfurt.yaml", bulkService, edit(test.edit...), grouped("", "", "", ""))
			connect(t, lab, c)
			from, at := test.way(c)
			bytes, took := received(t, lab, from, at)
			if most := test.bucket + 1.05*test.rate*took.Seconds(); float64(bytes) > most {
				t.Errorf("%d bytes came in %v, want at most %.0f", bytes, took, most)
			}
		})
	}
}
