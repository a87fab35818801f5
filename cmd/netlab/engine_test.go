package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netlab/results"
	"netlab/scenarios/protocol"
)

// secured are the changes to the Frankfurt scenario that have its backends speak TLS as well.
var secured = []string{
	"run: [web]}", "run: [web, tls]}",
	"run: [web]}", "run: [web, tls]}",
	"  web: {http", "  tls: {https: {port: 443, response_size: 1KiB}}\n  web: {http",
	"        - {type: ingress",
	"        - {type: ingress, ip_protocol: tcp, port_range: 443/443, cidr_ip: 10.0.0.0/24}\n        - {type: ingress",
	"        - {protocol: tcp", "        - {protocol: tcp, frontend_port: 443, backend_port: 443}\n        - {protocol: tcp",
}

// TestRunWithEveryEngine: each engine, on each protocol of a web server that it speaks, gets real answers
// from the backends behind the endpoint; the certificates hold for every name that a target may have, also
// after a service was gone and came back.
func TestRunWithEveryEngine(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	story := "load:\n"
	engines := map[string]protocol.Engine{}
	add := func(name string, e protocol.Engine, target, rest string) {
		engines[name] = e
		story += "  - {name: " + name + ", from: ecs1, target: \"" + target + "\", connections: 4, " + rest + "}\n"
	}
	for p := range protocol.All() {
		if !p.Load || !p.Path {
			continue
		}
		for _, e := range p.Engines {
			rest := fmt.Sprintf("arrivals: constant, rate: 100/s, engine: %s, insecure: %t", e, p.TLS && e.AnyCertificate())
			add(string(p.Name)+"_"+string(e), e, string(p.Name)+"://ep-vpc1/", rest)
		}
	}
	add("domain", protocol.Standard, "https://ep-vpc1/", "rate: 50/s")
	add("zone_domain", protocol.Standard, "https://ep-vpc1@eu-central-1b/", "arrivals: closed, think_time: 20ms")
	add("eni", protocol.Standard, "https://ep-vpc1@eu-central-1b#eni/", "rate: 50/s, fresh_connections: true")
	story += `run: {warm_up: 300ms, duration: 4s}
timeline:
  - {name: stopped, at: 1s, fail: {instance: ecs3, mode: refuse}, for: 1s}
expect:
  - load.domain.before.success_ratio == 100%
`
	d, n := rehearse(t, nil, scenario(t, "frankfurt.yaml", story, secured...))
	for name, e := range engines {
		at := "load." + name
		answered(t, d, at+".before.success_ratio")
		if d.number(t, at+".requests") < 20 {
			t.Errorf("%s: %v requests", name, d.number(t, at+".requests"))
		}
		if e == protocol.Hey {
			continue // keeps of an answer neither who gave it nor of a failure when it was
		}
		between(t, d, at+".after.success_ratio", 0.9, 1)
		for _, backend := range []string{"ecs2", "ecs3"} {
			between(t, d, at+".share."+backend, 0.05, 0.95)
		}
	}
	if t.Failed() {
		t.Log(n.progress.String(), "\n", n.out.String())
	}

	text, err := os.ReadFile(filepath.Join(n.bundle(t), "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest results.Manifest
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	for _, s := range manifest.Senders {
		if s.Engine != string(engines[s.Name]) {
			t.Errorf("%s was sent by %q, want %q", s.Name, s.Engine, engines[s.Name])
		}
	}
	if len(manifest.Senders) != len(engines) {
		t.Errorf("%d streams, want %d", len(manifest.Senders), len(engines))
	}
}

// TestRunWithEveryProtocol: a drill sends whatever the registry lets loads and probes speak, straight at an
// instance that answers.
func TestRunWithEveryProtocol(t *testing.T) {
	needsSandbox(t)
	t.Parallel()
	ports := map[protocol.Name]string{
		protocol.HTTP: "", protocol.HTTPS: "", protocol.TCPConnect: ":80", protocol.UDPEcho: "", protocol.BulkTCP: ":5201",
	}
	loads, probes := "load:\n", "probes:\n"
	var figures []string
	for p := range protocol.All() {
		port, served := ports[p.Name]
		switch name := strings.NewReplacer("+", "_", "-", "_").Replace(string(p.Name)); {
		case !p.Load:
			continue
		case !served:
			t.Fatalf("nothing on ecs3 answers %s", p.Name)
		default:
			entry := fmt.Sprintf("from: ecs2, target: \"%s://ecs3%s\", rate: 20/s", p.Name, port)
			loads += fmt.Sprintf("  - {name: %s, %s, connections: 2}\n", name, entry)
			figures = append(figures, "load."+name)
			if p.Probe {
				probes += fmt.Sprintf("  - {name: probe_%s, %s}\n", name, entry)
				figures = append(figures, "probes.probe_"+name)
			}
		}
	}
	d, _ := rehearse(t, nil, scenario(t, "frankfurt.yaml", loads+probes+"run: {warm_up: 300ms, duration: 1s}\n",
		"24.2, run: [web]}", "24.2, run: [web, tls, datagrams, flow]}",
		"  web: {http", "  tls: {https: {}}\n  datagrams: {udp_echo: {port: 7}}\n  flow: {bulk: {port: 5201}}\n  web: {http"))
	for _, figure := range figures {
		answered(t, d, figure+".success_ratio")
		if d.number(t, figure+".requests") == 0 {
			t.Errorf("%s sent nothing", figure)
		}
	}
}
