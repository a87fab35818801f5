package control

import (
	"slices"
	"time"

	"netlab/sim/cloud"
)

// A Resource is a load balancer in the zone in which it serves endpoints.
type Resource struct {
	LoadBalancer string
	Zone         cloud.Zone
	// AutoAllocated says whether a connecting zone may be given this resource unasked
	// (documented: AutoAllocatedEnabled; that it starts out true is inferred).
	AutoAllocated bool
}

// AttachResource adds a load balancer to the service (documented:
// AttachResourceToVpcEndpointService).
func (p *PrivateLink) AttachResource(at time.Duration, by, name string, resource cloud.ServiceResource) ([]Transition, error) {
	return p.change(at, by, name, "attach resource to", func(s *service) *Error {
		if err := s.attach(resource); err != nil {
			return err
		}
		p.modify(s)
		return nil
	})
}

// DetachResource removes a load balancer from the service. One that a connection uses must stay
// (documented: DetachResourceFromVpcEndpointService, EndpointServiceConnectionDependence), and so
// must one that a gracefully migrated zone still uses for its old connections (documented:
// EndpointServiceResourceCannotRemove; the condition is inferred). A zone that was to get it when
// it connects gets any other one (inferred).
func (p *PrivateLink) DetachResource(at time.Duration, by, name, loadBalancer string, zone cloud.Zone) ([]Transition, error) {
	return p.change(at, by, name, "detach resource from", func(s *service) *Error {
		i := s.find(loadBalancer, zone)
		if i < 0 {
			return refuse(EndpointServiceResourceNotFound, "detach resource from %s: it has no %s in %s", name, loadBalancer, zone)
		}
		for _, e := range p.endpointsOf(s) {
			for _, z := range e.zones {
				if z.Zone == zone && z.Replaced == loadBalancer {
					return refuse(EndpointServiceResourceCannotRemove,
						"detach resource from %s: %s still serves old connections of %s", name, loadBalancer, e.Name)
				}
				if z.Zone == zone && z.Resource == loadBalancer && !z.idle() {
					return refuse(EndpointServiceConnectionDependence,
						"detach resource from %s: %s serves the connection of %s", name, loadBalancer, e.Name)
				}
			}
		}
		for _, e := range p.endpointsOf(s) {
			for _, z := range e.zones {
				if z.Zone == zone && z.Resource == loadBalancer {
					z.Resource, z.Manual = "", false
				}
			}
		}
		s.Resources = slices.Delete(s.Resources, i, i+1)
		p.modify(s)
		return nil
	})
}

// SetAutoAllocated says whether connecting zones may be given the resource unasked. At least one
// resource of the service must remain so (documented: UpdateVpcEndpointServiceResourceAttribute,
// ResourceAutoAllocateViolation).
func (p *PrivateLink) SetAutoAllocated(at time.Duration, by, name, loadBalancer string, zone cloud.Zone, enabled bool) ([]Transition,
	error) {
	return p.change(at, by, name, "update resource of", func(s *service) *Error {
		i := s.find(loadBalancer, zone)
		if i < 0 {
			return refuse(EndpointServiceResourceNotFound, "update resource of %s: it has no %s in %s", name, loadBalancer, zone)
		}
		others := slices.ContainsFunc(s.Resources, func(r Resource) bool {
			return r.AutoAllocated && !(r.LoadBalancer == loadBalancer && r.Zone == zone)
		})
		if !enabled && !others {
			return refuse(ResourceAutoAllocateViolation,
				"update resource of %s: no other resource is allocated automatically", name)
		}
		s.Resources[i].AutoAllocated = enabled
		p.modify(s)
		return nil
	})
}

func (s *service) attach(resource cloud.ServiceResource) *Error {
	name, inZone := resource.LoadBalancer.Name, 0
	for _, r := range s.Resources {
		if r.Zone == resource.Zone {
			inZone++
		}
	}
	switch {
	case s.find(name, resource.Zone) >= 0:
		return refuse(EndpointServiceResourceExist, "attach resource to %s: it already has %s in %s", s.Name, name, resource.Zone)
	case !slices.Contains(resource.LoadBalancer.Zones(), resource.Zone):
		// Documented: the zone must be one in which the load balancer is deployed; the code is inferred.
		return refuse(EndpointServiceNotSupportedZone, "attach resource to %s: %s is not deployed in %s", s.Name, name, resource.Zone)
	case len(s.Resources) >= maxResourcesPerService || inZone >= maxResourcesPerServiceZone:
		return refuse(QuotaMisMatched, "attach resource to %s: it has %d resources, %d of them in %s",
			s.Name, len(s.Resources), inZone, resource.Zone)
	}
	s.Resources = append(s.Resources, Resource{LoadBalancer: name, Zone: resource.Zone, AutoAllocated: true})
	return nil
}

func (s *service) find(loadBalancer string, zone cloud.Zone) int {
	return slices.IndexFunc(s.Resources, func(r Resource) bool {
		return r.LoadBalancer == loadBalancer && r.Zone == zone
	})
}

func (s *service) serves(zone cloud.Zone) bool {
	return slices.ContainsFunc(s.Resources, func(r Resource) bool { return r.Zone == zone })
}
