package control

import (
	"fmt"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// api makes one call of the PrivateLink API and lets what it changed take effect.
func (m *Machine) api(call func(at time.Duration) ([]Transition, error)) error {
	transitions, refused := call(m.now)
	m.linked(transitions)
	return refused
}

func (c Create) begin(m *Machine) *operation {
	m.tellCall(event.Call{Call: "create", Resource: c.Resource})
	if b := m.balancer(c.Resource); b != nil {
		return b.create()
	}
	if s := m.cloud.EndpointService(c.Resource); s != nil {
		return m.createService(s)
	}
	if ep := m.cloud.Endpoint(c.Resource); ep != nil {
		return m.createEndpoint(ep)
	}
	return fail(fmt.Errorf("create %s: nothing of that name can be created", c.Resource))
}

// createService makes the service with the accounts of its whitelist, all calls by its owner.
func (m *Machine) createService(s *cloud.EndpointService) *operation {
	o := &operation{steps: []step{m.owner(s, func(at time.Duration, by, _ string) ([]Transition, error) {
		return m.links.CreateService(at, by, s)
	})}}
	for _, account := range s.AllowedAccounts {
		o.steps = append(o.steps, m.allow(s, account))
	}
	return o
}

// createEndpoint makes the endpoint's ENIs known, by a call of the consumer's account: their
// security groups, their domain names.
func (m *Machine) createEndpoint(ep *cloud.Endpoint) *operation {
	return &operation{steps: []step{{
		call: func() error {
			err := m.api(func(at time.Duration) ([]Transition, error) { return m.links.CreateEndpoint(at, ep.Account, ep) })
			if err != nil {
				return err
			}
			m.admit(ep)
			m.publish(ep)
			return nil
		},
		done: func() bool {
			now, ok := m.links.Endpoint(ep.Name)
			return ok && now.Status == cloud.EndpointActive
		},
	}}}
}

func (c Allow) begin(m *Machine) *operation {
	m.tellCall(event.Call{Call: "allow", Resource: c.Service, Account: c.Account})
	s := m.cloud.EndpointService(c.Service)
	if s == nil {
		return fail(fmt.Errorf("allow %s: there is no endpoint service %s", c.Account, c.Service))
	}
	return &operation{steps: []step{m.allow(s, c.Account)}}
}

// allow lets the provider put an account on the whitelist.
func (m *Machine) allow(s *cloud.EndpointService, account string) step {
	return m.owner(s, func(at time.Duration, by, name string) ([]Transition, error) {
		return m.links.AddUser(at, by, name, account)
	})
}

// owner is a call of the service's owner that keeps it Pending for a while.
func (m *Machine) owner(s *cloud.EndpointService, call func(at time.Duration, by, name string) ([]Transition, error)) step {
	return step{
		call: func() error {
			return m.api(func(at time.Duration) ([]Transition, error) { return call(at, s.Account, s.Name) })
		},
		done: func() bool { return m.active(s) },
	}
}

func (m *Machine) active(s *cloud.EndpointService) bool {
	now, ok := m.links.Service(s.Name)
	return ok && now.Status == cloud.ServiceActive
}

func (c Accept) begin(m *Machine) *operation {
	return m.decide("accept", c.Endpoint, m.links.Accept, cloud.Connected)
}

func (c Reject) begin(m *Machine) *operation {
	return m.decide("reject", c.Endpoint, m.links.Reject, cloud.Disconnected)
}

// decide is the provider's decision on an endpoint's connection.
func (m *Machine) decide(verb, endpoint string, call func(at time.Duration, by, name string) ([]Transition, error),
	want cloud.ConnectionStatus) *operation {
	m.tellCall(event.Call{Call: verb, Resource: endpoint})
	ep := m.cloud.Endpoint(endpoint)
	if ep == nil {
		return fail(fmt.Errorf("%s %s: there is no such endpoint", verb, endpoint))
	}
	return &operation{steps: []step{{
		call: func() error {
			return m.api(func(at time.Duration) ([]Transition, error) { return call(at, ep.Service.Account, ep.Name) })
		},
		done: func() bool {
			now, _ := m.links.Endpoint(endpoint)
			return now.Connection == want
		},
	}}}
}
