package lab_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"netlab/netlab/kernel/kerneltest"
	"netlab/netlab/lab"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// create makes resources in order.
func create(t *testing.T, lab *lab.Lab, names ...string) {
	t.Helper()
	for _, name := range names {
		must(t, call(t, lab, control.Create{Resource: name}))
	}
}

// awaitConnection waits for a status of the endpoint's connection.
func awaitConnection(t *testing.T, told *story, endpoint string, want cloud.ConnectionStatus) {
	t.Helper()
	told.await(t, func(e event.Event) bool {
		tr, ok := e.What.(event.Transition)
		return ok && tr.Resource == event.Connection && tr.Name == endpoint && tr.To == string(want)
	})
}

// serving is the load balancer that an endpoint's zone was given.
func serving(lab *lab.Lab, endpoint string, zone cloud.Zone) string {
	now, _ := lab.Endpoint(endpoint)
	for _, z := range now.Zones {
		if z.Zone == zone {
			return z.Resource
		}
	}
	return ""
}

func connection(lab *lab.Lab, endpoint string) cloud.ConnectionStatus {
	now, _ := lab.Endpoint(endpoint)
	return now.Connection
}

func wantCode(t *testing.T, err error, code control.Code) {
	t.Helper()
	var refused *control.Error
	if !errors.As(err, &refused) || refused.Code != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// The consumer belongs to another account than the provider.
func TestServiceIsInvisibleToAccountsThatItsWhitelistDoesNotHold(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml", edit(
		"cidr_block: 10.0.0.0/16", "cidr_block: 10.0.0.0/16\n      account: b",
		"  - create: ep-vpc1", "  - allow: {service: svc-web, account: b}\n  - create: ep-vpc1",
	))
	create(t, lab, "clb-frankfurt", "svc-web")
	wantCode(t, call(t, lab, control.Create{Resource: "ep-vpc1"}), control.EndpointServiceNotAuthorized)
	must(t, call(t, lab, control.Allow{Service: "svc-web", Account: "b"}))
	create(t, lab, "ep-vpc1")
	must(t, call(t, lab, control.Accept{Endpoint: "ep-vpc1"}))
	_, err := get(t, lab, c)
	must(t, err)
}

func TestWhitelistOfTheFileAndTheOwnersOwnAccount(t *testing.T) {
	for name, accounts := range map[string]func([]byte) []byte{
		"two accounts": edit("cidr_block: 10.0.0.0/16", "cidr_block: 10.0.0.0/16\n      account: b",
			"auto_accept_connection: false", "allowed_accounts: [b]"),
		"one account": edit("auto_accept_connection: false", "auto_accept_connection: true"),
	} {
		t.Run(name, func(t *testing.T) {
			lab, c, told := build(t, "frankfurt.yaml", accounts)
			create(t, lab, "clb-frankfurt", "svc-web", "ep-vpc1")
			if !c.EndpointServices[0].AutoAcceptConnection {
				must(t, call(t, lab, control.Accept{Endpoint: "ep-vpc1"}))
			}
			awaitConnection(t, told, "ep-vpc1", cloud.Connected)
			_, err := get(t, lab, c)
			must(t, err)
		})
	}
}

// secondBalancer gives the service another load balancer in the same zone, with its own backend.
var secondBalancer = edit(
	"        - {instance: ecs3, weight: 100}\n", "", // one backend each, to tell them apart
	"  endpoint_services:", `    - name: clb-two
      load_balancer_spec: slb.s1.small
      vswitch: vsw2-b
      address: 192.168.24.101
      master_zone: eu-central-1b
      slave_zone: eu-central-1a
      listeners:
        - {protocol: tcp, frontend_port: 80, backend_port: 80}
      servers:
        - {instance: ecs3, weight: 100}

  endpoint_services:`,
	"resources: [{load_balancer: clb-frankfurt, zone: eu-central-1b}]",
	"resources: [{load_balancer: clb-frankfurt, zone: eu-central-1b}, {load_balancer: clb-two, zone: eu-central-1b}]",
	"  - create: svc-web", "  - create: clb-two\n  - create: svc-web",
)

// Which of several load balancers serves a zone is chance (documented: ResourceAllocateMode Auto),
// decided by the scenario's seed. Whichever it is, packets must find there and back.
func TestEveryAllocatedLoadBalancerServes(t *testing.T) {
	answers := map[string]string{"clb-frankfurt": "ecs2", "clb-two": "ecs3"}
	seen := map[string]bool{}
	for seed := 1; len(seen) < 2; seed++ {
		if seed > 20 {
			t.Fatalf("20 seeds gave %v only", seen)
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			lab, c, _ := build(t, "frankfurt.yaml", secondBalancer, edit("seed: 42", fmt.Sprintf("seed: %d", seed)))
			connect(t, lab, c)
			balancer := serving(lab, "ep-vpc1", "eu-central-1b")
			seen[balancer] = true
			for range 4 {
				name, err := get(t, lab, c)
				if err != nil || name != answers[balancer] {
					t.Fatalf("%s: answer from %q, %v", balancer, name, err)
				}
			}
		})
	}
}

// A rejected connection carries nothing, not even what is open; one that is accepted again carries
// new connections.
func TestRejectAndAcceptALiveConnection(t *testing.T) {
	lab, c, _ := build(t, "frankfurt.yaml")
	connect(t, lab, c)
	held, _ := open(t, lab, c, 80)
	must(t, call(t, lab, control.Reject{Endpoint: "ep-vpc1"}))
	if status := connection(lab, "ep-vpc1"); status != "Disconnected" {
		t.Errorf("the connection is %s", status)
	}
	_, err := held.ask(patience)
	wantSilence(t, err)
	_, err = dial(t, lab, "ecs1", frontend(c, 80), patience)
	wantSilence(t, err)

	must(t, call(t, lab, control.Accept{Endpoint: "ep-vpc1"}))
	open(t, lab, c, 80)
	_, err = held.ask(patience)
	wantSilence(t, err)
	wantCode(t, call(t, lab, control.Accept{Endpoint: "ep-vpc1"}), control.EndpointConnectionOperationDenied)
}

// The endpoint's domain gives a client the ENI of its own zone where the service or the endpoint
// asks for zone affinity, else all of them.
func TestZoneAffinityOfServiceAndEndpoint(t *testing.T) {
	const off, on = "zone_affinity_enabled: false", "zone_affinity_enabled: true"
	for name, test := range map[string]struct {
		service, endpoint string
		want              int // addresses
	}{
		"off": {off, off, 2}, "of the service": {on, off, 1}, "of the endpoint": {off, on, 1},
	} {
		t.Run(name, func(t *testing.T) {
			lab, c, _ := build(t, "frankfurt-multizone.yaml",
				edit(on, test.service, "      service: svc-web", "      service: svc-web\n      "+test.endpoint))
			connect(t, lab, c)
			for i, client := range []string{"ecs1", "ecs4"} { // in the zones of the endpoint's ENIs
				z := c.Endpoints[0].Zones[i]
				addrs, err := lab.Resolve(kerneltest.Context(t), client, c.Endpoints[0].Domain)
				must(t, err)
				if len(addrs) != test.want || !slices.Contains(addrs, z.IP) {
					t.Errorf("%s, in %s: %v", client, z.Zone, addrs)
				}
				for _, zone := range c.Endpoints[0].Zones {
					addrs, err := lab.Resolve(kerneltest.Context(t), client, zone.Domain)
					must(t, err)
					if len(addrs) != 1 || addrs[0] != zone.IP {
						t.Errorf("%s resolves %s to %v", client, zone.Domain, addrs)
					}
				}
			}
		})
	}
}

func TestZoneOfAConnectionIsDisabledAndEnabled(t *testing.T) {
	lab, c, _ := build(t, "frankfurt-multizone.yaml")
	connect(t, lab, c)
	const zone = "eu-central-1b"
	held, _ := open(t, lab, c, 80) // in that zone
	must(t, call(t, lab, control.DisableZone{Endpoint: "ep-vpc1", Zone: zone}))
	if status := connection(lab, "ep-vpc1"); status != "Connected" {
		t.Errorf("the whole connection is %s", status)
	}
	_, err := held.ask(patience)
	wantSilence(t, err)
	elsewhere := netip.AddrPortFrom(c.Endpoints[0].Zones[1].IP, 80)
	if !reaches(t, lab, "ecs4", elsewhere) || reaches(t, lab, "ecs1", frontend(c, 80)) {
		t.Error("the wrong zone was disabled")
	}
	wantCode(t, call(t, lab, control.DisableZone{Endpoint: "ep-vpc1", Zone: zone}), control.IncorrectStatusZone)
	must(t, call(t, lab, control.EnableZone{Endpoint: "ep-vpc1", Zone: zone}))
	open(t, lab, c, 80)
}

// One load balancer takes another's place: gracefully, while open connections stay where they are
// until they are cut, or by force.
func TestLoadBalancerOfAZoneIsReplaced(t *testing.T) {
	const zone = "eu-central-1b"
	answers := map[string]string{"clb-frankfurt": "ecs2", "clb-two": "ecs3"}
	lab, c, _ := build(t, "frankfurt.yaml", secondBalancer)
	connect(t, lab, c)
	replace := func(mode cloud.ReplaceMode) (before, after string) {
		t.Helper()
		was, err := lab.Call(kerneltest.Context(t), control.ReplaceResource{Endpoint: "ep-vpc1", Zone: zone, Mode: mode})
		must(t, err)
		before, after = was.LoadBalancer, was.Replacement
		if before == after {
			t.Fatalf("%s was replaced by itself", before)
		}
		if _, name := open(t, lab, c, 80); name != answers[after] {
			t.Errorf("%s: a new connection went to %s, want %s's backend", mode, name, after)
		}
		return before, after
	}
	held, name := open(t, lab, c, 80)
	before, _ := replace(cloud.Graceful)
	if again, err := held.ask(answerTime); err != nil || again != name || name != answers[before] {
		t.Errorf("graceful: the open connection went from %s to %s, %v", name, again, err)
	}
	kept, name := open(t, lab, c, 80)
	replace(cloud.Graceful) // cuts what the replacement before has left
	_, err := held.ask(patience)
	wantSilence(t, err)
	if again, err := kept.ask(answerTime); err != nil || again != name {
		t.Errorf("graceful: the open connection went from %s to %s, %v", name, again, err)
	}
	replace(cloud.Force)
	_, err = kept.ask(patience)
	wantSilence(t, err)
	again := control.ReplaceResource{Endpoint: "ep-vpc1", Zone: zone, Mode: cloud.Force, LoadBalancer: serving(lab, "ep-vpc1", zone)}
	wantCode(t, call(t, lab, again), control.ZoneOperationDenied)
}
