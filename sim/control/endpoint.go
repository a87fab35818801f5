package control

import (
	"slices"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// An Endpoint is an endpoint and its connection as they stand.
type Endpoint struct {
	Name           string
	Owner          string // account
	Service        string
	VPC            string
	Status         cloud.EndpointStatus
	Connection     cloud.ConnectionStatus
	Bandwidth      int // Mbit/s of the connection
	SecurityGroups []Group
	Zones          []EndpointZone
}

type endpoint struct {
	Endpoint // groups and zones stand below
	service  *service
	groups   []*Group
	zones    []*EndpointZone
}

// Endpoint returns the endpoint of that name as it stands.
func (p *PrivateLink) Endpoint(name string) (Endpoint, bool) {
	e, ok := p.endpoints[name]
	if !ok {
		return Endpoint{}, false
	}
	copied := e.Endpoint
	for _, g := range e.groups {
		copied.SecurityGroups = append(copied.SecurityGroups, *g)
	}
	for _, z := range e.zones {
		copied.Zones = append(copied.Zones, *z)
	}
	return copied, true
}

// CreateEndpoint creates an endpoint with an ENI in each of its zones: the endpoint is Creating,
// then Active; its connection is Disconnected until the provider accepts it, or connects at once
// where the service accepts by itself; its zones are Creating, then Wait (documented:
// CreateVpcEndpoint).
//
// The service must have the caller's account on its whitelist (documented:
// EndpointServiceNotAuthorized), must be active (documented: IncorrectStatus.VpcEndpointService;
// that Pending does not suffice is inferred) and must have a resource in each of the zones
// (documented: EndpointServiceNotSupportedZone).
func (p *PrivateLink) CreateEndpoint(at time.Duration, by string, want *cloud.Endpoint) ([]Transition, error) {
	return p.call(at, func() *Error {
		s := p.services[want.Service.Name]
		inVPC := 0
		for _, e := range p.order {
			if e.VPC == want.VPC.Name {
				inVPC++
			}
		}
		switch {
		case p.endpoints[want.Name] != nil:
			return refuse(EndpointExist, "create endpoint %s: it exists", want.Name)
		case s == nil:
			return refuse(EndpointServiceNotFound, "create endpoint %s: there is no service %s", want.Name, want.Service.Name)
		case !slices.Contains(s.Users, by):
			return refuse(EndpointServiceNotAuthorized, "create endpoint %s: account %q is not on the whitelist of %s", want.Name, by, s.Name)
		case s.Status != cloud.ServiceActive:
			return refuse(IncorrectStatusService, "create endpoint %s: service %s is %s", want.Name, s.Name, s.Status)
		case inVPC >= cloud.MaxEndpoints:
			return refuse(QuotaExceededEndpointsPerVPC, "create endpoint %s: VPC %s has %d endpoints", want.Name, want.VPC.Name, inVPC)
		}
		e := &endpoint{Endpoint: Endpoint{Name: want.Name, Owner: by, Service: s.Name, VPC: want.VPC.Name}, service: s}
		for _, zone := range want.Zones {
			if err := e.addZone(s, zone.Zone); err != nil {
				return err
			}
		}
		for _, group := range want.SecurityGroups {
			if err := e.addGroup(group); err != nil {
				return err
			}
		}
		if len(e.groups) == 0 {
			return refuse(EndpointMustContainSecurityGroup, "create endpoint %s: it has no security group", e.Name)
		}
		p.endpoints[e.Name] = e
		p.order = append(p.order, e)

		p.setEndpoint(e, cloud.EndpointCreating)
		p.setConnection(e, cloud.Disconnected)
		for _, z := range e.zones {
			p.setZone(e, z, cloud.ZoneCreating)
		}
		for _, g := range e.groups {
			p.setGroup(e, g, cloud.GroupAttaching)
		}
		p.later(func() { p.created(e) })
		return nil
	})
}

func (p *PrivateLink) created(e *endpoint) {
	for _, g := range e.groups {
		p.setGroup(e, g, cloud.GroupAttached)
	}
	for _, z := range e.zones {
		p.setZone(e, z, cloud.ZoneWait)
	}
	p.setEndpoint(e, cloud.EndpointActive)
	s := e.service
	if e.Connection == cloud.Disconnected && s.AutoAccept && s.Status != cloud.ServiceDeleting {
		// Where no resource can be allocated the connection stays Disconnected, for the provider
		// to accept later (inferred).
		_ = p.connect(s, e)
	}
}

// DeleteEndpoint deletes an endpoint: endpoint and connection are Deleting, then gone. Its zones
// must be removed before (documented: DeleteVpcEndpoint, EndpointDependenceViolation); its security
// groups are detached by the way (inferred).
func (p *PrivateLink) DeleteEndpoint(at time.Duration, by, name string) ([]Transition, error) {
	return p.call(at, func() *Error {
		e, err := p.own(by, name, "delete endpoint")
		if err != nil {
			return err
		}
		if len(e.zones) > 0 {
			return refuse(EndpointDependenceViolation, "delete endpoint %s: it has %d zones", name, len(e.zones))
		}
		if e.Connection.Transitional() { // inferred
			return refuse(EndpointOperationDenied, "delete endpoint %s: its connection is %s", name, e.Connection)
		}
		p.setConnection(e, cloud.ConnectionDeleting)
		p.setEndpoint(e, cloud.EndpointDeleting)
		for _, g := range e.groups {
			p.setGroup(e, g, cloud.GroupDetaching)
		}
		p.later(func() {
			for _, g := range e.groups {
				p.setGroup(e, g, cloud.Deleted)
			}
			p.setConnection(e, cloud.Deleted)
			p.setEndpoint(e, cloud.Deleted)
			delete(p.endpoints, name)
			p.order = slices.DeleteFunc(p.order, func(other *endpoint) bool { return other == e })
		})
		return nil
	})
}

// AddZone gives the endpoint an ENI in one more zone: Creating, then Wait (documented:
// AddZoneToVpcEndpoint). Where the connection stands already, the zone connects at once: no call
// could bring it from Wait to Connected then (inferred).
func (p *PrivateLink) AddZone(at time.Duration, by, name string, zone cloud.Zone) ([]Transition, error) {
	return p.modifyEndpoint(at, by, name, "add zone to", func(e *endpoint) *Error {
		s := e.service
		if e.Connection == cloud.ServiceDeleted || s.Status == cloud.ServiceDeleting {
			return refuse(EndpointServiceDeleted, "add zone to %s: service %s is deleted", name, e.Service)
		}
		if err := e.addZone(s, zone); err != nil {
			return err
		}
		z := e.zones[len(e.zones)-1]
		p.setZone(e, z, cloud.ZoneCreating)
		p.later(func() {
			p.setZone(e, z, cloud.ZoneWait)
			if e.Connection == cloud.Connected && len(s.candidates(z)) > 0 {
				p.connectZone(s, e, z)
			}
		})
		return nil
	})
}

// RemoveZone deletes the endpoint's ENI in a zone: Deleting, then gone (documented:
// RemoveZoneFromVpcEndpoint), whether it is connected or not (inferred).
func (p *PrivateLink) RemoveZone(at time.Duration, by, name string, zone cloud.Zone) ([]Transition, error) {
	return p.modifyEndpoint(at, by, name, "remove zone from", func(e *endpoint) *Error {
		z := e.zone(zone)
		if z == nil {
			return refuse(EndpointZoneNotFound, "remove zone from %s: it has no zone %s", name, zone)
		}
		p.setZone(e, z, cloud.ZoneDeleting)
		p.later(func() {
			p.setZone(e, z, cloud.Deleted)
			e.zones = slices.DeleteFunc(e.zones, func(other *EndpointZone) bool { return other == z })
		})
		return nil
	})
}

// own finds an endpoint of the caller's that can be changed. Another account's endpoint does not
// exist for the caller (inferred).
func (p *PrivateLink) own(by, name, what string) (*endpoint, *Error) {
	e := p.endpoints[name]
	if e == nil || e.Owner != by {
		return nil, refuse(EndpointNotFound, "%s %s: the account has no such endpoint", what, name)
	}
	return e, e.changeable(what)
}

// changeable says why the endpoint takes no change now: it is not there yet or no more
// (documented: EndpointOperationDenied), or a change of it or of one of its zones is under way
// (documented: "does not support concurrent" changes of one endpoint).
func (e *endpoint) changeable(what string) *Error {
	switch e.Status {
	case cloud.EndpointActive:
	case cloud.EndpointPending:
		return refuse(ConcurrentCallNotSupported, "%s %s: the endpoint is being modified", what, e.Name)
	default:
		return refuse(EndpointOperationDenied, "%s %s: the endpoint is %s", what, e.Name, e.Status)
	}
	if e.Connection.Transitional() {
		return nil // every call has a code of its own for this
	}
	for _, z := range e.zones {
		if z.Status.Transitional() {
			return refuse(ConcurrentCallNotSupported, "%s %s: zone %s is %s", what, e.Name, z.Zone, z.Status)
		}
	}
	return nil
}

// modifyEndpoint makes a consumer's call that a changing connection forbids (documented:
// EndpointConnectionOperationDenied, "the endpoint is being connected").
func (p *PrivateLink) modifyEndpoint(at time.Duration, by, name, what string, do func(*endpoint) *Error) ([]Transition, error) {
	return p.call(at, func() *Error {
		e, err := p.own(by, name, what)
		if err != nil {
			return err
		}
		if e.Connection.Transitional() {
			return refuse(EndpointConnectionOperationDenied, "%s %s: its connection is %s", what, name, e.Connection)
		}
		return do(e)
	})
}

func (e *endpoint) addZone(s *service, zone cloud.Zone) *Error {
	switch {
	case e.zone(zone) != nil:
		return refuse(EndpointZoneDuplicated, "add zone to %s: it already has zone %s", e.Name, zone)
	case len(e.zones) >= cloud.MaxEndpointZones:
		return refuse(QuotaExceededZonesPerEndpoint, "add zone to %s: it has %d zones", e.Name, len(e.zones))
	case !s.serves(zone):
		return refuse(EndpointServiceNotSupportedZone, "add zone to %s: service %s has no resource in %s", e.Name, s.Name, zone)
	}
	e.zones = append(e.zones, &EndpointZone{Zone: zone})
	return nil
}

func (e *endpoint) zone(zone cloud.Zone) *EndpointZone {
	for _, z := range e.zones {
		if z.Zone == zone {
			return z
		}
	}
	return nil
}

func (p *PrivateLink) setEndpoint(e *endpoint, to cloud.EndpointStatus) {
	set(p, &e.Status, to, event.Endpoint, e.Name, "")
}
