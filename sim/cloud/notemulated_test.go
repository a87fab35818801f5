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
		"address_type: intranet → address_ip_version: ipv6":                 "cloud.load_balancers[0].address_ip_version: IPv6",
		"service: svc-web → service: svc-web\n      endpoint_type: Reverse": "cloud.endpoints[0].endpoint_type: an endpoint of type Reverse",
		"service: svc-web → service: svc-web\n      dry_run: true":          "cloud.endpoints[0].dry_run: a dry run",
		"auto_accept_connection: false → service_support_ipv6: true":        "cloud.endpoint_services[0].service_support_ipv6: IPv6",
		"address_type: intranet → instance_charge_type: PayByCLCU": "cloud.load_balancers[0].instance_charge_type: " +
			"a load balancer without a specification",
		"auto_accept_connection: false → payer: Endpoint":          "",
		"address_type: intranet → tags: [{key: team, value: web}]": "",
	} {
		from, to, _ := strings.Cut(change, " → ")
		changed := strings.Replace(string(src), from, to, 1)
		if changed == string(src) {
			t.Fatalf("%q is not in the scenario", from)
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
