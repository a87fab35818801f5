package lab

import (
	"context"
	"fmt"

	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

func (l *Lab) makeControlPlane() {
	for _, lb := range l.cloud.LoadBalancers {
		l.balancers[lb.Name] = newLoadBalancer(l, lb)
	}
	l.links = newPrivateLink(l)
}

// Create makes a load balancer, an endpoint service or an endpoint, and returns once it is
// active: a load balancer when its health checks have finished.
func (l *Lab) Create(ctx context.Context, name string) error {
	l.say(event.Event{Kind: event.Step, Subject: name, Text: "create"})
	if b := l.balancers[name]; b != nil {
		return b.create(ctx)
	}
	if s := l.cloud.EndpointService(name); s != nil {
		return l.links.createService(ctx, s)
	}
	if ep := l.cloud.Endpoint(name); ep != nil {
		return l.links.createEndpoint(ctx, ep)
	}
	return fmt.Errorf("create %s: nothing of that name can be created", name)
}

// Allow puts an account on an endpoint service's whitelist and returns once the service is active
// again. To an account that is not on it the service does not exist (documented: service whitelist).
func (l *Lab) Allow(ctx context.Context, service, account string) error {
	l.say(event.Event{Kind: event.Step, Subject: service, Text: "allow account " + account})
	return l.links.allow(ctx, l.cloud.EndpointService(service), account)
}

// Accept lets the provider accept an endpoint's connection and returns once it is Connected.
func (l *Lab) Accept(ctx context.Context, endpoint string) error {
	l.say(event.Event{Kind: event.Step, Subject: endpoint, Text: "accept"})
	return l.links.decide(ctx, l.cloud.Endpoint(endpoint), l.links.machine.Accept, control.Connected)
}

// Reject lets the provider reject an endpoint's connection and returns once it is Disconnected.
func (l *Lab) Reject(ctx context.Context, endpoint string) error {
	l.say(event.Event{Kind: event.Step, Subject: endpoint, Text: "reject"})
	return l.links.decide(ctx, l.cloud.Endpoint(endpoint), l.links.machine.Reject, control.Disconnected)
}

// ConnectionStatus is the endpoint's documented connection status.
func (l *Lab) ConnectionStatus(endpoint string) string {
	l.links.mu.Lock()
	defer l.links.mu.Unlock()
	return string(l.links.status(endpoint))
}

// Serving is the load balancer that an endpoint's zone was given, nil while it has none.
func (l *Lab) Serving(endpoint string, zone cloud.Zone) *cloud.LoadBalancer {
	l.links.mu.Lock()
	defer l.links.mu.Unlock()
	now, _ := l.links.machine.Endpoint(endpoint)
	for _, z := range now.Zones {
		if z.Zone == zone && z.Resource != "" {
			return l.cloud.LoadBalancer(z.Resource)
		}
	}
	return nil
}

// Failed delivers an error that made the running lab stop following its model, if one occurs.
func (l *Lab) Failed() <-chan error { return l.failed }

// fail reports such an error; the first one counts.
func (l *Lab) fail(err error) {
	l.say(event.Event{Kind: event.Failure, Text: err.Error()})
	select {
	case l.failed <- err:
	default:
	}
}
