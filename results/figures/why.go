package report

import (
	"fmt"
	"strings"

	"netlab/scenarios"
)

// why explains a fault that left a stream without any success while it lasted: which resources
// on the stream's path stood in the zone that failed. "" when every stream had some success.
func (r *run) why(f *fault) string {
	if f.Fail == nil || f.Fail.Zone == "" {
		return ""
	}
	var sentences []string
	for _, s := range r.streams {
		if !r.dead(s, f) {
			continue
		}
		lost := r.lostOnPath(s.Name, f.Fail)
		if len(lost) == 0 {
			continue
		}
		sentences = append(sentences, fmt.Sprintf("%s had no success after %s went down: %s.",
			s.Name, f.Fail.Zone, strings.Join(lost, "; ")))
	}
	return strings.Join(sentences, " ")
}

// dead reports whether nothing that the stream sent while the fault lasted was answered. The
// requests that were under way at either end are left out: part of their life was whole. So are
// those sent during the injection itself: a zone's hosts go one after the other, in milliseconds.
func (r *run) dead(s *stream, f *fault) bool {
	lasted := window{f.inject.At + int64(f.inject.Value*1e6), f.healedAt()}
	var asked bool
	for i := range s.samples {
		sample := &s.samples[i]
		if !lasted.holds(sample.Sent) || sample.Sent == 0 {
			continue
		}
		if sample.OK() && sample.Done < lasted.end {
			return false
		}
		asked = true
	}
	return asked
}

// lostOnPath names what stood in the failed zone between a stream's client and its servers.
func (r *run) lostOnPath(stream string, fail *scenarios.Fail) []string {
	from, target := r.path(stream)
	cloud := &r.scenario.Cloud
	whole := fail.CLBCluster == "" // the zone, not only one load balancer's node in it
	var lost []string
	if whole && instancesIn(r.scenario, fail.Zone)[from] {
		lost = append(lost, fmt.Sprintf("its client %s stands there", from))
	}
	balancers := []string{target.Host}
	for _, ep := range cloud.Endpoints {
		if ep.Name != target.Host {
			continue
		}
		var inZone, elsewhere int
		for _, z := range ep.Zones {
			if z.Zone == fail.Zone {
				inZone++
			} else {
				elsewhere++
			}
		}
		switch {
		case !whole || inZone == 0:
		case elsewhere == 0:
			lost = append(lost, fmt.Sprintf("endpoint %s has its only ENI there", ep.Name))
		case target.Zone == fail.Zone:
			lost = append(lost, fmt.Sprintf("it asks for endpoint %s's ENI there", ep.Name))
		}
		balancers = balancersOf(cloud, ep.Service)
	}
	for i := range cloud.LoadBalancers {
		lb := &cloud.LoadBalancers[i]
		if !contains(strings.Join(balancers, " "), lb.Name) || (fail.CLBCluster != "" && fail.CLBCluster != lb.Name) {
			continue
		}
		lost = append(lost, r.lostBalancer(lb, fail.Zone)...)
	}
	return lost
}

func (r *run) lostBalancer(lb *scenarios.LoadBalancer, zone string) []string {
	var lost []string
	if masterZone(r.scenario, lb) == zone {
		if lb.SlaveZone == "" {
			lost = append(lost, fmt.Sprintf("%s has its only node there", lb.Name))
		} else {
			lost = append(lost, fmt.Sprintf("%s has its primary node there, and its backup in %s cannot mend what else is missing", lb.Name, lb.SlaveZone))
		}
	}
	inZone := instancesIn(r.scenario, zone)
	for _, server := range lb.Servers {
		if !inZone[server.Instance] {
			return lost
		}
	}
	if len(lb.Servers) > 0 {
		lost = append(lost, fmt.Sprintf("every server of %s stands there", lb.Name))
	}
	return lost
}

// path is where a stream starts and what it asks for.
func (r *run) path(stream string) (from string, target scenarios.Target) {
	for _, l := range r.scenario.Load {
		if l.Name == stream {
			return l.From, l.Target
		}
	}
	for _, p := range r.scenario.Probes {
		if p.Name == stream {
			return p.From, p.Target
		}
	}
	return "", scenarios.Target{}
}

func balancersOf(cloud *scenarios.Cloud, service string) []string {
	var out []string
	for _, svc := range cloud.EndpointServices {
		if svc.Name != service {
			continue
		}
		for _, resource := range svc.Resources {
			out = append(out, resource.LoadBalancer)
		}
	}
	return out
}

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
			zones = append(zones, short(z.Zone))
		}
		hops = append(hops, fmt.Sprintf("%s (%s)", ep.Name, strings.Join(zones, ", ")))
		balancers, known = balancersOf(&s.Cloud, ep.Service), true
	}
	for i := range s.Cloud.LoadBalancers {
		lb := &s.Cloud.LoadBalancers[i]
		if !contains(strings.Join(balancers, " "), lb.Name) {
			continue
		}
		nodes := short(masterZone(s, lb)) + " primary"
		if lb.SlaveZone != "" {
			nodes += ", " + short(lb.SlaveZone) + " backup"
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
			return fmt.Sprintf("%s (%s)", name, short(zoneOf(s, i.VSwitch)))
		}
	}
	return name
}

// short is a zone's last letter, as the plan and the hosts show it.
func short(zone string) string {
	if zone == "" {
		return "?"
	}
	return zone[len(zone)-1:]
}
