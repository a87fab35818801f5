package cloud

import (
	"slices"
	"strings"

	"netlab/scenarios"
)

// Build resolves a decoded scenario's references, fills in what the provider would choose and
// checks the cloud's rules. A value that is zero was reported by Decode and is passed over, and a
// reference that leads nowhere is reported once: nothing that hangs on it is. more are checks of
// what the scenario does to the cloud: package sim adds those of the timeline.
func Build(s *scenarios.Scenario, more ...func(*Checker)) (*Cloud, scenarios.Diagnostics) {
	b := &builder{
		s:        s,
		cloud:    &Cloud{Provider: s.Cloud.Provider, Region: s.Cloud.Region, Profile: profile(s.Cloud.Profile), TimeScale: s.TimeScale},
		named:    map[string]resource{},
		kinds:    map[string][]string{},
		nameless: map[string]bool{},
		taken:    map[*VPC]*addresses{},
		fixed:    map[*VPC]prefix{},
		doubtful: map[*VSwitch]bool{},
		services: map[string]int{},
	}
	b.declare()
	b.cloud.named = b.named
	b.askedAddresses()
	b.vpcs()
	b.securityGroups()
	b.accessLists()
	b.instances()
	b.loadBalancers()
	b.endpointServices()
	b.endpoints()
	b.assignAddresses()
	b.members()
	b.drill()
	for _, check := range more {
		check(&Checker{b})
	}
	b.warnings()
	b.diags.Sort()
	// What is wrong with a backend is wrong for every listener that uses it, and said once.
	return b.cloud, slices.CompactFunc(b.diags, func(x, y scenarios.Diagnostic) bool {
		return x.Path == y.Path && x.Message == y.Message
	})
}

// A builder fills a Cloud in the order in which resources refer to each other.
type builder struct {
	s        *scenarios.Scenario
	cloud    *Cloud
	diags    scenarios.Diagnostics
	named    map[string]resource
	declared []declaration
	names    []string // in the order of the file, for suggestions
	kinds    map[string][]string
	guesses  int             // names compared so far
	counters map[string]int  // names of the file, and the last number tried for a free one
	nameless map[string]bool // kinds of which some could not be read: any name may be theirs
	taken    map[*VPC]*addresses
	fixed    map[*VPC]prefix   // the block that a VPC's wrong one should be
	doubtful map[*VSwitch]bool // the block is wrong, and what should be in it is anyone's guess
	services map[string]int    // indices into the scenario's services by name
	hosts    map[string]bool   // names of hosts, once they are asked for
	zones    []string          // zones in use, likewise
	later    []func()          // address assignments that wait for every written address
}

// A resource is anything that the cloud section names.
type resource struct {
	kind string // as a sentence has it: "a vSwitch"
	path string
	what any // *VPC, *VSwitch, …
}

func (b *builder) errorf(path, format string, args ...any) scenarios.Diagnostic {
	return b.s.Source.Errorf(path, format, args...)
}

func (b *builder) report(d scenarios.Diagnostic) { b.diags = append(b.diags, d) }

func (b *builder) warn(path, format string, args ...any) scenarios.Diagnostic {
	return b.s.Source.Warningf(path, format, args...)
}

// find resolves a reference to a resource of type T, whose kind is said as in "a vSwitch". It is
// nil when there is none, which is then reported.
func find[T any](b *builder, path, name, kind string) *T {
	if name == "" {
		return nil
	}
	r, ok := b.named[name]
	if ok {
		if t, ok := r.what.(*T); ok {
			return t
		}
		b.report(b.choose(b.errorf(path, "%s is %s, not %s", name, r.kind, kind), name, b.kinds[kind]))
		return nil
	}
	if b.nameless[kind] {
		return nil
	}
	d := b.errorf(path, "there is no %s named %s", strings.TrimPrefix(strings.TrimPrefix(kind, "an "), "a "), name)
	b.report(b.choose(d, name, b.kinds[kind]))
	return nil
}

// maxGuesses bounds how many names are compared with mistyped ones: with thousands of errors
// nobody reads what was meant.
const maxGuesses = 500_000

// choose suggests one of the known names in place of a wrong one.
func (b *builder) choose(d scenarios.Diagnostic, name string, known []string) scenarios.Diagnostic {
	near := ""
	if b.guesses += len(known); b.guesses <= maxGuesses {
		near = scenarios.Closest(name, known)
	}
	switch {
	case near != "":
		return d.Instead(near)
	case len(known) == 0:
		return d.Advise("define it first")
	case len(known) <= 10:
		return d.Advise("one of %s", strings.Join(known, ", "))
	}
	return d.Advise("one of %s, …", strings.Join(known[:10], ", "))
}

const (
	aVPC           = "a VPC"
	aVSwitch       = "a vSwitch"
	aSecurityGroup = "a security group"
	anACL          = "an access control list"
	anInstance     = "an instance"
	aServerGroup   = "a server group"
	aLoadBalancer  = "a load balancer"
	anEndpointSvc  = "an endpoint service"
	anEndpoint     = "an endpoint"
	aHost          = "a host"
)

// zone checks that a zone lies in the scenario's region.
func (b *builder) zone(path, zone string) Zone {
	region := b.cloud.Region
	if zone == "" || region == "" {
		return Zone(zone)
	}
	letter := zone[len(zone)-1:]
	if want := scenarios.ZoneID(region, letter); want != zone {
		b.report(b.errorf(path, "zone %s is not in region %s", zone, region).Instead(want))
		return Zone(want)
	}
	return Zone(zone)
}
