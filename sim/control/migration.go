package control

import (
	"time"

	"netlab/sim/cloud"
)

// Which of several resources serves an endpoint's zone is the provider's to manage: allocated
// before the connection, replaced while it stands. The cloud opens this by application only
// (documented: quota svc_res_mgt_uat); netlab takes it as granted. Both calls are documented as
// UpdateVpcEndpointZoneConnectionResourceAttribute, during which the service is Pending.

// AllocateResource chooses the resource that a zone gets when it connects; loadBalancer "" leaves
// the choice to chance again. It can be called only while the connection is Disconnected
// (documented: ResourceAllocateMode Manual and Auto).
func (p *PrivateLink) AllocateResource(at time.Duration, by, name string, zone cloud.Zone, loadBalancer string) ([]Transition, error) {
	return p.manage(at, by, name, "allocate resource of", zone, func(s *service, e *endpoint, z *EndpointZone) *Error {
		if e.Connection != cloud.Disconnected {
			return refuse(IllegalAllocateMode, "allocate resource of %s: its connection is %s", name, e.Connection)
		}
		if loadBalancer != "" && s.find(loadBalancer, zone) < 0 {
			return s.lacks("allocate resource of", name, loadBalancer, zone)
		}
		z.Resource, z.Manual = loadBalancer, loadBalancer != ""
		p.modify(s)
		return nil
	})
}

// ReplaceResource moves a connected zone to another resource of the same zone. The old resource
// must have been taken out of automatic allocation (documented:
// OperationDenied.CurrentResourceAutoAllocated).
func (p *PrivateLink) ReplaceResource(at time.Duration, by, name string, zone cloud.Zone, mode cloud.ReplaceMode,
	loadBalancer string) ([]Transition, error) {
	return p.manage(at, by, name, "replace resource of", zone, func(s *service, e *endpoint, z *EndpointZone) *Error {
		switch {
		case mode != cloud.Graceful && mode != cloud.Force:
			return refuse(IllegalReplaceMode, "replace resource of %s: mode %q is neither Graceful nor Force", name, mode)
		case e.Connection != cloud.Connected:
			return refuse(IllegalReplaceMode, "replace resource of %s: its connection is %s", name, e.Connection)
		case loadBalancer == "":
			return refuse(MissingResourceID, "replace resource of %s: no resource is named", name)
		case z.Status != cloud.ZoneConnected:
			return refuse(ZoneOperationDenied, "replace resource of %s: %s is %s", name, zone, z.Status)
		case s.find(loadBalancer, zone) < 0:
			return s.lacks("replace resource of", name, loadBalancer, zone)
		case loadBalancer == z.Resource: // inferred
			return refuse(ZoneOperationDenied, "replace resource of %s: %s serves %s already", name, loadBalancer, zone)
		case s.Resources[s.find(z.Resource, zone)].AutoAllocated:
			return refuse(CurrentResourceAutoAllocated, "replace resource of %s: %s is allocated automatically", name, z.Resource)
		}
		done := cloud.ZoneConnected
		if mode == cloud.Graceful {
			z.Replaced, done = z.Resource, cloud.ZoneMigrated
		}
		z.Resource, z.Manual = loadBalancer, true
		p.setZone(e, z, cloud.ZoneMigrating)
		p.later(func() { p.setZone(e, z, done) })
		p.modify(s)
		return nil
	})
}

// CutReplaced ends the old connections of a gracefully migrated zone (documented:
// DisableVpcEndpointZoneConnection with ReplacedResource true; Migrated through Migrating to
// Connected is inferred).
func (p *PrivateLink) CutReplaced(at time.Duration, by, name string, zone cloud.Zone) ([]Transition, error) {
	return p.provideZone(at, by, name, "cut replaced resource of", zone, func(_ *service, e *endpoint, z *EndpointZone) *Error {
		if z.Status != cloud.ZoneMigrated {
			return refuse(IncorrectStatusZone, "cut replaced resource of %s: %s is %s", name, zone, z.Status)
		}
		p.setZone(e, z, cloud.ZoneMigrating)
		p.later(func() {
			z.Replaced = ""
			p.setZone(e, z, cloud.ZoneConnected)
		})
		return nil
	})
}

// manage makes a call that needs the service active and a steady connection.
func (p *PrivateLink) manage(at time.Duration, by, name, what string, zone cloud.Zone,
	do func(*service, *endpoint, *EndpointZone) *Error) ([]Transition, error) {
	return p.provide(at, by, name, what, func(s *service, e *endpoint) *Error {
		z := e.zone(zone)
		switch {
		case s.Status != cloud.ServiceActive:
			return refuse(ConcurrentCallNotSupported, "%s %s: service %s is %s", what, name, s.Name, s.Status)
		case e.Connection.Transitional():
			return refuse(EndpointConnectionOperationDenied, "%s %s: its connection is %s", what, name, e.Connection)
		case z == nil:
			return refuse(EndpointZoneNotFound, "%s %s: it has no zone %s", what, name, zone)
		}
		return do(s, e, z)
	})
}

// lacks tells a resource of another zone from one that the service does not have (documented:
// Mismatch.ZoneId, EndpointServiceResourceNotFound).
func (s *service) lacks(what, name, loadBalancer string, zone cloud.Zone) *Error {
	for _, r := range s.Resources {
		if r.LoadBalancer == loadBalancer {
			return refuse(MismatchZone, "%s %s: %s is in %s, not in %s", what, name, loadBalancer, r.Zone, zone)
		}
	}
	return refuse(EndpointServiceResourceNotFound, "%s %s: service %s has no %s", what, name, s.Name, loadBalancer)
}

// candidates are the resources that a connecting zone may get: the one chosen for it by hand, or
// all that may be given unasked (documented: ResourceAllocateMode Auto, "randomly").
func (s *service) candidates(z *EndpointZone) []string {
	if z.Resource != "" {
		return []string{z.Resource}
	}
	var names []string
	for _, r := range s.Resources {
		if r.Zone == z.Zone && r.AutoAllocated {
			names = append(names, r.LoadBalancer)
		}
	}
	return names
}
