package cloud

import (
	"fmt"

	"netlab/scenarios"
)

// NotEmulated says what a valid scenario's cloud asks for that netlab can't do yet; sim.NotEmulated
// adds what its timeline does. Whoever builds one of these removes its line.
func NotEmulated(s *scenarios.Scenario) scenarios.Diagnostics {
	n := &notEmulated{s: s}
	n.impairment("links.inter_zone", s.Links.InterZone)
	n.groups()
	for i, lb := range s.Cloud.LoadBalancers {
		n.loadBalancer(fmt.Sprintf("cloud.load_balancers[%d]", i), lb)
	}
	n.privateLink()
	n.diags.Sort()
	return n.diags
}

type notEmulated struct {
	s     *scenarios.Scenario
	diags scenarios.Diagnostics
}

func (n *notEmulated) refuse(asked bool, path, what string) {
	if asked {
		n.diags = append(n.diags, NotYet(n.s, path, what))
	}
}

// NotYet is the refusal of what stands at a path of the file.
func NotYet(s *scenarios.Scenario, path, what string) scenarios.Diagnostic {
	return s.Source.Errorf(path, "%s is not emulated yet", what).Advise("leave it out to run this scenario")
}

// impairment: the wire can delay.
func (n *notEmulated) impairment(path string, i scenarios.Impairment) {
	i.Delay, i.Symmetric = 0, false
	n.refuse(i != scenarios.Impairment{}, path, "an impairment other than delay")
}

func (n *notEmulated) groups() {
	for i, g := range n.s.Cloud.SecurityGroups {
		path := fmt.Sprintf("cloud.security_groups[%d]", i)
		for j, r := range g.Rules {
			at := fmt.Sprintf("%s.rules[%d]", path, j)
			n.refuse(r.IPProtocol == "icmpv6", at+".ip_protocol", "IPv6")
		}
	}
}

func (n *notEmulated) loadBalancer(path string, lb scenarios.LoadBalancer) {
	n.refuse(lb.AddressType == "internet", path+".address_type", "an Internet-facing load balancer")
	n.refuse(lb.AddressIPVersion == "ipv6", path+".address_ip_version", "IPv6")
	n.refuse(lb.InstanceChargeType == "PayByCLCU", path+".instance_charge_type", "a load balancer without a specification")
	for i, l := range lb.Listeners {
		n.listener(fmt.Sprintf("%s.listeners[%d]", path, i), l)
	}
}

func (n *notEmulated) listener(path string, l scenarios.Listener) {
	n.refuse(l.Protocol != "tcp" && l.Protocol != "udp", path+".protocol", "a listener of protocol "+l.Protocol)
	n.refuse(l.Scheduler == "qch" || l.Scheduler == "wlc", path+".scheduler", "scheduler "+l.Scheduler)
	n.refuse(l.ProxyProtocolV2Enabled && l.Protocol == "udp", path+".proxy_protocol_v2_enabled", "PROXY protocol over UDP")
}

func (n *notEmulated) privateLink() {
	for i, svc := range n.s.Cloud.EndpointServices {
		path := fmt.Sprintf("cloud.endpoint_services[%d]", i)
		n.refuse(svc.ServiceResourceType != "slb", path+".service_resource_type", "a service of "+svc.ServiceResourceType)
		n.refuse(svc.ServiceType != "Interface", path+".service_type", "a service of type "+svc.ServiceType)
		n.refuse(svc.AddressIPVersion != "IPv4", path+".address_ip_version", "IPv6")
		n.refuse(svc.ServiceSupportIPv6, path+".service_support_ipv6", "IPv6")
	}
	for i, e := range n.s.Cloud.Endpoints {
		path := fmt.Sprintf("cloud.endpoints[%d]", i)
		n.refuse(e.EndpointType != "Interface", path+".endpoint_type", "an endpoint of type "+e.EndpointType)
		n.refuse(e.AddressIPVersion != "IPv4", path+".address_ip_version", "IPv6")
		n.refuse(e.CrossRegionBandwidth != 0, path+".cross_region_bandwidth", "an endpoint in another region")
		n.refuse(e.ProtectedEnabled, path+".protected_enabled", "a protected endpoint")
		n.refuse(e.PolicyDocument != "", path+".policy_document", "an endpoint policy")
		n.refuse(e.DryRun, path+".dry_run", "a dry run")
	}
}
