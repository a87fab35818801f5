package figures

import (
	"fmt"
	"strings"

	"netlab/scenarios"
)

// why explains a fault that left a stream without any success while it lasted: which resources
// on the stream's path stood in the zone that failed. "" when every stream had some success.
func (r *Run) why(f *Entry) string {
	if f.Fail == nil || f.Fail.Zone == "" {
		return ""
	}
	var sentences []string
	for _, s := range r.Senders {
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
func (r *Run) dead(s *Sender, f *Entry) bool {
	lasted := Window{f.Inject.At + int64(f.Inject.Value*1e6), f.HealedAt()}
	var asked bool
	for i := range s.Samples {
		sample := &s.Samples[i]
		if !lasted.Holds(sample.Sent) || sample.Sent == 0 {
			continue
		}
		if sample.OK() && sample.Done < lasted.End {
			return false
		}
		asked = true
	}
	return asked
}

// lostOnPath names what stood in the failed zone between a stream's client and its servers.
func (r *Run) lostOnPath(stream string, fail *scenarios.Fail) []string {
	from, target := r.path(stream)
	cloud := &r.Scenario.Cloud
	whole := fail.CLBCluster == "" // the zone, not only one load balancer's node in it
	var lost []string
	if whole && instancesIn(r.Scenario, fail.Zone)[from] {
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

func (r *Run) lostBalancer(lb *scenarios.LoadBalancer, zone string) []string {
	var lost []string
	if masterZone(r.Scenario, lb) == zone {
		if lb.SlaveZone == "" {
			lost = append(lost, fmt.Sprintf("%s has its only node there", lb.Name))
		} else {
			lost = append(lost, fmt.Sprintf("%s has its primary node there, and its backup in %s cannot mend what else is missing", lb.Name, lb.SlaveZone))
		}
	}
	inZone := instancesIn(r.Scenario, zone)
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
func (r *Run) path(stream string) (from string, target scenarios.Target) {
	for _, l := range r.Scenario.Load {
		if l.Name == stream {
			return l.From, l.Target
		}
	}
	for _, p := range r.Scenario.Probes {
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
