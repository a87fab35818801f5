package control_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// The documented statuses and the ways between them. "" is before the beginning.
var ways = map[event.Resource]map[string][]string{
	event.Service: {
		"":         {"Creating"},
		"Creating": {"Active"},
		"Active":   {"Pending", "Deleting"},
		"Pending":  {"Active"},
		"Deleting": {"Deleted"},
	},
	event.Endpoint: {
		"":         {"Creating"},
		"Creating": {"Active"},
		"Active":   {"Pending", "Deleting"},
		"Pending":  {"Active"},
		"Deleting": {"Deleted"},
	},
	event.Connection: {
		"":               {"Disconnected"},
		"Disconnected":   {"Connecting", "ServiceDeleted", "Deleting"},
		"Connecting":     {"Connected"},
		"Connected":      {"Disconnecting", "Pending", "Deleting"},
		"Pending":        {"Connected"},
		"Disconnecting":  {"Disconnected"},
		"ServiceDeleted": {"Deleting"},
		"Deleting":       {"Deleted"},
	},
	event.EndpointZone: {
		"":              {"Creating"},
		"Creating":      {"Wait"},
		"Wait":          {"Connecting", "Deleting"},
		"Connecting":    {"Connected"},
		"Connected":     {"Disconnecting", "Migrating", "Deleting"},
		"Migrating":     {"Migrated", "Connected"},
		"Migrated":      {"Migrating", "Disconnecting", "Deleting"},
		"Disconnecting": {"Disconnected"},
		"Disconnected":  {"Connecting", "Deleting"},
		"Deleting":      {"Deleted"},
	},
	event.SecurityGroup: {
		"":          {"Attaching"},
		"Attaching": {"Attached"},
		"Attached":  {"Detaching"},
		"Detaching": {"Deleted"},
	},
}

var documentedCodes = []control.Code{
	"ConcurrentCallNotSupported", "QuotaMisMatched", "QuotaExceeded.epZonePerEndpoint", "QuotaExceeded.totalEpPerVpc",
	"EndpointServiceExist", "EndpointServiceNotFound", "EndpointServiceNotAuthorized", "EndpointServiceDeleted",
	"EndpointServiceOperationDenied", "EndpointServiceNotSupportedZone", "EndpointServiceDependenceViolation",
	"EndpointServiceConnectionDependence", "EndpointServiceResourceExist", "EndpointServiceResourceNotFound",
	"EndpointServiceResourceCannotRemove", "ResourceAutoAllocateViolation", "IncorrectStatus.VpcEndpointService",
	"IllegalParamFormat.ConnectBandwidth", "EndpointExist", "EndpointNotFound", "EndpointOperationDenied",
	"EndpointDependenceViolation", "EndpointZoneDuplicated", "EndpointZoneNotFound", "SecurityGroupExist",
	"SecurityGroupNotFound", "SecurityGroupTypeOnlySingleTypeSupporteded", "EndpointMustContainSecurityGroup",
	"EndpointConnectionNotFound", "EndpointConnectionOperationDenied", "OperationDenied.NoAvailableServiceResource",
	"IncorrectStatus.VpcEndpointConnection", "IncorrectStatus.VpcEndpointZone", "ResourceNotFound.VpcEndpointZone",
	"ZoneOperationDenied", "IllegalParam.ResourceAllocateMode", "IllegalParam.ResourceReplaceMode",
	"MissingParam.ResourceId", "OperationDenied.CurrentResourceAutoAllocated", "Mismatch.ZoneId",
}

var (
	serviceNames  = []string{"svc-1", "svc-2"}
	endpointNames = []string{"ep-1", "ep-2"}
	balancers     = []*cloud.LoadBalancer{lb1, lb2, lb3}
	zonesOfRegion = []cloud.Zone{zoneA, zoneB}
	groupsOfVPC   = []*cloud.SecurityGroup{sgA, sgB, sgStrict, sgForeign}
)

// A life drives a PrivateLink by random calls and checks every transition that it reports.
type life struct {
	*control.PrivateLink
	at    time.Duration
	known map[control.Transition]string // subject (a Transition without time and statuses) → status
	last  time.Duration
}

func (l *life) check(t *rapid.T, transitions []control.Transition) {
	for _, tr := range transitions {
		subject := control.Transition{Transition: event.Transition{Resource: tr.Resource, Name: tr.Name, Part: tr.Part}}
		if !slices.Contains(ways[tr.Resource][tr.From], tr.To) {
			t.Fatalf("undocumented transition %+v", tr)
		}
		if l.known[subject] != tr.From {
			t.Fatalf("%+v, but the status was %q", tr, l.known[subject])
		}
		if tr.At < l.last || tr.At > l.at {
			t.Fatalf("%+v at %v, after one of %v", tr, l.at, l.last)
		}
		l.last = tr.At
		l.known[subject] = tr.To
		if tr.To == cloud.Deleted {
			delete(l.known, subject)
		}
	}
}

// do makes a call: one that fails must change nothing and give a documented code.
func (l *life) do(t *rapid.T, what string, transitions []control.Transition, err error, before []any) {
	l.check(t, transitions)
	if err == nil {
		return
	}
	var refusal *control.Error
	if !errors.As(err, &refusal) || !slices.Contains(documentedCodes, refusal.Code) {
		t.Fatalf("%s: undocumented error %v", what, err)
	}
	if diff := cmp.Diff(before, l.state()); diff != "" {
		t.Fatalf("%s was refused (%v) and yet changed the state:\n%s", what, err, diff)
	}
}

func (l *life) state() []any {
	var all []any
	for _, name := range serviceNames {
		s, _ := l.Service(name)
		all = append(all, s)
	}
	for _, name := range endpointNames {
		e, _ := l.Endpoint(name)
		all = append(all, e)
	}
	return all
}

type randomCall func(t *rapid.T, l *life, by string) ([]control.Transition, error)

var randomCalls = map[string]randomCall{
	"create service": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		want := offer(service(t))
		for _, lb := range rapid.SliceOfN(rapid.SampledFrom(balancers), 0, 3).Draw(t, "balancers") {
			want.Resources = append(want.Resources, in(lb, zoneOf(t)))
		}
		want.AutoAcceptConnection = rapid.Bool().Draw(t, "auto accept")
		return l.CreateService(l.at, by, want)
	},
	"delete service": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.DeleteService(l.at, by, service(t))
	},
	"update service": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		auto, mbps := rapid.Bool().Draw(t, "auto"), rapid.IntRange(50, 11000).Draw(t, "mbps")
		return l.UpdateService(l.at, by, service(t), control.ServiceAttributes{AutoAccept: &auto, ConnectBandwidth: &mbps})
	},
	"add user": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.AddUser(l.at, by, service(t), account(t))
	},
	"remove user": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.RemoveUser(l.at, by, service(t), account(t))
	},
	"attach resource": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.AttachResource(l.at, by, service(t), in(balancer(t), zoneOf(t)))
	},
	"detach resource": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.DetachResource(l.at, by, service(t), balancer(t).Name, zoneOf(t))
	},
	"set auto allocated": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.SetAutoAllocated(l.at, by, service(t), balancer(t).Name, zoneOf(t), rapid.Bool().Draw(t, "enabled"))
	},
	"create endpoint": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		want := wish(endpointName(t), service(t), rapid.SliceOfN(rapid.SampledFrom(zonesOfRegion), 0, 2).Draw(t, "zones")...)
		want.SecurityGroups = rapid.SliceOfN(rapid.SampledFrom(groupsOfVPC), 0, 2).Draw(t, "groups")
		return l.CreateEndpoint(l.at, by, want)
	},
	"delete endpoint": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.DeleteEndpoint(l.at, by, endpointName(t))
	},
	"add zone": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.AddZone(l.at, by, endpointName(t), zoneOf(t))
	},
	"remove zone": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.RemoveZone(l.at, by, endpointName(t), zoneOf(t))
	},
	"attach group": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.AttachSecurityGroup(l.at, by, endpointName(t), rapid.SampledFrom(groupsOfVPC).Draw(t, "group"))
	},
	"detach group": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.DetachSecurityGroup(l.at, by, endpointName(t), rapid.SampledFrom(groupsOfVPC).Draw(t, "group").Name)
	},
	"accept": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.Accept(l.at, by, endpointName(t))
	},
	"reject": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.Reject(l.at, by, endpointName(t))
	},
	"enable zone": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.EnableZone(l.at, by, endpointName(t), zoneOf(t))
	},
	"disable zone": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.DisableZone(l.at, by, endpointName(t), zoneOf(t))
	},
	"set bandwidth": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.SetBandwidth(l.at, by, endpointName(t), rapid.IntRange(50, 11000).Draw(t, "mbps"))
	},
	"allocate resource": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		lb := rapid.SampledFrom([]string{"", "clb-1", "clb-2", "clb-3"}).Draw(t, "balancer")
		return l.AllocateResource(l.at, by, endpointName(t), zoneOf(t), lb)
	},
	"replace resource": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		mode := rapid.SampledFrom([]cloud.ReplaceMode{cloud.Graceful, cloud.Force, ""}).Draw(t, "mode")
		return l.ReplaceResource(l.at, by, endpointName(t), zoneOf(t), mode, balancer(t).Name)
	},
	"cut replaced": func(t *rapid.T, l *life, by string) ([]control.Transition, error) {
		return l.CutReplaced(l.at, by, endpointName(t), zoneOf(t))
	},
}

// From any state, no sequence of calls by the two accounts reaches an undocumented status or takes
// an undocumented way, every refusal has a documented code and changes nothing, and whatever has
// come about can be taken down again in the documented order.
func TestPrivateLinkUnderAnyCalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		actions := map[string]func(*rapid.T){"": l.invariants}
		for what, random := range randomCalls {
			actions[what] = func(t *rapid.T) {
				l.at += rapid.SampledFrom([]time.Duration{0, 300 * time.Millisecond, time.Second, 5 * time.Second}).Draw(t, "wait")
				l.check(t, l.Advance(l.at))
				before := l.state()
				// Mostly the account whose call it is: refusals to the other one are quickly seen.
				by := rapid.SampledFrom([]string{owner, owner, owner, consumer}).Draw(t, "by")
				transitions, err := random(t, l, by)
				l.do(t, what, transitions, err, before)
			}
		}
		t.Repeat(actions)
		l.takeDown(t)
	})
}

// newLife starts a life half of the time with a connection that stands and whose resource can be
// replaced, so that the later calls are reached often enough.
func newLife(t *rapid.T) *life {
	l := &life{
		PrivateLink: control.NewPrivateLink(profile, rapid.Uint64().Draw(t, "seed")),
		known:       map[control.Transition]string{},
	}
	if rapid.Bool().Draw(t, "from a connection") {
		for _, do := range []call{
			createService(offer("svc-1", in(lb1, zoneB), in(lb2, zoneB), in(lb3, zoneA))),
			func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
				return p.CreateEndpoint(at, owner, wish("ep-1", "svc-1", zoneB, zoneA))
			},
			func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
				return p.AllocateResource(at, owner, "ep-1", zoneB, "clb-1")
			},
			func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
				return p.Accept(at, owner, "ep-1")
			},
			func(p *control.PrivateLink, at time.Duration) ([]control.Transition, error) {
				return p.SetAutoAllocated(at, owner, "svc-1", "clb-1", zoneB, false)
			},
		} {
			l.at += 10 * time.Second
			transitions, err := do(l.PrivateLink, l.at)
			if err != nil {
				t.Fatal(err)
			}
			l.check(t, transitions)
		}
	}
	return l
}

func (l *life) invariants(t *rapid.T) {
	if next, ok := l.Next(); ok && next < l.last {
		t.Fatalf("Next is %v, yet the last transition was at %v", next, l.last)
	}
	for _, name := range endpointNames {
		e, ok := l.Endpoint(name)
		if !ok {
			continue
		}
		s, alive := l.Service(e.Service)
		if e.Connection == cloud.Connected && !alive {
			t.Fatalf("%s is connected to a service that does not exist", name)
		}
		if len(e.SecurityGroups) == 0 {
			t.Fatalf("%s has no security group", name)
		}
		for _, z := range e.Zones {
			if l.Carries(name, z.Zone) && !slices.ContainsFunc(s.Resources, func(r control.Resource) bool {
				return r.LoadBalancer == z.Resource && r.Zone == z.Zone
			}) {
				t.Fatalf("%s carries packets in %s to %q, which the service lacks: %+v", name, z.Zone, z.Resource, s)
			}
			if z.Status == cloud.ZoneConnected && e.Connection == cloud.Disconnected {
				t.Fatalf("zone %s of %s is connected, its connection is not", z.Zone, name)
			}
			if z.Replaced != "" && z.Status != cloud.ZoneMigrated && z.Status != cloud.ZoneMigrating &&
				z.Status != cloud.ZoneDisconnecting && z.Status != cloud.ZoneDeleting {
				t.Fatalf("zone %s of %s is %s and still has %s", z.Zone, name, z.Status, z.Replaced)
			}
		}
	}
}

// takeDown waits until nothing is transitional and removes everything; no call may be refused.
func (l *life) takeDown(t *rapid.T) {
	step := func(transitions []control.Transition, err error) {
		l.check(t, transitions)
		if err != nil {
			t.Fatalf("take down: %v", err)
		}
		for next, ok := l.Next(); ok; next, ok = l.Next() {
			l.at = max(l.at, next)
			l.check(t, l.Advance(next))
		}
	}
	step(nil, nil)
	for _, name := range endpointNames {
		e, ok := l.Endpoint(name)
		if !ok {
			continue
		}
		if s, _ := l.Service(e.Service); e.Connection == cloud.Connected {
			step(l.Reject(l.at, s.Owner, name))
		}
		for _, z := range e.Zones {
			step(l.RemoveZone(l.at, e.Owner, name, z.Zone))
		}
		step(l.DeleteEndpoint(l.at, e.Owner, name))
	}
	for _, name := range serviceNames {
		s, ok := l.Service(name)
		if !ok {
			continue
		}
		for _, r := range s.Resources {
			step(l.DetachResource(l.at, s.Owner, name, r.LoadBalancer, r.Zone))
		}
		step(l.DeleteService(l.at, s.Owner, name))
	}
	if len(l.known) > 0 {
		t.Fatalf("left behind: %v", l.known)
	}
}

func service(t *rapid.T) string      { return rapid.SampledFrom(serviceNames).Draw(t, "service") }
func endpointName(t *rapid.T) string { return rapid.SampledFrom(endpointNames).Draw(t, "endpoint") }
func account(t *rapid.T) string {
	return rapid.SampledFrom([]string{owner, consumer}).Draw(t, "account")
}
func zoneOf(t *rapid.T) cloud.Zone { return rapid.SampledFrom(zonesOfRegion).Draw(t, "zone") }
func balancer(t *rapid.T) *cloud.LoadBalancer {
	return rapid.SampledFrom(balancers).Draw(t, "balancer")
}
