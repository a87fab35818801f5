package scenarios_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/scenarios"
)

func frankfurt(t *testing.T) *scenarios.Scenario {
	t.Helper()
	src, err := os.ReadFile("frankfurt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, diags := scenarios.Decode("frankfurt.yaml", src)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return s
}

func TestDecodeFillsInDefaults(t *testing.T) {
	s := frankfurt(t)
	listener := scenarios.Listener{Protocol: "tcp", FrontendPort: 80, BackendPort: 80, Scheduler: "wrr", Gzip: true,
		ACLStatus: "off", ConnectionDrain: "off", HealthyThreshold: 3, UnhealthyThreshold: 3}
	if diff := cmp.Diff([]scenarios.Listener{listener}, s.Cloud.LoadBalancers[0].Listeners); diff != "" {
		t.Errorf("listener (-want +got)\n%s", diff)
	}
	profile := scenarios.Profile{FailoverTime: 30 * time.Second, FailbackTime: 30 * time.Second, TransitionTime: 2 * time.Second,
		EmptyWhitelist: "forward", Exceed: "drop"}
	if diff := cmp.Diff(profile, s.Cloud.Profile); diff != "" {
		t.Errorf("profile, which the file leaves out (-want +got)\n%s", diff)
	}
	if s.Probes[0].Timeout != 500*time.Millisecond || s.Cloud.SecurityGroups[0].Type != "normal" {
		t.Errorf("probe timeout %s, group type %q", s.Probes[0].Timeout, s.Cloud.SecurityGroups[0].Type)
	}
}

func TestDecodeReadsWhatIsWritten(t *testing.T) {
	s := frankfurt(t)
	web := s.Load[0]
	if want := (scenarios.Target{Scheme: "http", Host: "ep-vpc1", Port: 80, Path: "/"}); web.Target != want {
		t.Errorf("target %+v, want %+v", web.Target, want)
	}
	if web.Rate != 1000 || web.Connections != 64 || s.TimeScale != 10 || s.Seed != 42 {
		t.Errorf("rate %v, connections %d, time scale %v, seed %d", web.Rate, web.Connections, s.TimeScale, s.Seed)
	}
	if s.Links.InterZone.Delay != 500*time.Microsecond || s.Services[0].Name != "web" || s.Services[0].HTTP.ResponseSize != 128 {
		t.Errorf("links %+v, services %+v", s.Links, s.Services)
	}
	want := &scenarios.Fail{CLBCluster: "clb-frankfurt", Zone: "eu-central-1b"}
	if diff := cmp.Diff(want, s.Timeline[0].Fail); diff != "" {
		t.Errorf("fault (-want +got)\n%s", diff)
	}
}

func TestSourceFindsEveryValue(t *testing.T) {
	s := frankfurt(t)
	for path, want := range map[string][2]int{
		"":                                {2, 1},
		"cloud.vpcs[0].cidr_block":        {15, 19},
		"cloud.vpcs[0]":                   {14, 7},
		"services.web.http.port":          {68, 22},
		"timeline[0].fail.zone":           {94, 73},
		"cloud.vpcs[0].description":       {14, 7}, // left out: where its VPC stands
		"cloud.vpcs[9].vswitches[3].name": {14, 5}, // no such VPC: where the VPCs stand
	} {
		line, column := s.Source.At(path)
		if got := [2]int{line, column}; got != want {
			t.Errorf("%q stands at %v, want %v", path, got, want)
		}
	}
}

func TestTargets(t *testing.T) {
	for text, want := range map[string]scenarios.Target{
		"http://ep/":                    {Scheme: "http", Host: "ep", Port: 80, Path: "/"},
		"http://ep:8080/a/b?c=d":        {Scheme: "http", Host: "ep", Port: 8080, Path: "/a/b?c=d"},
		"https://ep/":                   {Scheme: "https", Host: "ep", Port: 443, Path: "/"},
		"tcp://ep@eu-central-1b:80":     {Scheme: "tcp", Host: "ep", Zone: "eu-central-1b", Port: 80},
		"tcp://ep@eu-central-1b#eni:80": {Scheme: "tcp", Host: "ep", Zone: "eu-central-1b", ENI: true, Port: 80},
		"http://ep@eu-central-1b#eni/":  {Scheme: "http", Host: "ep", Zone: "eu-central-1b", ENI: true, Port: 80, Path: "/"},
		"bulk+tcp://ecs2:5201":          {Scheme: "bulk+tcp", Host: "ecs2", Port: 5201},
	} {
		src := "netlab: 1\nname: t\ncloud: {region: eu-central-1, vpcs: [{name: v, cidr_block: 10.0.0.0/16}]}\nrun: {duration: 1s}\n" +
			"load: [{name: l, from: e, rate: 1/s, target: '" + text + "'}]\n"
		s, diags := scenarios.Decode("t.yaml", []byte(src))
		if len(diags) > 0 {
			t.Errorf("%s: %s", text, diags)
			continue
		}
		if got := s.Load[0].Target; got != want || got.String() != text {
			t.Errorf("%s: got %+v, as text %s", text, got, got)
		}
	}
}
