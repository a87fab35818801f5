package cloud

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"

	"netlab/scenarios"
)

func (b *builder) endpointServices() {
	for i, in := range b.s.Cloud.EndpointServices {
		path := fmt.Sprintf("cloud.endpoint_services[%d]", i)
		svc := b.cloud.EndpointServices[i]
		svc.ID, svc.Description = b.id("epsrv-", in.Name), in.ServiceDescription
		svc.AutoAcceptConnection, svc.ZoneAffinityEnabled = in.AutoAcceptConnection, in.ZoneAffinityEnabled
		svc.AllowedAccounts, svc.Payer, svc.ConnectBandwidth = in.AllowedAccounts, in.Payer, in.ConnectBandwidth
		b.tags(path, in.Tags)
		if in.AddressIPVersion != "IPv4" && in.AddressIPVersion != "" && in.ServiceResourceType == "slb" {
			b.report(b.errorf(path+".address_ip_version", "a CLB serves IPv4 only").Instead("IPv4"))
		}
		if (in.ServiceType == "GatewayLoadBalancer") != (in.ServiceResourceType == "gwlb") {
			b.report(b.errorf(path+".service_type", "service_type GatewayLoadBalancer and service_resource_type gwlb go together").
				Advise("set both or neither"))
		}
		svc.Domain = strings.Join([]string{svc.ID, b.cloud.Region, "privatelink.aliyuncs.com"}, ".")
		if n := len(in.Resources); n > MaxResources {
			b.report(b.errorf(path+".resources", "%d service resources are too many", n).Advise("at most %d", MaxResources))
		}
		for j, r := range in.Resources {
			b.serviceResource(fmt.Sprintf("%s.resources[%d]", path, j), r, svc)
		}
		b.allowed(path, in.AllowedAccounts)
	}
}

func (b *builder) serviceResource(path string, in scenarios.ServiceResource, svc *EndpointService) {
	lb := find[LoadBalancer](b, path+".load_balancer", in.LoadBalancer, aLoadBalancer)
	zone := b.zone(path+".zone", in.Zone)
	if lb == nil {
		svc.Resources = append(svc.Resources, ServiceResource{Zone: zone}) // so that its zone is known
		return
	}
	if asked := b.asked(lb); asked.PaymentType != "" && asked.PaymentType != "PayAsYouGo" || asked.AddressType == "internet" {
		b.report(b.errorf(path+".load_balancer",
			"%s can't be a service resource: PrivateLink takes an intranet, PayAsYouGo load balancer, this one is %s, %s",
			lb.Name, asked.AddressType, asked.PaymentType).Advise("set its address_type: intranet and payment_type: PayAsYouGo"))
	}
	var zones []string
	for _, z := range lb.Zones() {
		zones = append(zones, string(z))
	}
	if !slices.Contains(zones, string(zone)) && zone != "" && lb.MasterZone != "" {
		b.report(b.errorf(path+".zone", "%s is not in %s: its zones are %s", lb.Name, zone, strings.Join(zones, ", ")).Instead(zones[0]))
		zone = lb.MasterZone
	}
	for _, r := range svc.Resources {
		if r.LoadBalancer == lb && r.Zone == zone {
			b.report(b.errorf(path, "%s in %s is a resource of this service already", lb.Name, zone).Advise("keep one"))
			return
		}
	}
	svc.Resources = append(svc.Resources, ServiceResource{LoadBalancer: lb, Zone: zone})
	if lb.VSwitch == nil {
		return
	}
	if svc.Account == "" {
		svc.Account = lb.VSwitch.VPC.Account
	}
	if other := lb.VSwitch.VPC.Account; other != svc.Account && other != "" {
		b.report(b.errorf(path+".load_balancer", "%s belongs to account %s, the service to %s", lb.Name, other, svc.Account).
			Advise("a service offers load balancers of one account"))
	}
}

// allowed checks a whitelist: each account owns something and is named once.
func (b *builder) allowed(path string, accounts []string) {
	for i, a := range accounts {
		at := fmt.Sprintf("%s.allowed_accounts[%d]", path, i)
		if slices.Contains(accounts[:i], a) && a != "" {
			b.report(b.errorf(at, "account %s is on the list already", a).Advise("keep one"))
		} else {
			b.knownAccount(at, a)
		}
	}
}

// knownAccount reports an account that owns nothing.
func (b *builder) knownAccount(path, account string) {
	var known []string
	for _, v := range b.cloud.VPCs {
		if v.Account != "" && !slices.Contains(known, v.Account) {
			known = append(known, v.Account)
		}
	}
	if account != "" && !slices.Contains(known, account) {
		b.report(b.choose(b.errorf(path, "no VPC belongs to account %s", account), account, known))
	}
}

// asked is what the scenario writes about a load balancer.
func (b *builder) asked(lb *LoadBalancer) scenarios.LoadBalancer {
	for i, l := range b.cloud.LoadBalancers {
		if l == lb {
			return b.s.Cloud.LoadBalancers[i]
		}
	}
	return scenarios.LoadBalancer{}
}

// visible reports an endpoint whose account is not on the service's whitelist (documented: the
// service is invisible to it).
func (b *builder) visible(path string, e *Endpoint) {
	if e.VPC != nil {
		e.Account = e.VPC.Account
	}
	if !e.sees(b.everAllowed) {
		b.report(b.errorf(path+".service", "service %s is invisible to account %s, which owns %s", e.Service.Name, e.Account, e.VPC.Name).
			Advise("add %s to the service's allowed_accounts", e.Account))
	}
}

func (b *builder) endpoints() {
	for i, in := range b.s.Cloud.Endpoints {
		path := fmt.Sprintf("cloud.endpoints[%d]", i)
		e := b.cloud.Endpoints[i]
		e.ID, e.Title, e.ZoneAffinityEnabled = b.id("ep-", in.Name), in.EndpointName, in.ZoneAffinityEnabled
		e.Service = find[EndpointService](b, path+".service", in.Service, anEndpointSvc)
		e.VPC = find[VPC](b, path+".vpc", in.VPC, aVPC)
		b.visible(path, e)
		b.tags(path, in.Tags)
		if e.Title == "" {
			e.Title = e.Name
		}
		if len(e.Title) == 1 {
			b.report(b.errorf(path+".name", "an endpoint's name has at least 2 characters").Advise("lengthen it, or add endpoint_name"))
		}
		e.SecurityGroups = b.groups(path+".security_groups", in.SecurityGroups, e.VPC, MaxEndpointGroups)
		if e.Service != nil {
			e.Domain = e.ID + "." + e.Service.Domain
		}
		if n := len(in.Zones); n > MaxEndpointZones {
			b.report(b.errorf(path+".zones", "%d zones are too many", n).Advise("at most %d", MaxEndpointZones))
		}
		e.Zones = make([]EndpointZone, 0, len(in.Zones))
		for j, z := range in.Zones {
			b.endpointZone(fmt.Sprintf("%s.zones[%d]", path, j), z, e)
		}
	}
}

func (b *builder) endpointZone(path string, in scenarios.EndpointZone, e *Endpoint) {
	z := EndpointZone{Zone: b.zone(path+".zone", in.Zone), VSwitch: find[VSwitch](b, path+".vswitch", in.VSwitch, aVSwitch)}
	for _, other := range e.Zones {
		if other.Zone == z.Zone && z.Zone != "" {
			b.report(b.errorf(path+".zone", "endpoint %s has an ENI in %s already", e.Name, z.Zone).Advise("an endpoint has one ENI in a zone"))
			return
		}
	}
	if e.Service != nil && z.Zone != "" {
		z.Zone = b.servedZone(path+".zone", z.Zone, e)
	}
	if w := z.VSwitch; w != nil {
		switch {
		case e.VPC != nil && w.VPC != e.VPC:
			d := b.errorf(path+".vswitch", "vSwitch %s belongs to %s, the endpoint to %s", w.Name, w.VPC.Name, e.VPC.Name)
			b.report(b.otherVSwitch(d, e.VPC, z.Zone))
			z.VSwitch = nil
		case z.Zone != "" && w.Zone != "" && w.Zone != z.Zone:
			d := b.errorf(path+".vswitch", "vSwitch %s is in %s, not in %s", w.Name, w.Zone, z.Zone)
			b.report(b.otherVSwitch(d, w.VPC, z.Zone))
			z.VSwitch = nil
		}
	}
	if e.Service != nil {
		z.Domain = e.ID + "-" + string(z.Zone) + "." + e.Service.Domain
	}
	e.Zones = append(e.Zones, z)
	at := &e.Zones[len(e.Zones)-1]
	b.address(path+".ip", "endpoint "+e.Name, in.IP, z.VSwitch, func(a netip.Addr) { at.IP = a })
}

// servedZone reports an endpoint zone that the service has no resource in, and gives one that
// it has.
func (b *builder) servedZone(path string, zone Zone, e *Endpoint) Zone {
	var offered Zone
	for _, r := range e.Service.Resources {
		if r.Zone == zone {
			return zone
		}
		if offered == "" {
			offered = r.Zone
		}
	}
	if offered == "" {
		return zone
	}
	b.report(b.errorf(path, "service %s is not offered in %s", e.Service.Name, zone).Instead(string(offered)))
	return offered
}

// otherVSwitch suggests a VPC's vSwitch in a zone.
func (b *builder) otherVSwitch(d scenarios.Diagnostic, v *VPC, zone Zone) scenarios.Diagnostic {
	for _, w := range v.VSwitches {
		if w.Zone == zone {
			return d.Instead(w.Name)
		}
	}
	return d.Advise("add a vSwitch in %s to %s", zone, v.Name)
}

// id makes up a resource's id: the same for the same scenario and name, on any machine.
func (b *builder) id(kind, name string) string {
	sum := sha256.Sum256([]byte(b.s.Name + "\x00" + name))
	digits := fmt.Sprintf("%020s", new(big.Int).SetBytes(sum[:]).Text(36))
	return kind + digits[len(digits)-20:]
}
