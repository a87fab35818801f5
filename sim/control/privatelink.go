package control

import (
	"math/rand/v2"
	"slices"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// PrivateLink is the control plane of a region's endpoint services and endpoints.
//
// Calls are those of the PrivateLink API (version 2020-04-15), each made by an account at a time.
// Every one is asynchronous: it puts the resource into a transitional status, which Advance ends
// TransitionTime later (documented: "asynchronous operation", without a duration: unknown). A call
// in a status in which the cloud refuses it changes nothing and returns an *Error with the
// documented code.
//
// Every call first brings the state up to its time, as Advance does. It returns all transitions
// since the call before, in order, also when it fails.
type PrivateLink struct {
	transition time.Duration
	random     *rand.Rand
	services   map[string]*service
	endpoints  map[string]*endpoint
	order      []*endpoint // in order of creation, so that equal histories give equal transitions

	now  time.Duration
	due  []completion
	done []Transition
}

// A Transition is one change of a documented status.
type Transition struct {
	At time.Duration
	event.Transition
}

// A completion ends a transitional status.
type completion struct {
	at    time.Duration
	apply func()
}

// NewPrivateLink starts a region without any service or endpoint. seed decides which service
// resource a zone gets where several may serve it.
func NewPrivateLink(profile cloud.Profile, seed uint64) *PrivateLink {
	return &PrivateLink{
		transition: profile.TransitionTime,
		random:     rand.New(rand.NewPCG(seed, 0)),
		services:   map[string]*service{},
		endpoints:  map[string]*endpoint{},
	}
}

// Advance ends every transitional status whose time has come.
func (p *PrivateLink) Advance(at time.Duration) []Transition {
	p.advance(at)
	return p.take()
}

// Next is when the next transitional status ends; ok is false when none is left.
func (p *PrivateLink) Next() (at time.Duration, ok bool) {
	if len(p.due) == 0 {
		return 0, false
	}
	return p.due[0].at, true
}

func (p *PrivateLink) advance(at time.Duration) {
	for len(p.due) > 0 && p.due[0].at <= at {
		next := p.due[0]
		p.due = p.due[1:]
		p.now = next.at
		next.apply()
	}
	p.now = max(p.now, at)
}

// later has apply end the transitional status that begins now. All of them last equally long, so
// the list stays in order of time.
func (p *PrivateLink) later(apply func()) {
	p.due = append(p.due, completion{at: p.now + p.transition, apply: apply})
}

func (p *PrivateLink) take() []Transition {
	done := p.done
	p.done = nil
	return done
}

// call makes one API call at a time: the state is brought up to that time first.
func (p *PrivateLink) call(at time.Duration, do func() *Error) ([]Transition, error) {
	p.advance(at)
	if err := do(); err != nil {
		return p.take(), err
	}
	return p.take(), nil
}

// set changes a status and keeps the transition.
func set[S ~string](p *PrivateLink, status *S, to S, resource event.Resource, name, part string) {
	p.done = append(p.done, Transition{p.now, event.Transition{
		Resource: resource, Name: name, Part: part, From: string(*status), To: string(to),
	}})
	*status = to
}

// Quotas beside those of package cloud (documented: PrivateLink limits).
const (
	maxResourcesPerService     = 500
	maxResourcesPerServiceZone = 100
)

// Bandwidth of a connection in Mbit/s (documented: CreateVpcEndpointService, ConnectBandwidth).
const (
	DefaultBandwidth = 3072
	minBandwidth     = 100
	maxBandwidth     = 10240
)

// endpointsOf lists the endpoints of a service in order of creation.
func (p *PrivateLink) endpointsOf(s *service) []*endpoint {
	return slices.DeleteFunc(slices.Clone(p.order), func(e *endpoint) bool { return e.service != s })
}
