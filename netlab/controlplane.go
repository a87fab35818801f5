package netlab

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
	for _, s := range l.cloud.EndpointServices {
		if s.Name == name {
			return l.links.createService(ctx, s)
		}
	}
	if ep := l.endpoint(name); ep != nil {
		return l.links.createEndpoint(ctx, ep)
	}
	return fmt.Errorf("create %s: nothing of that name can be created", name)
}

// Accept lets the provider accept an endpoint's connection and returns once it is Connected.
func (l *Lab) Accept(ctx context.Context, endpoint string) error {
	l.say(event.Event{Kind: event.Step, Subject: endpoint, Text: "accept"})
	return l.links.decide(ctx, l.endpoint(endpoint), l.links.machine.Accept, control.Connected)
}

// Reject lets the provider reject an endpoint's connection and returns once it is Disconnected.
func (l *Lab) Reject(ctx context.Context, endpoint string) error {
	l.say(event.Event{Kind: event.Step, Subject: endpoint, Text: "reject"})
	return l.links.decide(ctx, l.endpoint(endpoint), l.links.machine.Reject, control.Disconnected)
}

// ConnectionStatus is the endpoint's documented connection status.
func (l *Lab) ConnectionStatus(endpoint string) string {
	l.links.mu.Lock()
	defer l.links.mu.Unlock()
	return string(l.links.status(endpoint))
}

func (l *Lab) endpoint(name string) *cloud.Endpoint {
	for _, ep := range l.cloud.Endpoints {
		if ep.Name == name {
			return ep
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
