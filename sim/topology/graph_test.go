package topology_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/sim/cloud"
	"netlab/sim/topology"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const zoneA, zoneB cloud.Zone = "eu-central-1a", "eu-central-1b"

// A plan is a topology made by hand.
type plan struct{ topology.Topology }

func (p *plan) host(name string, kind topology.Kind, zone cloud.Zone, vpc, address string) *topology.Host {
	h := topology.Host{Name: name, Kind: kind, Zone: zone, VPC: vpc}
	if address != "" {
		ip := netip.MustParseAddr(address)
		switch kind {
		case topology.ENI:
			h.ENI = &topology.ENITable{Address: ip}
		case topology.CLBNode:
			h.CLB = &topology.CLBTable{LoadBalancer: "clb-frankfurt", VIP: ip}
		default:
			h.NICs = []topology.NIC{{Name: "eth0", Address: ip}}
		}
	}
	p.Hosts = append(p.Hosts, h)
	return &p.Hosts[len(p.Hosts)-1]
}

func (p *plan) link(a, b string, delay time.Duration) {
	p.Links = append(p.Links, topology.Link{A: topology.End{Host: a}, B: topology.End{Host: b}, Delay: delay})
}

// frankfurt is the published scenario: client and endpoint in VPC1, a load balancer with its
// primary in zone b and its backup in zone a in VPC2, a backend in each.
func frankfurt() *topology.Topology {
	var p plan
	p.host("fabric.a", topology.Fabric, zoneA, "", "")
	p.host("fabric.b", topology.Fabric, zoneB, "", "")
	p.host("vpc1.b", topology.Router, zoneB, "vpc1", "")
	p.host("vpc2.a", topology.Router, zoneA, "vpc2", "")
	p.host("vpc2.b", topology.Router, zoneB, "vpc2", "")
	p.host("ecs1", topology.Instance, zoneB, "vpc1", "10.0.0.182")
	p.host("ecs2", topology.Instance, zoneA, "vpc2", "192.168.20.200")
	p.host("ecs3", topology.Instance, zoneB, "vpc2", "192.168.24.2")
	p.host("clb-frankfurt.b", topology.CLBNode, zoneB, "vpc2", "192.168.24.100")
	p.host("clb-frankfurt.a", topology.CLBNode, zoneA, "vpc2", "192.168.24.100")
	p.host("ep-vpc1.b", topology.ENI, zoneB, "vpc1", "10.0.0.10")
	p.link("fabric.a", "fabric.b", 500*time.Microsecond)
	p.link("vpc2.a", "vpc2.b", 500*time.Microsecond)
	p.link("ecs1", "vpc1.b", 0)
	p.link("ecs2", "vpc2.a", 0)
	p.link("ecs3", "vpc2.b", 0)
	p.link("clb-frankfurt.b", "fabric.b", 0)
	p.link("clb-frankfurt.b", "vpc2.b", 0)
	p.link("clb-frankfurt.a", "fabric.a", 0)
	p.link("clb-frankfurt.a", "vpc2.a", 0)
	p.link("ep-vpc1.b", "vpc1.b", 0)
	p.link("ep-vpc1.b", "fabric.b", 0)
	p.Steers = []topology.Steer{{LoadBalancer: "clb-frankfurt", Zone: zoneB}, {LoadBalancer: "clb-frankfurt", Zone: zoneA}}
	return &p.Topology
}

// crowded has what frankfurt lacks: three zones, so that a link must pass a zone by; two consumer
// VPCs in one zone; a VPC that both offers and consumes; a load balancer in one zone.
func crowded() *topology.Topology {
	t := frankfurt()
	p := plan{*t}
	const zoneC cloud.Zone = "eu-central-1c"
	p.host("fabric.c", topology.Fabric, zoneC, "", "")
	p.host("vpc2.c", topology.Router, zoneC, "vpc2", "")
	p.host("vpc3.b", topology.Router, zoneB, "vpc3", "")
	p.host("vpc3.c", topology.Router, zoneC, "vpc3", "")
	p.host("ecs4", topology.Instance, zoneB, "vpc3", "10.0.0.182")
	p.host("ecs5", topology.Instance, zoneC, "vpc3", "10.0.9.7")
	p.host("ecs6", topology.Instance, zoneC, "vpc2", "192.168.28.6")
	p.host("ecs7", topology.Instance, zoneC, "vpc2", "192.168.28.7")
	p.host("ep-vpc3.c", topology.ENI, zoneC, "vpc3", "10.0.9.10")
	p.host("ep-vpc2.c", topology.ENI, zoneC, "vpc2", "192.168.28.10")
	single := p.host("clb-single.c", topology.CLBNode, zoneC, "vpc2", "192.168.28.100")
	single.CLB.LoadBalancer = "clb-single"
	p.link("fabric.a", "fabric.c", time.Millisecond)
	p.link("fabric.b", "fabric.c", time.Millisecond)
	p.link("vpc2.a", "vpc2.c", time.Millisecond)
	p.link("vpc2.b", "vpc2.c", time.Millisecond)
	p.link("vpc3.b", "vpc3.c", time.Millisecond)
	p.link("ecs4", "vpc3.b", 0)
	p.link("ecs5", "vpc3.c", 0)
	p.link("ecs6", "vpc2.c", 0)
	p.link("ecs7", "vpc2.c", 0)
	p.link("ep-vpc3.c", "vpc3.c", 0)
	p.link("ep-vpc3.c", "fabric.c", 0)
	p.link("ep-vpc2.c", "vpc2.c", 0)
	p.link("ep-vpc2.c", "fabric.c", 0)
	p.link("clb-single.c", "fabric.c", 0)
	p.link("clb-single.c", "vpc2.c", 0)
	p.Steers = append(p.Steers, topology.Steer{LoadBalancer: "clb-single", Zone: zoneC})
	return &p.Topology
}

func TestGraph(t *testing.T) {
	for name, topo := range map[string]*topology.Topology{"frankfurt": frankfurt(), "crowded": crowded()} {
		for _, format := range []string{"dot", "mermaid", "svg"} {
			t.Run(name+"."+format, func(t *testing.T) {
				got, err := topology.Graph(topo, format)
				if err != nil {
					t.Fatal(err)
				}
				golden := filepath.Join("testdata", name+"."+format)
				if *update {
					if err := os.WriteFile(golden, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("differs from %s (go test -update rewrites it):\n%s", golden, diff)
				}
			})
		}
	}
}

func TestGraphSVGIsXML(t *testing.T) {
	topo := frankfurt()
	topo.Hosts[5].Name = `<b>&"`
	for i, l := range topo.Links {
		if l.A.Host == "ecs1" {
			topo.Links[i].A.Host = topo.Hosts[5].Name
		}
	}
	drawn, err := topology.Graph(topo, "svg")
	if err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(bytes.NewReader(drawn))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestGraphOfAnEmptyTopology(t *testing.T) {
	for _, format := range []string{"dot", "mermaid", "svg"} {
		if _, err := topology.Graph(&topology.Topology{}, format); err != nil {
			t.Error(err)
		}
	}
}

func TestGraphInAnUnknownFormat(t *testing.T) {
	_, err := topology.Graph(frankfurt(), "png")
	if want := `draw topology: format "png" is none of dot, mermaid, svg`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
