package control_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// The region of the tests: account "web" offers load balancers of VPC2, account "shop" consumes
// from VPC1.
const owner, consumer = "web", "shop"

var (
	vpc1 = &cloud.VPC{Name: "vpc1"}
	vpc2 = &cloud.VPC{Name: "vpc2"}
	lb1  = &cloud.LoadBalancer{Name: "clb-1", MasterZone: zoneB, SlaveZone: zoneA}
	lb2  = &cloud.LoadBalancer{Name: "clb-2", MasterZone: zoneB, SlaveZone: zoneA}
	lb3  = &cloud.LoadBalancer{Name: "clb-3", MasterZone: zoneA}

	sgA       = &cloud.SecurityGroup{Name: "sg-a", VPC: vpc1, Type: "normal"}
	sgB       = &cloud.SecurityGroup{Name: "sg-b", VPC: vpc1, Type: "normal"}
	sgStrict  = &cloud.SecurityGroup{Name: "sg-strict", VPC: vpc1, Type: "enterprise"}
	sgForeign = &cloud.SecurityGroup{Name: "sg-foreign", VPC: vpc2, Type: "normal"}
)

func offer(name string, resources ...cloud.ServiceResource) *cloud.EndpointService {
	return &cloud.EndpointService{Name: name, Resources: resources}
}

func in(lb *cloud.LoadBalancer, zone cloud.Zone) cloud.ServiceResource {
	return cloud.ServiceResource{LoadBalancer: lb, Zone: zone}
}

func wish(name, service string, zones ...cloud.Zone) *cloud.Endpoint {
	e := &cloud.Endpoint{
		Name: name, Service: &cloud.EndpointService{Name: service}, VPC: vpc1,
		SecurityGroups: []*cloud.SecurityGroup{sgA},
	}
	for _, zone := range zones {
		e.Zones = append(e.Zones, cloud.EndpointZone{Zone: zone})
	}
	return e
}

// A script plays calls one after the other, ten seconds apart, so that every call finds the
// transitions of the one before finished; within plays one a tenth of a second after the last.
type script struct {
	*testing.T
	*control.PrivateLink
	at    time.Duration
	trace []string // transitions as "kind/name[/part] from→to"
}

func newScript(t *testing.T) *script {
	return &script{T: t, PrivateLink: control.NewPrivateLink(profile, 42)}
}

type call func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error)

func (s *script) try(do call) error {
	s.at += 10 * time.Second
	return s.within(do)
}

func (s *script) within(do call) error {
	s.at += 100 * time.Millisecond
	transitions, err := do(s.PrivateLink, s.at)
	s.note(transitions)
	return err
}

func (s *script) must(do call) {
	s.Helper()
	if err := s.try(do); err != nil {
		s.Fatal(err)
	}
}

func (s *script) settle() []string {
	s.at += 10 * time.Second
	s.note(s.Advance(s.at))
	trace := s.trace
	s.trace = nil
	return trace
}

func (s *script) note(transitions []control.Transition) {
	for _, tr := range transitions {
		subject := string(tr.Resource) + "/" + tr.Name
		if tr.Part != "" {
			subject += "/" + strings.TrimPrefix(tr.Part, "eu-central-1")
		}
		s.trace = append(s.trace, fmt.Sprintf("%s %s→%s", subject, tr.From, tr.To))
	}
}

func (s *script) want(what string, want ...string) {
	s.Helper()
	if got := s.settle(); !slices.Equal(got, want) {
		s.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}

func createService(want *cloud.EndpointService) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.CreateService(at, owner, want)
	}
}

func addUser(account string) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.AddUser(at, owner, "svc", account)
	}
}

func createEndpoint(want *cloud.Endpoint) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.CreateEndpoint(at, consumer, want)
	}
}

func accept(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
	return p.Accept(at, owner, "ep")
}

func reject(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
	return p.Reject(at, owner, "ep")
}

func disableZone(zone cloud.Zone) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.DisableZone(at, owner, "ep", zone)
	}
}

func enableZone(zone cloud.Zone) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.EnableZone(at, owner, "ep", zone)
	}
}

func addZone(zone cloud.Zone) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.AddZone(at, consumer, "ep", zone)
	}
}

func removeZone(zone cloud.Zone) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.RemoveZone(at, consumer, "ep", zone)
	}
}

func detach(lb string, zone cloud.Zone) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.DetachResource(at, owner, "svc", lb, zone)
	}
}

func deleteService(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
	return p.DeleteService(at, owner, "svc")
}

func deleteEndpoint(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
	return p.DeleteEndpoint(at, consumer, "ep")
}

func attachGroup(group *cloud.SecurityGroup) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.AttachSecurityGroup(at, consumer, "ep", group)
	}
}

func detachGroup(group string) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.DetachSecurityGroup(at, consumer, "ep", group)
	}
}

func replace(mode cloud.ReplaceMode, lb string) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.ReplaceResource(at, owner, "ep", zoneB, mode, lb)
	}
}

func setAuto(lb string, enabled bool) call {
	return func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.SetAutoAllocated(at, owner, "svc", lb, zoneB, enabled)
	}
}

// code is the error code of a refusal, "" for none.
func code(t *testing.T, err error) control.Code {
	t.Helper()
	if err == nil {
		return ""
	}
	var refusal *control.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("%v is not a *control.Error", err)
	}
	return refusal.Code
}

func TestPrivateLinkFromCreationToRejection(t *testing.T) {
	s := newScript(t)
	s.must(createService(offer("svc", in(lb1, zoneB))))
	s.must(addUser(consumer))
	s.want("service", "service/svc →Creating", "service/svc Creating→Active",
		"service/svc Active→Pending", "service/svc Pending→Active")

	s.must(createEndpoint(wish("ep", "svc", zoneB)))
	s.want("endpoint", "endpoint/ep →Creating", "connection/ep →Disconnected", "zone/ep/b →Creating", "security_group/ep/sg-a →Attaching",
		"security_group/ep/sg-a Attaching→Attached", "zone/ep/b Creating→Wait", "endpoint/ep Creating→Active")
	if s.Carries("ep", zoneB) {
		t.Error("an endpoint carries packets before its connection is accepted")
	}

	s.must(accept)
	if s.Carries("ep", zoneB) {
		t.Error("an endpoint carries packets while it is connecting")
	}
	s.want("accept", "connection/ep Disconnected→Connecting", "zone/ep/b Wait→Connecting",
		"zone/ep/b Connecting→Connected", "connection/ep Connecting→Connected")
	if !s.Carries("ep", zoneB) {
		t.Error("a connected endpoint carries nothing")
	}
	if e, _ := s.Endpoint("ep"); e.Bandwidth != control.DefaultBandwidth || e.Zones[0].Resource != "clb-1" {
		t.Errorf("connected with %d Mbit/s to %q", e.Bandwidth, e.Zones[0].Resource)
	}

	s.must(reject)
	if s.Carries("ep", zoneB) {
		t.Error("an endpoint carries packets while it is disconnecting")
	}
	s.want("reject", "connection/ep Connected→Disconnecting", "zone/ep/b Connected→Disconnecting",
		"zone/ep/b Disconnecting→Disconnected", "connection/ep Disconnecting→Disconnected")
	s.must(accept)
	s.want("accept again", "connection/ep Disconnected→Connecting", "zone/ep/b Disconnected→Connecting",
		"zone/ep/b Connecting→Connected", "connection/ep Connecting→Connected")
}

func TestPrivateLinkTransitionsTakeTransitionTime(t *testing.T) {
	p := control.NewPrivateLink(control.Scale(10).Profile(profile), 0)
	if _, err := p.CreateService(time.Second, owner, offer("svc", in(lb1, zoneB))); err != nil {
		t.Fatal(err)
	}
	if at, ok := p.Next(); !ok || at != 1100*time.Millisecond {
		t.Errorf("Next: %v, %v; want 1.1 s: TransitionTime 1 s, ten times faster", at, ok)
	}
	if early := p.Advance(1099 * time.Millisecond); len(early) > 0 {
		t.Errorf("transitions before their time: %+v", early)
	}
	got := p.Advance(time.Minute)
	want := []control.Transition{{1100 * time.Millisecond, event.Transition{Resource: event.Service, Name: "svc", From: "Creating",
		To: "Active"}}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v: stamped with their own time, however late Advance comes", got, want)
	}
	if _, ok := p.Next(); ok {
		t.Error("Next: something is left to do")
	}
}

func TestPrivateLinkAutoAccept(t *testing.T) {
	s := newScript(t)
	service := offer("svc", in(lb1, zoneB), in(lb1, zoneA))
	service.AutoAcceptConnection = true
	s.must(createService(service))
	s.must(addUser(consumer))
	s.settle()
	s.must(createEndpoint(wish("ep", "svc", zoneB)))
	s.settle()
	if e, _ := s.Endpoint("ep"); e.Connection != cloud.Connected || e.Zones[0].Status != cloud.ZoneConnected {
		t.Errorf("connection %s, zone %s; want both Connected without any Accept", e.Connection, e.Zones[0].Status)
	}
	s.must(addZone(zoneA))
	s.want("a zone added to a connection", "zone/ep/a →Creating", "zone/ep/a Creating→Wait",
		"zone/ep/a Wait→Connecting", "zone/ep/a Connecting→Connected")
}

func TestPrivateLinkZonesOneByOne(t *testing.T) {
	s := newScript(t)
	s.connected(offer("svc", in(lb1, zoneB), in(lb1, zoneA)), wish("ep", "svc", zoneB, zoneA))
	s.must(disableZone(zoneB))
	s.want("disable", "zone/ep/b Connected→Disconnecting", "zone/ep/b Disconnecting→Disconnected")
	if s.Carries("ep", zoneB) || !s.Carries("ep", zoneA) || s.Carries("ep", "eu-central-1c") || s.Carries("ep-9", zoneA) {
		t.Error("zone b is disabled: b must carry nothing, a everything, and what does not exist nothing")
	}
	s.must(enableZone(zoneB))
	s.want("enable", "zone/ep/b Disconnected→Connecting", "zone/ep/b Connecting→Connected")
}

func TestPrivateLinkUpdatesAService(t *testing.T) {
	s := newScript(t)
	s.must(createService(offer("svc", in(lb1, zoneB))))
	yes, mbps := true, 200
	s.must(func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.UpdateService(at, owner, "svc", control.ServiceAttributes{AutoAccept: &yes, ZoneAffinity: &yes, ConnectBandwidth: &mbps})
	})
	s.settle()
	if got, _ := s.Service("svc"); !got.AutoAccept || !got.ZoneAffinity || got.ConnectBandwidth != 200 {
		t.Errorf("service %+v, want everything changed", got)
	}
}

func TestPrivateLinkWhitelist(t *testing.T) {
	s := newScript(t)
	s.must(createService(offer("svc", in(lb1, zoneB))))
	s.settle()
	if got := s.Visible(owner); !slices.Equal(got, []string{"svc"}) {
		t.Errorf("the owner sees %q, want its own service without being listed", got)
	}
	if got := s.Visible(consumer); len(got) > 0 {
		t.Errorf("an account that is not listed sees %q", got)
	}
	if got := code(t, s.try(createEndpoint(wish("ep", "svc", zoneB)))); got != control.EndpointServiceNotAuthorized {
		t.Errorf("create an endpoint unlisted: %s", got)
	}
	s.must(addUser(consumer))
	if got := s.Visible(consumer); !slices.Equal(got, []string{"svc"}) {
		t.Errorf("a listed account sees %q", got)
	}
	s.must(createEndpoint(wish("ep", "svc", zoneB)))
	s.must(accept)
	s.must(func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
		return p.RemoveUser(at, owner, "svc", consumer)
	})
	s.settle()
	if !s.Carries("ep", zoneB) || len(s.Visible(consumer)) > 0 {
		t.Error("an account taken off the list keeps its connection and sees the service no more")
	}
	if got := code(t, s.try(createEndpoint(wish("ep-2", "svc", zoneB)))); got != control.EndpointServiceNotAuthorized {
		t.Errorf("create an endpoint after removal from the list: %s", got)
	}
}

func TestPrivateLinkDeletionOrder(t *testing.T) {
	s := newScript(t)
	s.connected(offer("svc", in(lb1, zoneB)), wish("ep", "svc", zoneB))
	refused := func(do call, want control.Code) {
		t.Helper()
		if got := code(t, s.try(do)); got != want {
			t.Errorf("got %q, want %s", got, want)
		}
	}
	refused(deleteService, control.EndpointServiceConnectionDependence)
	refused(detach("clb-1", zoneB), control.EndpointServiceConnectionDependence)
	s.must(reject)
	refused(deleteService, control.EndpointServiceDependenceViolation)
	s.must(detach("clb-1", zoneB))
	refused(accept, control.NoAvailableServiceResource)
	s.settle()
	s.must(deleteService)
	refused(accept, control.EndpointServiceNotFound)
	s.want("delete service", "service/svc Active→Deleting", "service/svc Deleting→Deleted", "connection/ep Disconnected→ServiceDeleted")
	if _, ok := s.Service("svc"); ok {
		t.Error("the deleted service can still be queried")
	}
	refused(addZone(zoneA), control.EndpointServiceDeleted)
	refused(attachGroup(sgB), control.EndpointServiceDeleted)
	refused(deleteEndpoint, control.EndpointDependenceViolation)
	s.must(removeZone(zoneB))
	s.must(deleteEndpoint)
	s.want("delete endpoint", "zone/ep/b Disconnected→Deleting", "zone/ep/b Deleting→Deleted",
		"connection/ep ServiceDeleted→Deleting", "endpoint/ep Active→Deleting", "security_group/ep/sg-a Attached→Detaching",
		"security_group/ep/sg-a Detaching→Deleted", "connection/ep Deleting→Deleted", "endpoint/ep Deleting→Deleted")
	refused(deleteEndpoint, control.EndpointNotFound)
}

// connected builds a service and an endpoint of the consumer's that is connected to it.
func (s *script) connected(service *cloud.EndpointService, endpoint *cloud.Endpoint) {
	s.Helper()
	s.must(createService(service))
	s.must(addUser(consumer))
	s.must(createEndpoint(endpoint))
	s.must(accept)
	s.settle()
}
