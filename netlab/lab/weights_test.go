package lab_test

import (
	"bufio"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"netlab/sim/control"
)

// Over ten thousand fresh connections, through the endpoint and all, equal weights give each
// server half; 100 and 50 give two to one. A larger load balancer than Frankfurt's takes them
// without its limits in the way, and links without delay take them sooner.
func TestWeightsShareTenThousandConnections(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", edit("slb.s1.small", "slb.s3.large", "inter_zone: {delay: 500us}", "inter_zone: {}"))
	connect(t, lab, c)
	at := netip.AddrPortFrom(c.Endpoints[0].Zones[0].IP, 80)
	for _, tt := range []struct {
		connections int
		weight      int     // of ecs3; ecs2 has 100
		want        float64 // ecs3's share
	}{
		{10_000, 100, 1. / 2},
		{3_000, 50, 1. / 3},
	} {
		err := call(t, lab, control.SetWeight{Server: control.ServerRef{LoadBalancer: "clb-frankfurt", Instance: "ecs3"}, Weight: tt.weight})
		must(t, err)
		answers := map[string]int{}
		inside(t, lab, "ecs1", func() error {
			for range tt.connections {
				name, err := askOnce(at)
				if err != nil {
					return err
				}
				answers[name]++
			}
			return nil
		})
		share := float64(answers["ecs3"]) / float64(tt.connections)
		if answers["ecs2"]+answers["ecs3"] != tt.connections || math.Abs(share-tt.want) > 0.01 {
			t.Errorf("weights 100 and %d gave %v", tt.weight, answers)
		}
	}
}

// askOnce opens a connection, asks, and gives the name of the instance that answers. It is called
// on a thread inside a namespace, and saves what Lab.Get takes to get there.
func askOnce(at netip.AddrPort) (string, error) {
	conn, err := net.DialTimeout("tcp4", at.String(), 10*time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", at); err != nil {
		return "", err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	return response.Header.Get("X-Netlab-Instance"), nil
}
