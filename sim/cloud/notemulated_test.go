package cloud

import (
	"os"
	"strings"
	"testing"

	"netlab/scenarios"
)

func TestWhatShipsAndRunsIsEmulated(t *testing.T) {
	for _, file := range []string{"frankfurt.yaml", "frankfurt-multizone.yaml"} {
		s, _ := load(t, file)
		if diags := NotEmulated(s); len(diags) > 0 {
			t.Errorf("%s", diags)
		}
	}
}

// What the language can say and netlab can't do is refused with its position, and is valid.
func TestNotEmulated(t *testing.T) {
	src, err := os.ReadFile("../../scenarios/frankfurt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for change, want := range map[string]string{
		"delay: 500us → delay: 500us, loss: 1%":                                                            "links.inter_zone: an impairment other than delay",
		"payment_type: PayAsYouGo → payment_type: PayAsYouGo\n      bandwidth: 100Mbit/s":                  "cloud.load_balancers[0].bandwidth: a bandwidth limit",
		"backend_port: 80, scheduler: wrr → backend_port: 80, health_check_type: http":                     "cloud.load_balancers[0].listeners[0].health_check_type: an HTTP health check",
		"private_ip: 10.0.0.182 → private_ip: 10.0.0.182, security_groups: [sg-endpoint]":                  "cloud.instances[0].security_groups: a security group on an instance",
		"fail: {clb_cluster: clb-frankfurt, zone: eu-central-1b} → partition: [[ecs1], [ecs2]]":            "timeline[0].partition: partition",
		"fail: {clb_cluster: clb-frankfurt, zone: eu-central-1b} → fail: {link: [ecs1, ecs2]}":             "timeline[0].fail.link: the failure of a link",
		"target: tcp://ep-vpc1:80 → target: udp://ep-vpc1:80":                                              "probes[0].target: a probe of scheme udp",
		"auto_accept_connection: false → connect_bandwidth: 1024Mbit/s":                                    "cloud.endpoint_services[0].connect_bandwidth: a bandwidth limit",
		"vpc: vpc1\n      rules: → vpc: vpc1\n      security_group_type: enterprise\n      rules:":         "cloud.security_groups[0].security_group_type: an enterprise security group",
		"      cidr_block: 10.0.0.0/16 →       cidr_block: 10.0.0.0/16\n      account: b":                  "cloud.vpcs[1].account: a second account",
		"      auto_accept_connection: false →       auto_accept_connection: false\n      payer: Endpoint": "",
	} {
		from, to, _ := strings.Cut(change, " → ")
		changed := strings.Replace(string(src), from, to, 1)
		if changed == string(src) {
			t.Fatalf("%q is not in the scenario", from)
		}
		if strings.Contains(to, "account: b") { // the service must be visible to it
			changed = strings.Replace(changed, "auto_accept_connection: false", "allowed_accounts: [b]", 1)
		}
		s, _, diags := Load("changed.yaml", []byte(changed))
		if errs := diags.Errors(); len(errs) > 0 {
			t.Errorf("%s: not valid: %s", to, errs)
			continue
		}
		got := NotEmulated(s)
		if want == "" {
			if len(got) > 0 {
				t.Errorf("%s: refused: %s", to, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Path+": "+got[0].Message != want+" is not emulated yet" || got[0].Line == 0 {
			t.Errorf("%s: got %v", to, got)
		}
	}
}

// Whatever the documented procedure needs is accepted in code as in files.
func TestBuiltScenariosNeedNoSource(t *testing.T) {
	if diags := NotEmulated(&scenarios.Scenario{}); len(diags) > 0 {
		t.Errorf("%s", diags)
	}
}
