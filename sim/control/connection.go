package control

import (
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// An EndpointZone is an endpoint's ENI in one zone and what it is connected to.
type EndpointZone struct {
	Zone     cloud.Zone
	Status   cloud.ZoneStatus
	Resource string // the load balancer that serves the zone, "" while none is allocated
	Manual   bool   // the provider chose the resource by hand
	Replaced string // the load balancer that still serves old connections after a graceful migration
}

// idle reports whether the zone is neither connected nor on the way to or from it.
func (z *EndpointZone) idle() bool {
	return z.Status == cloud.ZoneWait || z.Status == cloud.ZoneDisconnected
}

// Carries reports whether packets pass between the endpoint's ENI in a zone and the service: from
// the end of connecting to the beginning of disconnecting, and during a graceful migration but not
// during a forced one (inferred: the documents say "connection might be interrupted").
func (p *PrivateLink) Carries(name string, zone cloud.Zone) bool {
	e := p.endpoints[name]
	if e == nil || e.Connection != cloud.Connected && e.Connection != cloud.ConnectionPending {
		return false
	}
	z := e.zone(zone)
	if z == nil {
		return false
	}
	return z.Status == cloud.ZoneConnected || z.Status == cloud.ZoneMigrated || z.Status == cloud.ZoneMigrating && z.Replaced != ""
}

// Accept is the provider's consent to a connection: Connecting, then Connected, and so all zones
// (documented: EnableVpcEndpointConnection). Every zone needs a resource of the service (documented:
// OperationDenied.NoAvailableServiceResource). The connection gets the service's bandwidth. A
// rejected connection may be accepted again; zones that had been disabled one by one connect too
// (inferred).
func (p *PrivateLink) Accept(at time.Duration, by, name string) ([]Transition, error) {
	return p.provide(at, by, name, "accept", func(s *service, e *endpoint) *Error {
		if e.Connection != cloud.Disconnected || s.Status == cloud.ServiceDeleting {
			return refuse(EndpointConnectionOperationDenied, "accept %s: its connection is %s, its service %s",
				name, e.Connection, s.Status)
		}
		return p.connect(s, e)
	})
}

// Reject ends a connection: Disconnecting, then Disconnected, and so all its connected zones
// (documented: DisableVpcEndpointConnection). There must be one to end (inferred: a connection that
// waits for acceptance is Disconnected already).
func (p *PrivateLink) Reject(at time.Duration, by, name string) ([]Transition, error) {
	return p.provide(at, by, name, "reject", func(s *service, e *endpoint) *Error {
		if e.Connection != cloud.Connected {
			return refuse(EndpointConnectionOperationDenied, "reject %s: its connection is %s", name, e.Connection)
		}
		p.setConnection(e, cloud.Disconnecting)
		for _, z := range e.zones {
			if z.Status == cloud.ZoneConnected || z.Status == cloud.ZoneMigrated {
				p.disconnectZone(e, z)
			}
		}
		p.later(func() { p.setConnection(e, cloud.Disconnected) })
		return nil
	})
}

// EnableZone connects one zone of a connection again: Connecting, then Connected. The connection
// must be Connected and the zone Disconnected (documented: EnableVpcEndpointZoneConnection).
func (p *PrivateLink) EnableZone(at time.Duration, by, name string, zone cloud.Zone) ([]Transition, error) {
	return p.provideZone(at, by, name, "enable zone of", zone, func(s *service, e *endpoint, z *EndpointZone) *Error {
		if z.Status != cloud.ZoneDisconnected {
			return refuse(IncorrectStatusZone, "enable zone of %s: %s is %s", name, zone, z.Status)
		}
		if len(s.candidates(z)) == 0 { // inferred, as for Accept
			return refuse(NoAvailableServiceResource, "enable zone of %s: service %s has no resource for %s", name, s.Name, zone)
		}
		p.connectZone(s, e, z)
		return nil
	})
}

// DisableZone cuts one zone off a connection: Disconnecting, then Disconnected. The connection must
// be Connected and the zone Connected or Migrated (documented: DisableVpcEndpointZoneConnection).
func (p *PrivateLink) DisableZone(at time.Duration, by, name string, zone cloud.Zone) ([]Transition, error) {
	return p.provideZone(at, by, name, "disable zone of", zone, func(_ *service, e *endpoint, z *EndpointZone) *Error {
		if z.Status != cloud.ZoneConnected && z.Status != cloud.ZoneMigrated {
			return refuse(IncorrectStatusZone, "disable zone of %s: %s is %s", name, zone, z.Status)
		}
		p.disconnectZone(e, z)
		return nil
	})
}

// SetBandwidth changes the bandwidth of a connection, not below what the service gives every
// connection (documented: UpdateVpcEndpointConnectionAttribute; 100–10240 Mbit/s). The connection
// is Pending meanwhile and goes on carrying packets (inferred).
func (p *PrivateLink) SetBandwidth(at time.Duration, by, name string, mbps int) ([]Transition, error) {
	return p.provide(at, by, name, "set bandwidth of", func(s *service, e *endpoint) *Error {
		if e.Connection != cloud.Connected {
			return refuse(EndpointConnectionOperationDenied, "set bandwidth of %s: its connection is %s", name, e.Connection)
		}
		if mbps < s.ConnectBandwidth || mbps > maxBandwidth { // the code is inferred
			return refuse(IllegalBandwidth, "set bandwidth of %s: %d Mbit/s is not within %d–%d", name, mbps, s.ConnectBandwidth, maxBandwidth)
		}
		e.Bandwidth = mbps
		p.setConnection(e, cloud.ConnectionPending)
		p.later(func() { p.setConnection(e, cloud.Connected) })
		return nil
	})
}

// provide makes a provider's call on a connection of a service of its own. Other connections do
// not exist for the caller (documented: EndpointServiceNotFound, EndpointConnectionNotFound).
func (p *PrivateLink) provide(at time.Duration, by, name, what string, do func(*service, *endpoint) *Error) ([]Transition, error) {
	return p.call(at, func() *Error {
		e := p.endpoints[name]
		if e == nil {
			return refuse(EndpointConnectionNotFound, "%s %s: there is no such connection", what, name)
		}
		s := e.service
		if p.services[s.Name] != s || s.Owner != by {
			return refuse(EndpointServiceNotFound, "%s %s: the account has no service %s", what, name, e.Service)
		}
		if err := e.changeable(what); err != nil {
			return err
		}
		return do(s, e)
	})
}

// provideZone makes a provider's call on one zone of a standing connection.
func (p *PrivateLink) provideZone(at time.Duration, by, name, what string, zone cloud.Zone,
	do func(*service, *endpoint, *EndpointZone) *Error) ([]Transition, error) {
	return p.provide(at, by, name, what, func(s *service, e *endpoint) *Error {
		z := e.zone(zone)
		switch {
		case e.Connection.Transitional():
			return refuse(EndpointConnectionOperationDenied, "%s %s: its connection is %s", what, name, e.Connection)
		case e.Connection != cloud.Connected:
			return refuse(IncorrectStatusConnection, "%s %s: its connection is %s", what, name, e.Connection)
		case z == nil:
			return refuse(ZoneNotFound, "%s %s: it has no zone %s", what, name, zone)
		}
		return do(s, e, z)
	})
}

// connect connects an endpoint in all its zones, or says for which zone there is no resource.
func (p *PrivateLink) connect(s *service, e *endpoint) *Error {
	for _, z := range e.zones {
		if len(s.candidates(z)) == 0 {
			return refuse(NoAvailableServiceResource, "connect %s: service %s has no resource for %s", e.Name, s.Name, z.Zone)
		}
	}
	e.Bandwidth = s.ConnectBandwidth
	p.setConnection(e, cloud.Connecting)
	for _, z := range e.zones {
		p.connectZone(s, e, z)
	}
	p.later(func() { p.setConnection(e, cloud.Connected) })
	return nil
}

func (p *PrivateLink) connectZone(s *service, e *endpoint, z *EndpointZone) {
	candidates := s.candidates(z)
	z.Resource = candidates[p.random.IntN(len(candidates))]
	p.setZone(e, z, cloud.ZoneConnecting)
	p.later(func() { p.setZone(e, z, cloud.ZoneConnected) })
}

// disconnectZone also gives back what automatic allocation gave (inferred).
func (p *PrivateLink) disconnectZone(e *endpoint, z *EndpointZone) {
	p.setZone(e, z, cloud.ZoneDisconnecting)
	p.later(func() {
		z.Replaced = ""
		if !z.Manual {
			z.Resource = ""
		}
		p.setZone(e, z, cloud.ZoneDisconnected)
	})
}

func (p *PrivateLink) setConnection(e *endpoint, to cloud.ConnectionStatus) {
	set(p, &e.Connection, to, event.Connection, e.Name, "")
}

func (p *PrivateLink) setZone(e *endpoint, z *EndpointZone, to cloud.ZoneStatus) {
	set(p, &z.Status, to, event.EndpointZone, e.Name, string(z.Zone))
}
