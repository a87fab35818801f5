package control_test

import (
	"testing"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

// twoResources is a connection whose zone b is served by clb-1, with clb-2 to move to.
func twoResources(t *testing.T) *script {
	s := newScript(t)
	s.must(createService(offer("svc", in(lb1, zoneB), in(lb2, zoneB), in(lb3, zoneA))))
	s.must(addUser(consumer))
	s.must(createEndpoint(wish("ep", "svc", zoneB)))
	s.must(allocate(zoneB, "clb-1"))
	s.must(accept)
	s.must(setAuto("clb-1", false))
	s.settle()
	return s
}

func allocate(zone cloud.Zone, lb string) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.AllocateResource(at, owner, "ep", zone, lb)
	}
}

func (s *script) resource() (serving, replaced string) {
	e, _ := s.Endpoint("ep")
	return e.Zones[0].Resource, e.Zones[0].Replaced
}

func TestGracefulReplacementKeepsTheOldConnections(t *testing.T) {
	s := twoResources(t)
	s.must(replace(cloud.Graceful, "clb-2"))
	if !s.Carries("ep", zoneB) {
		t.Error("a graceful migration interrupts the zone")
	}
	s.want("replace", "zone/ep/b Connected→Migrating", "service/svc Active→Pending",
		"zone/ep/b Migrating→Migrated", "service/svc Pending→Active")
	if serving, replaced := s.resource(); serving != "clb-2" || replaced != "clb-1" {
		t.Errorf("%s serves, %s keeps the old connections", serving, replaced)
	}
	if got := code(t, s.try(detach("clb-1", zoneB))); got != control.EndpointServiceResourceCannotRemove {
		t.Errorf("detach the replaced resource: %q", got)
	}
	s.must(func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.CutReplaced(at, owner, "ep", zoneB)
	})
	if !s.Carries("ep", zoneB) {
		t.Error("the end of a graceful migration interrupts the zone")
	}
	s.want("cut", "zone/ep/b Migrated→Migrating", "zone/ep/b Migrating→Connected")
	if serving, replaced := s.resource(); serving != "clb-2" || replaced != "" {
		t.Errorf("%s serves, %q keeps the old connections", serving, replaced)
	}
	s.must(detach("clb-1", zoneB))
}

func TestForcedReplacementCutsTheOldConnections(t *testing.T) {
	s := twoResources(t)
	s.must(replace(cloud.Force, "clb-2"))
	if s.Carries("ep", zoneB) {
		t.Error("a forced migration carries packets meanwhile")
	}
	s.want("replace", "zone/ep/b Connected→Migrating", "service/svc Active→Pending",
		"zone/ep/b Migrating→Connected", "service/svc Pending→Active")
	if serving, replaced := s.resource(); serving != "clb-2" || replaced != "" {
		t.Errorf("%s serves, %q keeps the old connections", serving, replaced)
	}
}

func TestDisablingAMigratedZoneForgetsTheReplacedResource(t *testing.T) {
	s := twoResources(t)
	s.must(replace(cloud.Graceful, "clb-2"))
	s.must(disableZone(zoneB))
	s.settle()
	if serving, replaced := s.resource(); serving != "clb-2" || replaced != "" {
		t.Errorf("%s is allocated, %q is replaced", serving, replaced)
	}
}

func TestAllocationByHandHoldsUntilTakenBack(t *testing.T) {
	s := twoResources(t)
	s.must(reject)
	s.settle()
	if serving, _ := s.resource(); serving != "clb-1" {
		t.Errorf("after a rejection %q is allocated, want clb-1, which was chosen by hand", serving)
	}
	s.must(allocate(zoneB, ""))
	s.must(accept)
	s.settle()
	if serving, _ := s.resource(); serving != "clb-2" {
		t.Errorf("%q serves, want clb-2: clb-1 is not allocated automatically", serving)
	}
	s.must(reject)
	s.settle()
	if serving, _ := s.resource(); serving != "" {
		t.Errorf("after a rejection %q is allocated, want none", serving)
	}
}

func TestResourceManagementRefusals(t *testing.T) {
	for _, test := range []struct {
		name  string
		first []call
		do    call
		want  control.Code
	}{
		{"replace while disconnected", []call{reject}, replace(cloud.Force, "clb-2"), control.IllegalReplaceMode},
		{"replace in an unknown mode", nil, replace("Gentle", "clb-2"), control.IllegalReplaceMode},
		{"replace without a resource", nil, replace(cloud.Force, ""), control.MissingResourceID},
		{"replace by a resource of another zone", nil, replace(cloud.Force, "clb-3"), control.MismatchZone},
		{"replace by an unknown resource", nil, replace(cloud.Force, "clb-9"), control.EndpointServiceResourceNotFound},
		{"replace by itself", nil, replace(cloud.Force, "clb-1"), control.ZoneOperationDenied},
		{"replace what is allocated automatically", []call{setAuto("clb-1", true)}, replace(cloud.Force, "clb-2"),
			control.CurrentResourceAutoAllocated},
		{"replace in a disabled zone", []call{disableZone(zoneB)}, replace(cloud.Force, "clb-2"), control.ZoneOperationDenied},
		{"replace in a migrated zone", []call{replace(cloud.Graceful, "clb-2")}, replace(cloud.Graceful, "clb-1"), control.ZoneOperationDenied},
		{"allocate while connected", nil, allocate(zoneB, "clb-2"), control.IllegalAllocateMode},
		{"allocate an unknown resource", []call{reject}, allocate(zoneB, "clb-9"), control.EndpointServiceResourceNotFound},
		{"allocate in an unknown zone", []call{reject}, allocate(zoneA, "clb-3"), control.EndpointZoneNotFound},
		{"take the last resource out of automatic allocation", []call{detach("clb-3", zoneA)}, setAuto("clb-2", false),
			control.ResourceAutoAllocateViolation},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := twoResources(t)
			for _, do := range test.first {
				s.must(do)
			}
			if got := code(t, s.try(test.do)); got != test.want {
				t.Errorf("got %q, want %s", got, test.want)
			}
		})
	}
}

func TestDetachingAnAllocatedResourceFreesTheZone(t *testing.T) {
	s := twoResources(t)
	s.must(reject)
	s.must(detach("clb-1", zoneB))
	s.settle()
	if serving, _ := s.resource(); serving != "" {
		t.Errorf("%q is allocated, want none: it is no longer the service's", serving)
	}
	s.must(accept)
	s.settle()
	if serving, _ := s.resource(); serving != "clb-2" {
		t.Errorf("%q serves, want clb-2, the one that is left", serving)
	}
}
