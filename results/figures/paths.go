package figures

import (
	"fmt"
	"strings"

	"netlab/scenarios"
	"netlab/sim/cloud"
)

// topologyLines are the paths that the streams take, each path once:
//
//	ecs1 (b) → ep-vpc1 (b) → clb-frankfurt (b primary, a backup) → ecs2 (a), ecs3 (b)
func topologyLines(s *scenarios.Scenario) []string {
	var lines []string
	add := func(from string, target scenarios.Target) {
		line := topologyLine(s, from, target)
		for _, known := range lines { // several streams may take one path
			if known == line {
				return
			}
		}
		lines = append(lines, line)
	}
	for _, l := range s.Load {
		add(l.From, l.Target)
	}
	for _, p := range s.Probes {
		add(p.From, p.Target)
	}
	return lines
}

func topologyLine(s *scenarios.Scenario, from string, target scenarios.Target) string {
	hops := []string{instanceLabel(s, from)}
	balancers := []string{target.Host}
	known := false
	for _, ep := range s.Cloud.Endpoints {
		if ep.Name != target.Host {
			continue
		}
		var zones []string
		for _, z := range ep.Zones {
			zones = append(zones, cloud.Zone(z.Zone).Short())
		}
		hops = append(hops, fmt.Sprintf("%s (%s)", ep.Name, strings.Join(zones, ", ")))
		balancers, known = balancersOf(&s.Cloud, ep.Service), true
	}
	for i := range s.Cloud.LoadBalancers {
		lb := &s.Cloud.LoadBalancers[i]
		if !contains(strings.Join(balancers, " "), lb.Name) {
			continue
		}
		nodes := cloud.Zone(masterZone(s, lb)).Short() + " primary"
		if lb.SlaveZone != "" {
			nodes += ", " + cloud.Zone(lb.SlaveZone).Short() + " backup"
		}
		var servers []string
		for _, server := range lb.Servers {
			servers = append(servers, instanceLabel(s, server.Instance))
		}
		hops = append(hops, fmt.Sprintf("%s (%s)", lb.Name, nodes), strings.Join(servers, ", "))
		known = true
	}
	if !known {
		host := target.Host
		if target.Addr.IsValid() {
			host = target.Addr.String()
		}
		hops = append(hops, instanceLabel(s, host))
	}
	return strings.Join(hops, " → ")
}

func instanceLabel(s *scenarios.Scenario, name string) string {
	for _, i := range s.Cloud.Instances {
		if i.Name == name {
			return fmt.Sprintf("%s (%s)", name, cloud.Zone(zoneOf(s, i.VSwitch)).Short())
		}
	}
	return name
}
