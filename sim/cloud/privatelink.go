package cloud

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"netlab/scenarios"
)

// Documented quotas of PrivateLink's create operations.
const (
	maxResources      = 10 // service resources given to CreateVpcEndpointService
	maxEndpointZones  = 10
	maxEndpointGroups = 10
)

func (b *builder) endpointServices() {
	for i, in := range b.s.Cloud.EndpointServices {
		path := fmt.Sprintf("cloud.endpoint_services[%d]", i)
		svc := b.cloud.EndpointServices[i]
		svc.ID, svc.Description = b.id("epsrv-", in.Name), in.ServiceDescription
		svc.AutoAcceptConnection, svc.ZoneAffinityEnabled = in.AutoAcceptConnection, in.ZoneAffinityEnabled
		svc.Domain = strings.Join([]string{svc.ID, b.cloud.Region, "privatelink.aliyuncs.com"}, ".")
		if n := len(in.Resources); n > maxResources {
			b.report(b.errorf(path+".resources", "%d service resources are too many", n).Advise("at most %d", maxResources))
		}
		for j, r := range in.Resources {
			b.serviceResource(fmt.Sprintf("%s.resources[%d]", path, j), r, svc)
		}
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
		b.report(b.errorf(path+".load_balancer", "%s can't be a service resource: PrivateLink takes an intranet, PayAsYouGo load balancer, this one is %s, %s",
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

var endpointName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{1,127}$`)

func (b *builder) endpoints() {
	for i, in := range b.s.Cloud.Endpoints {
		path := fmt.Sprintf("cloud.endpoints[%d]", i)
		e := b.cloud.Endpoints[i]
		e.ID, e.Title = b.id("ep-", in.Name), in.EndpointName
		e.Service = find[EndpointService](b, path+".service", in.Service, anEndpointSvc)
		e.VPC = find[VPC](b, path+".vpc", in.VPC, aVPC)
		if e.Title == "" {
			e.Title = e.Name
		} else if !endpointName.MatchString(e.Title) {
			b.report(b.errorf(path+".endpoint_name", "%q is no endpoint name", e.Title).Advise("a letter first, then letters, digits, _ and -; 2 to 128 characters"))
		}
		e.SecurityGroups = b.groups(path+".security_groups", in.SecurityGroups, e.VPC, maxEndpointGroups)
		if e.Service != nil {
			e.Domain = e.ID + "." + e.Service.Domain
		}
		if n := len(in.Zones); n > maxEndpointZones {
			b.report(b.errorf(path+".zones", "%d zones are too many", n).Advise("at most %d", maxEndpointZones))
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
	var zones []Zone
	for _, r := range e.Service.Resources {
		if r.Zone == zone {
			return zone
		}
		if r.Zone != "" {
			zones = append(zones, r.Zone)
		}
	}
	if len(zones) == 0 {
		return zone
	}
	b.report(b.errorf(path, "service %s is not offered in %s", e.Service.Name, zone).Instead(string(zones[0])))
	return zones[0]
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
