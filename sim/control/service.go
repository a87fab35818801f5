package control

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A Service is an endpoint service as it stands.
type Service struct {
	Name             string
	Owner            string // account
	Status           cloud.ServiceStatus
	AutoAccept       bool
	ZoneAffinity     bool
	ConnectBandwidth int // Mbit/s that a new connection gets
	Resources        []Resource
	Users            []string // the whitelist: accounts that see the service, sorted
}

type service struct{ Service }

// Service returns the endpoint service of that name as it stands.
func (p *PrivateLink) Service(name string) (Service, bool) {
	s, ok := p.services[name]
	if !ok {
		return Service{}, false
	}
	copied := s.Service
	copied.Resources = slices.Clone(s.Resources)
	copied.Users = slices.Clone(s.Users)
	return copied, true
}

// Visible lists the services that an account can connect an endpoint to, sorted by name: those
// that have it on their whitelist (documented: ListVpcEndpointServicesByEndUser; a service is
// invisible to an account that its whitelist does not hold).
func (p *PrivateLink) Visible(account string) []string {
	var names []string
	for name, s := range p.services {
		if s.Status != cloud.ServiceDeleting && slices.Contains(s.Users, account) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// CreateService creates an endpoint service: Creating, then Active (documented:
// CreateVpcEndpointService). The owner's own account goes onto the whitelist by itself (documented:
// service whitelist).
func (p *PrivateLink) CreateService(at time.Duration, by string, want *cloud.EndpointService) ([]Transition, error) {
	return p.call(at, func() *Error {
		if p.services[want.Name] != nil {
			return refuse(EndpointServiceExist, "create service %s: it exists", want.Name)
		}
		owned := 0
		for _, s := range p.services {
			if s.Owner == by {
				owned++
			}
		}
		if owned >= cloud.MaxServices {
			return refuse(QuotaMisMatched, "create service %s: the account has %d services", want.Name, owned)
		}
		if n := len(want.Resources); n > cloud.MaxResources {
			return refuse(QuotaMisMatched, "create service %s: %d resources, a service is created with at most %d",
				want.Name, n, cloud.MaxResources)
		}
		s := &service{Service{
			Name: want.Name, Owner: by, AutoAccept: want.AutoAcceptConnection,
			ZoneAffinity: want.ZoneAffinityEnabled, Users: []string{by},
			ConnectBandwidth: cmp.Or(int(want.ConnectBandwidth/1_000_000), DefaultBandwidth),
		}}
		for _, resource := range want.Resources {
			if err := s.attach(resource); err != nil {
				return err
			}
		}
		p.services[want.Name] = s
		p.setService(s, cloud.ServiceCreating)
		p.later(func() { p.setService(s, cloud.ServiceActive) })
		return nil
	})
}

// DeleteService deletes an endpoint service: Deleting, then gone. Connections must be disconnected
// and resources removed before (documented: DeleteVpcEndpointService, with both error codes). The
// endpoints that are left have no service any more: their connections become ServiceDeleted
// (documented status; that it is entered here is inferred).
func (p *PrivateLink) DeleteService(at time.Duration, by, name string) ([]Transition, error) {
	return p.change(at, by, name, "delete service", func(s *service) *Error {
		for _, e := range p.endpointsOf(s) {
			if e.Connection != cloud.Disconnected {
				return refuse(EndpointServiceConnectionDependence,
					"delete service %s: the connection of %s is %s", name, e.Name, e.Connection)
			}
		}
		if len(s.Resources) > 0 {
			return refuse(EndpointServiceDependenceViolation,
				"delete service %s: it has %d resources", name, len(s.Resources))
		}
		p.setService(s, cloud.ServiceDeleting)
		p.later(func() {
			p.setService(s, cloud.Deleted)
			delete(p.services, name)
			for _, e := range p.endpointsOf(s) {
				if e.Connection == cloud.Disconnected {
					p.setConnection(e, cloud.ServiceDeleted)
				}
			}
		})
		return nil
	})
}

// ServiceAttributes are what UpdateService can change; nil leaves a value as it is.
type ServiceAttributes struct {
	AutoAccept       *bool
	ZoneAffinity     *bool
	ConnectBandwidth *int
}

// UpdateService changes attributes of an active service (documented:
// UpdateVpcEndpointServiceAttribute). Endpoints that already wait for acceptance are not accepted
// by turning AutoAccept on, and open connections keep their bandwidth (inferred).
func (p *PrivateLink) UpdateService(at time.Duration, by, name string, to ServiceAttributes) ([]Transition, error) {
	return p.change(at, by, name, "update service", func(s *service) *Error {
		if mbps := to.ConnectBandwidth; mbps != nil {
			if *mbps < minBandwidth || *mbps > maxBandwidth {
				return refuse(IllegalBandwidth, "update service %s: bandwidth %d Mbit/s is not within %d–%d",
					name, *mbps, minBandwidth, maxBandwidth)
			}
			s.ConnectBandwidth = *mbps
		}
		if to.AutoAccept != nil {
			s.AutoAccept = *to.AutoAccept
		}
		if to.ZoneAffinity != nil {
			s.ZoneAffinity = *to.ZoneAffinity
		}
		p.modify(s)
		return nil
	})
}

// AddUser puts an account onto the service's whitelist (documented: AddUserToVpcEndpointService).
// An account that is already there is no error (inferred).
func (p *PrivateLink) AddUser(at time.Duration, by, name, account string) ([]Transition, error) {
	return p.change(at, by, name, "add user to", func(s *service) *Error {
		if i, found := slices.BinarySearch(s.Users, account); !found {
			s.Users = slices.Insert(s.Users, i, account)
		}
		p.modify(s)
		return nil
	})
}

// RemoveUser takes an account off the whitelist (documented: RemoveUserFromVpcEndpointService).
// Endpoints that the account already has stay as they are (inferred).
func (p *PrivateLink) RemoveUser(at time.Duration, by, name, account string) ([]Transition, error) {
	return p.change(at, by, name, "remove user from", func(s *service) *Error {
		s.Users = slices.DeleteFunc(s.Users, func(user string) bool { return user == account })
		p.modify(s)
		return nil
	})
}

// change makes a call that needs an active service of the caller's own. Another account's service
// does not exist for the caller (inferred). A service that is being modified takes no second change
// until it is active again (documented: "does not support concurrent" changes; that a pending
// service is what concurrent means is inferred).
func (p *PrivateLink) change(at time.Duration, by, name, what string, do func(*service) *Error) ([]Transition, error) {
	return p.call(at, func() *Error {
		s := p.services[name]
		switch {
		case s == nil || s.Owner != by:
			return refuse(EndpointServiceNotFound, "%s %s: the account has no such service", what, name)
		case s.Status == cloud.ServicePending:
			return refuse(ConcurrentCallNotSupported, "%s %s: the service is being modified", what, name)
		case s.Status != cloud.ServiceActive:
			return refuse(EndpointServiceOperationDenied, "%s %s: the service is %s", what, name, s.Status)
		}
		return do(s)
	})
}

// modify keeps a service Pending for a while (documented: changes need Active and show Pending).
// The change itself holds from the call on (inferred).
func (p *PrivateLink) modify(s *service) {
	p.setService(s, cloud.ServicePending)
	p.later(func() { p.setService(s, cloud.ServiceActive) })
}

func (p *PrivateLink) setService(s *service, to cloud.ServiceStatus) {
	set(p, &s.Status, to, event.Service, s.Name, "")
}
