package figures

import (
	"fmt"
	"slices"
	"strings"

	"netlab/scenarios"
	"netlab/sim/cloud"
	"netlab/sim/verb"
)

// why explains a fault that left a sender without any success while it lasted: which resources
// on its path stood in the zone that failed. "" when every sender had some success.
func (r *Run) why(f *Entry) string {
	failed := f.reaction(r.Cloud)
	if failed.Zone == "" {
		return ""
	}
	var sentences []string
	for _, s := range r.Senders {
		if !r.dead(s, f) {
			continue
		}
		lost := r.lostOnPath(s.Name, failed)
		if len(lost) == 0 {
			continue
		}
		sentences = append(sentences, fmt.Sprintf("%s had no success after %s went down: %s.",
			s.Name, failed.Zone, strings.Join(lost, "; ")))
	}
	return strings.Join(sentences, " ")
}

// dead reports whether nothing that was sent while the fault lasted was answered. The requests
// that were under way at either end are left out: part of their life was whole. So are those sent
// during the injection itself: a zone's hosts go one after the other, in milliseconds.
func (r *Run) dead(s *Sender, f *Entry) bool {
	lasted := Window{f.Inject.At + int64(f.Inject.TookMS*1e6), f.HealedAt()}
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

// lostOnPath names what stood in the failed zone between a sender's client and its servers.
func (r *Run) lostOnPath(sender string, failed verb.Reaction) []string {
	from, target := r.path(sender)
	zone := failed.Zone
	whole := failed.LoadBalancer == "" // the zone, not only one load balancer's node in it
	var lost []string
	if whole && r.instancesIn(zone)[from] {
		lost = append(lost, fmt.Sprintf("its client %s stands there", from))
	}
	if ep := r.Cloud.Endpoint(target.Host); ep != nil && whole {
		here := func(z cloud.EndpointZone) bool { return z.Zone == zone }
		switch there := slices.ContainsFunc(ep.Zones, here); {
		case there && len(ep.Zones) == 1:
			lost = append(lost, fmt.Sprintf("endpoint %s has its only ENI there", ep.Name))
		case there && cloud.Zone(target.Zone) == zone:
			lost = append(lost, fmt.Sprintf("it asks for endpoint %s's ENI there", ep.Name))
		}
	}
	for _, lb := range balancers(r.Cloud, target) {
		if concerns(failed, lb.Name) {
			lost = append(lost, r.lostBalancer(lb, target, zone)...)
		}
	}
	return lost
}

func (r *Run) lostBalancer(lb *cloud.LoadBalancer, target scenarios.Target, zone cloud.Zone) []string {
	var lost []string
	if lb.MasterZone == zone {
		if lb.SlaveZone == "" {
			lost = append(lost, fmt.Sprintf("%s has its only node there", lb.Name))
		} else {
			lost = append(lost, fmt.Sprintf("%s has its primary node there, and its backup in %s cannot mend what else is missing",
				lb.Name, lb.SlaveZone))
		}
	}
	inZone := r.instancesIn(zone)
	servers := serversOf(lb, target)
	elsewhere := func(name string) bool { return !inZone[name] }
	if len(servers) > 0 && !slices.ContainsFunc(servers, elsewhere) {
		lost = append(lost, fmt.Sprintf("every server of %s stands there", lb.Name))
	}
	return lost
}

// path is where a sender stands and what it asks for.
func (r *Run) path(sender string) (from string, target scenarios.Target) {
	for _, l := range r.Scenario.Load {
		if l.Name == sender {
			return l.From, l.Target
		}
	}
	for _, p := range r.Scenario.Probes {
		if p.Name == sender {
			return p.From, p.Target
		}
	}
	return "", scenarios.Target{}
}
