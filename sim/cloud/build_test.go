package cloud

import (
	"os"
	"strings"
	"testing"

	"netlab/scenarios"
)

func load(t *testing.T, file string) (*scenarios.Scenario, *Cloud) {
	t.Helper()
	src, err := os.ReadFile("../../scenarios/" + file)
	if err != nil {
		t.Fatal(err)
	}
	s, c, diags := Load(file, src)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return s, c
}

func TestFrankfurtResolves(t *testing.T) {
	_, c := load(t, "frankfurt.yaml")
	lb := c.LoadBalancers[0]
	if lb.VSwitch.VPC.Name != "vpc2" || lb.MasterZone != "eu-central-1b" || lb.SlaveZone != "eu-central-1a" {
		t.Errorf("load balancer in %s, zones %v", lb.VSwitch.VPC.Name, lb.Zones())
	}
	if lb.Spec.MaxConnections != 5000 || lb.Spec.CPS != 3000 || lb.Listeners[0].HealthCheck.Port != 80 {
		t.Errorf("spec %+v, listener %+v", lb.Spec, lb.Listeners[0])
	}
	if len(lb.Servers) != 2 || lb.Servers[0].Instance != c.Instance("ecs2") || lb.Servers[1].Weight != 100 {
		t.Errorf("servers %+v", lb.Servers)
	}
	ep := c.Endpoint("ep-vpc1")
	if ep.Service != c.EndpointService("svc-web") || ep.VPC.Name != "vpc1" || ep.SecurityGroups[0].Name != "sg-endpoint" {
		t.Errorf("endpoint %+v", ep)
	}
	if got := ep.Zones[0].IP.String(); got != "10.0.0.1" {
		t.Errorf("ENI address %s, want the lowest free one", got)
	}
}

func TestIdentifiersAreStableAndWellFormed(t *testing.T) {
	_, c := load(t, "frankfurt.yaml")
	_, again := load(t, "frankfurt.yaml")
	_, other := load(t, "frankfurt-multizone.yaml")
	ep, svc := c.Endpoints[0], c.EndpointServices[0]
	if ep.ID != again.Endpoints[0].ID || ep.ID == other.Endpoints[0].ID || svc.ID == other.EndpointServices[0].ID {
		t.Errorf("ids %s, %s, %s: want the same for the same scenario, others for another", ep.ID, again.Endpoints[0].ID, other.Endpoints[0].ID)
	}
	suffix := "." + svc.ID + ".eu-central-1.privatelink.aliyuncs.com"
	if ep.Domain != ep.ID+suffix || ep.Zones[0].Domain != ep.ID+"-eu-central-1b"+suffix || "."+svc.Domain != suffix {
		t.Errorf("domains %s, %s, %s", ep.Domain, ep.Zones[0].Domain, svc.Domain)
	}
	for _, label := range strings.Split(ep.Zones[0].Domain, ".") {
		if len(label) > 63 {
			t.Errorf("label %s is too long for DNS", label)
		}
	}
}

func TestAssignedAddressesKeepOutOfTheWay(t *testing.T) {
	src := `netlab: 1
name: addresses
cloud:
  region: eu-central-1
  vpcs:
    - {name: v, cidr_block: 10.0.0.0/16, vswitches: [{name: w, zone: eu-central-1b, cidr_block: 10.0.0.0/28}]}
  instances:
    - {name: a, vswitch: w}
    - {name: b, vswitch: w}
    - {name: c, vswitch: w, private_ip: 10.0.0.1}
    - {name: d, vswitch: w, private_ip: 10.0.0.3}
run: {duration: 1s}
`
	_, c, diags := Load("addresses.yaml", []byte(src))
	if errors := diags.Errors(); len(errors) > 0 {
		t.Fatal(errors)
	}
	var got []string
	for _, e := range c.Instances {
		got = append(got, e.PrivateIP.String())
	}
	if want := "10.0.0.2 10.0.0.4 10.0.0.1 10.0.0.3"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDestinations(t *testing.T) {
	s, c := load(t, "frankfurt.yaml")
	ep := c.Endpoints[0]
	for host, want := range map[string]string{
		"ep-vpc1":                   ep.Domain,
		"ep-vpc1@eu-central-1b":     ep.Zones[0].Domain,
		"ep-vpc1@eu-central-1b#eni": "10.0.0.1",
		"ecs3":                      "192.168.24.2",
		"clb-frankfurt":             "192.168.24.100",
	} {
		target := s.Probes[0].Target
		target.Host, target.Zone, _ = strings.Cut(host, "@")
		target.Zone, _, target.ENI = strings.Cut(target.Zone, "#")
		d, err := c.Destination(target)
		got := d.Domain
		if got == "" {
			got = d.Addr.String()
		}
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", host, got, err, want)
		}
	}
}

// Build takes scenarios that were put together in code, without a file behind them.
func TestBuildNeedsNoFile(t *testing.T) {
	_, diags := Build(&scenarios.Scenario{Cloud: scenarios.Cloud{Region: "eu-central-1",
		Instances: []scenarios.Instance{{Name: "ecs1", VSwitch: "nowhere"}}}})
	if len(diags) != 1 || diags[0].Message != "there is no vSwitch named nowhere" {
		t.Errorf("got %s", diags)
	}
}
