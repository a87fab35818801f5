package control_test

import (
	"fmt"
	"testing"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

func TestPrivateLinkRefusals(t *testing.T) {
	full := offer("svc", in(lb1, zoneB), in(lb1, zoneA))
	connected := []call{createService(full), addUser(consumer), createEndpoint(wish("ep", "svc", zoneB)), accept}
	waiting := connected[:3]
	after := func(first []call, more ...call) []call { return append(first[:len(first):len(first)], more...) }

	for _, test := range []struct {
		name   string
		first  []call // each finds the one before finished
		within []call // these come in quick succession before do
		do     call
		want   control.Code
	}{
		{"a service twice", connected, nil, createService(full), control.EndpointServiceExist},
		{"a service on a load balancer outside the zone", nil, nil, createService(offer("svc", in(lb3, zoneB))),
			control.EndpointServiceNotSupportedZone},
		{"a resource twice", nil, nil, createService(offer("svc", in(lb1, zoneB), in(lb1, zoneB))), control.EndpointServiceResourceExist},
		{"change a service that is being created", nil, []call{createService(full)}, addUser(consumer), control.EndpointServiceOperationDenied},
		{"change a service that is being modified", after(waiting), []call{addUser("other")}, detach("clb-1", zoneA),
			control.ConcurrentCallNotSupported},
		{"change another account's service", waiting, nil,
			func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
				return p.AddUser(at, consumer, "svc", "friend")
			}, control.EndpointServiceNotFound},
		{"detach what is not attached", waiting, nil, detach("clb-9", zoneB), control.EndpointServiceResourceNotFound},
		{"a bandwidth below the range", waiting, nil, bandwidth(99), control.IllegalBandwidth},
		{"a bandwidth above the range", waiting, nil, bandwidth(10241), control.IllegalBandwidth},

		{"an endpoint of no service", nil, nil, createEndpoint(wish("ep", "svc", zoneB)), control.EndpointServiceNotFound},
		{"an endpoint of a service that is being created", nil, []call{createService(full)},
			func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
				return p.CreateEndpoint(at, owner, wish("ep", "svc", zoneB))
			}, control.IncorrectStatusService},
		{"an endpoint twice", waiting, nil, createEndpoint(wish("ep", "svc", zoneB)), control.EndpointExist},
		{"an endpoint with a zone twice", waiting, nil, createEndpoint(wish("ep-2", "svc", zoneB, zoneB)), control.EndpointZoneDuplicated},
		{"an endpoint in a zone without a resource", waiting, nil, createEndpoint(wish("ep-2", "svc", "eu-central-1c")),
			control.EndpointServiceNotSupportedZone},
		{"an endpoint without a security group", waiting, nil, createEndpoint(withGroups(wish("ep-2", "svc", zoneB))),
			control.EndpointMustContainSecurityGroup},
		{"an endpoint with groups of two types", waiting, nil, createEndpoint(withGroups(wish("ep-2", "svc", zoneB), sgA, sgStrict)),
			control.SecurityGroupSingleType},
		{"change an endpoint that is being created", waiting[:2], []call{waiting[2]}, addZone(zoneA), control.EndpointOperationDenied},
		{"change another account's endpoint", waiting, nil,
			func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
				return p.AddZone(at, owner, "ep", zoneA)
			}, control.EndpointNotFound},
		{"add a zone twice", waiting, nil, addZone(zoneB), control.EndpointZoneDuplicated},
		{"add two zones at once", after(waiting, removeZone(zoneB)), []call{addZone(zoneB)}, addZone(zoneA), control.ConcurrentCallNotSupported},
		{"add a zone while connecting", waiting, []call{accept}, addZone(zoneA), control.EndpointConnectionOperationDenied},
		{"remove a zone that is not there", waiting, nil, removeZone(zoneA), control.EndpointZoneNotFound},
		{"remove a zone while disconnecting", connected, []call{reject}, removeZone(zoneB), control.EndpointConnectionOperationDenied},
		{"delete an endpoint with zones", connected, nil, deleteEndpoint, control.EndpointDependenceViolation},
		{"delete an endpoint while it connects", after(waiting, removeZone(zoneB)), []call{accept}, deleteEndpoint,
			control.EndpointOperationDenied},
		{"attach a group twice", waiting, nil, attachGroup(sgA), control.SecurityGroupExist},
		{"attach a group of the other type", waiting, nil, attachGroup(sgStrict), control.SecurityGroupSingleType},
		{"attach a group of another VPC", waiting, nil, attachGroup(sgForeign), control.SecurityGroupNotFound},
		{"attach two groups at once", waiting, []call{attachGroup(sgB)}, attachGroup(sgStrict), control.ConcurrentCallNotSupported},
		{"detach a group that is not attached", waiting, nil, detachGroup("sg-b"), control.SecurityGroupNotFound},
		{"detach the last group", waiting, nil, detachGroup("sg-a"), control.EndpointMustContainSecurityGroup},

		{"detach a group when the service is gone", after(waiting, detach("clb-1", zoneB), detach("clb-1", zoneA), deleteService), nil,
			detachGroup("sg-a"), control.EndpointServiceDeleted},

		{"accept nothing", waiting[:2], nil, accept, control.EndpointConnectionNotFound},
		{"accept for another account", waiting, nil,
			func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
				return p.Accept(at, consumer, "ep")
			}, control.EndpointServiceNotFound},
		{"accept an endpoint that is being created", waiting[:2], []call{waiting[2]}, accept, control.EndpointOperationDenied},
		{"accept while connecting", waiting, []call{accept}, accept, control.EndpointConnectionOperationDenied},
		{"accept twice", connected, nil, accept, control.EndpointConnectionOperationDenied},
		{"accept while a group is being attached", waiting, []call{attachGroup(sgB)}, accept, control.ConcurrentCallNotSupported},
		{"accept where no resource is left", after(waiting, detach("clb-1", zoneB)), nil, accept, control.NoAvailableServiceResource},
		{"accept for a service that is being deleted", after(waiting, detach("clb-1", zoneB), detach("clb-1", zoneA)), []call{deleteService},
			accept, control.EndpointConnectionOperationDenied},
		{"reject what waits", waiting, nil, reject, control.EndpointConnectionOperationDenied},
		{"reject while connecting", waiting, []call{accept}, reject, control.EndpointConnectionOperationDenied},
		{"reject twice", connected, []call{reject}, reject, control.EndpointConnectionOperationDenied},
		{"reject while a zone is being disabled", connected, []call{disableZone(zoneB)}, reject, control.ConcurrentCallNotSupported},
		{"enable a zone of a waiting connection", waiting, nil, enableZone(zoneB), control.IncorrectStatusConnection},
		{"enable a connected zone", connected, nil, enableZone(zoneB), control.IncorrectStatusZone},
		{"enable a zone while connecting", waiting, []call{accept}, enableZone(zoneB), control.EndpointConnectionOperationDenied},
		{"enable a zone where no resource is left", after(connected, disableZone(zoneB), detach("clb-1", zoneB)), nil, enableZone(zoneB),
			control.NoAvailableServiceResource},
		{"disable a disabled zone", after(connected, disableZone(zoneB)), nil, disableZone(zoneB), control.IncorrectStatusZone},
		{"disable a zone that is not there", connected, nil, disableZone(zoneA), control.ZoneNotFound},
		{"a connection's bandwidth below the service's", connected, nil, connectionBandwidth(control.DefaultBandwidth - 1),
			control.IllegalBandwidth},
		{"the bandwidth of a waiting connection", waiting, nil, connectionBandwidth(5000), control.EndpointConnectionOperationDenied},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScript(t)
			for _, do := range test.first {
				s.must(do)
			}
			s.settle()
			for _, do := range test.within {
				if err := s.within(do); err != nil {
					t.Fatal(err)
				}
			}
			if got := code(t, s.within(test.do)); got != test.want {
				t.Errorf("got %q, want %s", got, test.want)
			}
		})
	}
}

func TestPrivateLinkRefusalSaysWhat(t *testing.T) {
	s := newScript(t)
	s.connected(offer("svc", in(lb1, zoneB)), wish("ep", "svc", zoneB))
	err := s.try(deleteService)
	if want := "delete service svc: the connection of ep is Connected (EndpointServiceConnectionDependence)"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestConnectionBandwidth(t *testing.T) {
	s := newScript(t)
	s.connected(offer("svc", in(lb1, zoneB)), wish("ep", "svc", zoneB))
	s.must(connectionBandwidth(5000))
	if !s.Carries("ep", zoneB) {
		t.Error("a connection whose bandwidth changes carries nothing")
	}
	s.want("change", "connection/ep Connected→Pending", "connection/ep Pending→Connected")
	if e, _ := s.Endpoint("ep"); e.Bandwidth != 5000 {
		t.Errorf("bandwidth %d Mbit/s, want 5000", e.Bandwidth)
	}
}

func TestSecurityGroupsAttachAndDetach(t *testing.T) {
	s := newScript(t)
	s.connected(offer("svc", in(lb1, zoneB)), wish("ep", "svc", zoneB))
	s.must(attachGroup(sgB))
	s.want("attach", "endpoint/ep Active→Pending", "security_group/ep/sg-b →Attaching",
		"security_group/ep/sg-b Attaching→Attached", "endpoint/ep Pending→Active")
	s.must(detachGroup("sg-a"))
	s.want("detach", "endpoint/ep Active→Pending", "security_group/ep/sg-a Attached→Detaching",
		"security_group/ep/sg-a Detaching→Deleted", "endpoint/ep Pending→Active")
	if e, _ := s.Endpoint("ep"); len(e.SecurityGroups) != 1 || e.SecurityGroups[0].Name != "sg-b" {
		t.Errorf("groups %+v, want sg-b alone", e.SecurityGroups)
	}
}

func TestPrivateLinkQuotas(t *testing.T) {
	s := newScript(t)
	s.must(createService(offer("svc", in(lb1, zoneB))))
	s.must(addUser(consumer))
	lbs := make([]cloud.ServiceResource, 101)
	for i := range lbs {
		lbs[i] = in(&cloud.LoadBalancer{Name: fmt.Sprintf("clb-q%d", i), MasterZone: zoneB}, zoneB)
	}
	refused := func(what string, do call, want control.Code) {
		t.Helper()
		if got := code(t, s.try(do)); got != want {
			t.Errorf("%s: got %q, want %s", what, got, want)
		}
	}
	refused("11 resources at creation", createService(offer("svc-11", lbs[:11]...)), control.QuotaMisMatched)
	for i := range 99 {
		s.must(attachResource(lbs[i]))
	}
	refused("resource 101 of a zone", attachResource(lbs[100]), control.QuotaMisMatched)
	s.must(attachResource(in(lb1, zoneA)))

	groups := make([]*cloud.SecurityGroup, 11)
	for i := range groups {
		groups[i] = &cloud.SecurityGroup{Name: fmt.Sprintf("sg-q%d", i), VPC: vpc1, Type: "normal"}
	}
	refused("group 11 of an endpoint", createEndpoint(withGroups(wish("ep", "svc", zoneB), groups...)), control.QuotaMisMatched)

	for i := range 199 {
		s.must(createService(offer(fmt.Sprintf("svc-%d", i))))
	}
	refused("service 201 of an account", createService(offer("svc-200")), control.QuotaMisMatched)

	for i := range 1000 {
		s.must(createEndpoint(wish(fmt.Sprintf("ep-%d", i), "svc", zoneB)))
	}
	refused("endpoint 1,001 of a VPC", createEndpoint(wish("ep-1000", "svc", zoneB)), control.QuotaExceededEndpointsPerVPC)

	var wide []cloud.ServiceResource
	var zones []cloud.Zone
	for c := 'a'; c < 'a'+11; c++ {
		zone := cloud.Zone("eu-central-1" + string(c))
		zones = append(zones, zone)
		wide = append(wide, in(&cloud.LoadBalancer{Name: "clb-" + string(c), MasterZone: zone}, zone))
	}
	p := newScript(t)
	p.must(createService(offer("svc", wide[:10]...)))
	p.must(attachResource(wide[10]))
	p.must(addUser(consumer))
	if got := code(t, p.try(createEndpoint(wish("ep", "svc", zones...)))); got != control.QuotaExceededZonesPerEndpoint {
		t.Errorf("zone 11 of an endpoint: got %q", got)
	}
	p.must(createEndpoint(wish("ep", "svc", zones[:10]...)))
}

func attachResource(resource cloud.ServiceResource) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.AttachResource(at, owner, "svc", resource)
	}
}

func bandwidth(mbps int) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.UpdateService(at, owner, "svc", control.ServiceAttributes{ConnectBandwidth: &mbps})
	}
}

func connectionBandwidth(mbps int) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.SetBandwidth(at, owner, "ep", mbps)
	}
}

func withGroups(e *cloud.Endpoint, groups ...*cloud.SecurityGroup) *cloud.Endpoint {
	e.SecurityGroups = groups
	return e
}
