package cloud

import (
	"fmt"
	"net/netip"

	"netlab/scenarios"
)

// Instance returns the instance of that name, or nil.
func (c *Cloud) Instance(name string) *Instance {
	if c.named != nil {
		e, _ := c.named[name].what.(*Instance)
		return e
	}
	for _, e := range c.Instances {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// LoadBalancer returns the load balancer of that name, or nil.
func (c *Cloud) LoadBalancer(name string) *LoadBalancer {
	if c.named != nil {
		lb, _ := c.named[name].what.(*LoadBalancer)
		return lb
	}
	for _, lb := range c.LoadBalancers {
		if lb.Name == name {
			return lb
		}
	}
	return nil
}

// EndpointService returns the endpoint service of that name, or nil.
func (c *Cloud) EndpointService(name string) *EndpointService {
	if c.named != nil {
		s, _ := c.named[name].what.(*EndpointService)
		return s
	}
	for _, s := range c.EndpointServices {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Endpoint returns the endpoint of that name, or nil.
func (c *Cloud) Endpoint(name string) *Endpoint {
	if c.named != nil {
		e, _ := c.named[name].what.(*Endpoint)
		return e
	}
	for _, e := range c.Endpoints {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// A Destination is what a target's host stands for: a domain name to resolve, or an address.
type Destination struct {
	Domain string
	Addr   netip.Addr // where Domain is ""
	VPC    *VPC       // whose hosts can reach it
}

// Destination resolves the host of a target.
func (c *Cloud) Destination(t scenarios.Target) (Destination, error) {
	if t.Addr.IsValid() {
		return Destination{Addr: t.Addr, VPC: c.vpcHolding(t.Addr)}, nil
	}
	if e := c.Endpoint(t.Host); e != nil {
		if t.Zone == "" {
			return Destination{Domain: e.Domain, VPC: e.VPC}, nil
		}
		for _, z := range e.Zones {
			switch {
			case string(z.Zone) != t.Zone:
			case t.ENI:
				return Destination{Addr: z.IP, VPC: e.VPC}, nil
			default:
				return Destination{Domain: z.Domain, VPC: e.VPC}, nil
			}
		}
		return Destination{}, fmt.Errorf("endpoint %s has no ENI in %s", t.Host, t.Zone)
	}
	if t.Zone != "" {
		return Destination{}, fmt.Errorf("%s is no endpoint: only an endpoint has zones", t.Host)
	}
	if e := c.Instance(t.Host); e != nil {
		return Destination{Addr: e.PrivateIP, VPC: e.vpc()}, nil
	}
	if lb := c.LoadBalancer(t.Host); lb != nil {
		d := Destination{Addr: lb.Address}
		if lb.VSwitch != nil {
			d.VPC = lb.VSwitch.VPC
		}
		return d, nil
	}
	return Destination{}, fmt.Errorf("there is no endpoint, instance or load balancer named %s", t.Host)
}

// AnyZone is the first zone in which the endpoint has an ENI, or "".
func (e *Endpoint) AnyZone() Zone {
	for _, z := range e.Zones {
		if z.Zone != "" {
			return z.Zone
		}
	}
	return ""
}

// vpcHolding is the VPC that an address belongs to, or nil.
func (c *Cloud) vpcHolding(addr netip.Addr) *VPC {
	for _, v := range c.VPCs {
		if v.CIDRBlock.IsValid() && v.CIDRBlock.Contains(addr) {
			return v
		}
	}
	return nil
}
