package control

import (
	"netlab/sim/cloud"
	"netlab/sim/event"
)

// A Call is a call of the cloud's API, or several that people know as one step of the console.
type Call interface {
	// begin makes the call and says what must have come about before it has ended.
	begin(m *Machine) *operation
}

// A Result is how a call ended, and what stood before where the call replaced it.
type Result struct {
	Err          error  // *Error where the API documents a code
	Weight       int    // of the server before SetWeight or RemoveServer
	LoadBalancer string // that served the zone before ReplaceResource
	Replacement  string // that serves it now
}

// A ServerRef names a backend in one of a load balancer's server groups.
type ServerRef struct {
	LoadBalancer string
	Group        string // "" is the default server group
	Instance     string
}

type (
	// Create makes a load balancer, an endpoint service or an endpoint, and has ended once it is
	// active: a load balancer when its health checks have finished, a service when all accounts
	// of the file are on its whitelist.
	Create struct{ Resource string }

	// Allow puts an account on an endpoint service's whitelist. To an account that is not on it
	// the service does not exist (documented: service whitelist).
	Allow struct{ Service, Account string }

	// Accept is the provider's consent to an endpoint's connection; it has ended once the
	// connection is Connected.
	Accept struct{ Endpoint string }

	// Reject ends an endpoint's connection; it has ended once the connection is Disconnected.
	Reject struct{ Endpoint string }

	// DisableZone cuts one zone off an endpoint's connection.
	DisableZone struct {
		Endpoint string
		Zone     cloud.Zone
	}

	// EnableZone connects such a zone again.
	EnableZone struct {
		Endpoint string
		Zone     cloud.Zone
	}

	// ReplaceResource gives a zone of a standing connection another load balancer of the service,
	// any where LoadBalancer is "". In mode Graceful open connections stay with the one before,
	// until it is replaced again.
	ReplaceResource struct {
		Endpoint     string
		Zone         cloud.Zone
		Mode         cloud.ReplaceMode
		LoadBalancer string
	}

	// SetWeight gives a backend another weight. At weight 0 it takes no new connections; those
	// that are open stay.
	SetWeight struct {
		Server ServerRef
		Weight int
	}

	// AddServer puts a backend into a server group. One that is there already is an error
	// (documented: AddBackendServers).
	AddServer struct {
		Server ServerRef
		Weight int
	}

	// RemoveServer takes a backend out of its server group. Its connections end at once, or after
	// the listener's connection drain timeout (documented: ConnectionDrain). Removing one that is
	// not there is no error (documented: RemoveBackendServers).
	RemoveServer struct{ Server ServerRef }

	// Authorize puts a rule into a security group, for new connections.
	Authorize struct {
		Group string
		Rule  cloud.SecurityGroupRule
	}

	// Revoke takes a rule out of a security group. Open connections stay: groups are stateful
	// (documented: ECS "Security groups: overview").
	Revoke struct {
		Group string
		Rule  cloud.SecurityGroupRule
	}
)

// An operation is a Call under way.
type operation struct {
	id     uint64
	result Result
	steps  []step
}

// A step of an operation is an API call, and when it has taken effect. Both may be nil.
type step struct {
	call func() error
	done func() bool
}

// fail is an operation that has ended before it began.
func fail(err error) *operation { return &operation{result: Result{Err: err}} }

func (m *Machine) request(r Request) {
	o := r.Call.begin(m)
	o.id = r.ID
	m.operations = append(m.operations, o)
}

// settle takes every operation as far as it goes now.
func (m *Machine) settle() {
	var open []*operation
	for _, o := range m.operations {
		if m.proceed(o) {
			m.do(Finish{o.id, o.result})
		} else {
			open = append(open, o)
		}
	}
	m.operations = open
}

// proceed says whether the operation has ended.
func (m *Machine) proceed(o *operation) bool {
	for len(o.steps) > 0 {
		s := &o.steps[0]
		if s.call != nil {
			call := s.call
			s.call = nil
			if o.result.Err = call(); o.result.Err != nil {
				return true
			}
		}
		if s.done != nil && !s.done() {
			return false
		}
		o.steps = o.steps[1:]
	}
	return true
}

func (m *Machine) tellCall(c event.Call) { m.tell(m.now, c) }
