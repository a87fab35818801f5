package figures

import (
	"fmt"
	"slices"
	"strings"

	"netlab/scenarios"
	"netlab/scenarios/protocol"
	"netlab/sim/cloud"
)

// topologyLines are the paths that the senders take, each path once:
//
//	ecs1 (b) → ep-vpc1 (b) → clb-frankfurt (b primary, a backup) → ecs2 (a), ecs3 (b)
func topologyLines(s *scenarios.Scenario, c *cloud.Cloud) []string {
	var lines []string
	add := func(from string, target scenarios.Target) {
		if line := topologyLine(c, from, target); !slices.Contains(lines, line) { // several may take one path
			lines = append(lines, line)
		}
	}
	for _, l := range s.Load {
		add(l.From, l.Target)
	}
	for _, p := range s.Probes {
		add(p.From, p.Target)
	}
	return lines
}

func topologyLine(c *cloud.Cloud, from string, target scenarios.Target) string {
	hops := []string{instanceLabel(c, from)}
	ep := c.Endpoint(target.Host)
	if ep != nil {
		var zones []string
		for _, z := range ep.Zones {
			zones = append(zones, z.Zone.Short())
		}
		hops = append(hops, fmt.Sprintf("%s (%s)", ep.Name, strings.Join(zones, ", ")))
	}
	behind := balancers(c, target)
	for _, lb := range behind {
		nodes := lb.MasterZone.Short() + " primary"
		if lb.SlaveZone != "" {
			nodes += ", " + lb.SlaveZone.Short() + " backup"
		}
		hops = append(hops, fmt.Sprintf("%s (%s)", lb.Name, nodes))
		var servers []string
		for _, name := range serversOf(lb, target) {
			servers = append(servers, instanceLabel(c, name))
		}
		if len(servers) > 0 {
			hops = append(hops, strings.Join(servers, ", "))
		}
	}
	if ep == nil && len(behind) == 0 {
		host := target.Host
		if target.Addr.IsValid() {
			host = target.Addr.String()
		}
		hops = append(hops, instanceLabel(c, host))
	}
	return strings.Join(hops, " → ")
}

// balancers are the load balancers behind a target: those of the endpoint's service, or the one
// that it names. They keep the order of the scenario.
func balancers(c *cloud.Cloud, target scenarios.Target) []*cloud.LoadBalancer {
	behind := map[*cloud.LoadBalancer]bool{}
	if ep := c.Endpoint(target.Host); ep != nil && ep.Service != nil {
		for _, resource := range ep.Service.Resources {
			behind[resource.LoadBalancer] = true
		}
	} else if lb := c.LoadBalancer(target.Host); lb != nil {
		behind[lb] = true
	}
	return slices.DeleteFunc(slices.Clone(c.LoadBalancers), func(lb *cloud.LoadBalancer) bool { return !behind[lb] })
}

// serversOf are the instances behind the listener that takes the target's connections;
// none where nothing listens on its port.
func serversOf(lb *cloud.LoadBalancer, target scenarios.Target) []string {
	udp := target.Protocol().Name == protocol.UDPEcho
	for _, l := range lb.Listeners {
		if l.FrontendPort == target.Port && (l.Protocol == "udp") == udp {
			return backends(lb, l)
		}
	}
	return nil
}

func instanceLabel(c *cloud.Cloud, name string) string {
	if i := c.Instance(name); i != nil && i.VSwitch != nil {
		return fmt.Sprintf("%s (%s)", name, i.VSwitch.Zone.Short())
	}
	return name
}
