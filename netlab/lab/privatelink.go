package lab

import (
	"context"
	"fmt"
	"sync"
	"time"

	"netlab/netlab/dns"
	"netlab/sim/cloud"
	"netlab/sim/control"
	"netlab/sim/event"
)

// privateLink runs the region's endpoint services and endpoints: sim/control decides, this type
// gives it real time and makes ENIs and the resolvers follow.
type privateLink struct {
	lab *Lab
	run sync.WaitGroup
	end context.CancelFunc

	mu      sync.Mutex
	machine *control.PrivateLink
	wake    chan struct{} // closed and renewed whenever the machine moved
	enis    map[string]eniState
}

// An eniState is what an ENI was told last: the load balancer that new connections go to, "" while
// nothing passes, the one that it has gracefully replaced, and how much it carries.
type eniState struct {
	serves, replaced string
	bandwidth        int // Mbit/s
}

func newPrivateLink(l *Lab) *privateLink {
	ctx, cancel := context.WithCancel(context.Background())
	p := &privateLink{lab: l, end: cancel, wake: make(chan struct{}),
		enis:    map[string]eniState{},
		machine: control.NewPrivateLink(l.cloud.Profile, l.cloud.TimeScale, l.seed)}
	p.run.Go(func() { p.advance(ctx) })
	return p
}

func (p *privateLink) stop() {
	p.end()
	p.run.Wait()
}

// advance ends transitional states when their time has come.
func (p *privateLink) advance(ctx context.Context) {
	for {
		p.mu.Lock()
		next, ok := p.machine.Next()
		wake := p.wake
		p.mu.Unlock()
		var timer <-chan time.Time
		if ok {
			timer = time.After(next - p.lab.clock.now())
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-timer:
			err := p.call(func(at time.Duration) ([]control.Transition, error) { return p.machine.Advance(at), nil })
			if err != nil {
				p.lab.fail(err)
			}
		}
	}
}

// call makes one API call and lets what it changed take effect.
func (p *privateLink) call(do func(at time.Duration) ([]control.Transition, error)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	transitions, refused := do(p.lab.clock.now())
	if len(transitions) == 0 {
		return refused
	}
	// In force first, told then: who hears of a connection finds that it carries.
	if err := p.apply(); err != nil {
		return err
	}
	for _, t := range transitions {
		subject := t.Name
		if t.Part != "" {
			subject += " " + t.Part
		}
		p.lab.say(event.Event{At: p.lab.clock.stamp(t.At), Kind: event.Transition, Subject: subject,
			From: t.From, To: t.To, Text: string(t.Kind)})
	}
	close(p.wake)
	p.wake = make(chan struct{})
	return refused
}

// apply makes the ENIs follow the machine.
func (p *privateLink) apply() error {
	for _, ep := range p.lab.cloud.Endpoints {
		now, exists := p.machine.Endpoint(ep.Name)
		if !exists {
			continue
		}
		for _, z := range now.Zones {
			if err := p.steer(now, z); err != nil {
				return fmt.Errorf("endpoint %s in %s: %w", ep.Name, z.Zone, err)
			}
		}
	}
	return nil
}

// steer opens an ENI whose connection carries traffic, to the load balancer that was allocated and
// for the connection's bandwidth, and closes the others.
func (p *privateLink) steer(ep control.Endpoint, z control.Zone) error {
	name := ep.Name + "." + z.Zone.Short()
	host, before := p.lab.hosts[name], p.enis[name]
	var now eniState
	if p.machine.Carries(ep.Name, z.Zone) {
		now = eniState{z.Resource, z.Replaced, ep.Bandwidth}
	}
	if now == before {
		return nil
	}
	p.enis[name] = now
	if now.serves == "" {
		return host.eni.Disconnect()
	}
	if now.bandwidth != before.bandwidth {
		if err := limit(host, now.bandwidth); err != nil {
			return err
		}
	}
	if err := host.eni.Connect(now.serves); err != nil {
		return err
	}
	if before.replaced != "" && now.replaced == "" {
		return host.eni.Cut(before.replaced)
	}
	return nil
}

// limit holds an ENI to its connection's bandwidth, each direction apart. Every zone has all of it
// (unknown: the documents speak of one connection and one bandwidth).
func limit(eni *host, mbps int) error {
	for _, nic := range eni.nics {
		if err := nic.Limit(uint64(mbps) * 1_000_000); err != nil {
			return err
		}
	}
	return nil
}

// await returns once the machine satisfies done.
func (p *privateLink) await(ctx context.Context, what string, done func() bool) error {
	for {
		p.mu.Lock()
		ok, wake := done(), p.wake
		p.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
}

// createService makes the service with the accounts of its whitelist, all calls by its owner.
func (p *privateLink) createService(ctx context.Context, s *cloud.EndpointService) error {
	err := p.call(func(at time.Duration) ([]control.Transition, error) {
		return p.machine.CreateService(at, s.Account, s)
	})
	if err != nil {
		return err
	}
	if err := p.awaitService(ctx, s); err != nil {
		return err
	}
	for _, account := range s.AllowedAccounts {
		if err := p.allow(ctx, s, account); err != nil {
			return err
		}
	}
	return nil
}

// allow lets the provider put an account on the whitelist.
func (p *privateLink) allow(ctx context.Context, s *cloud.EndpointService, account string) error {
	return p.change(ctx, s, func(at time.Duration, by, name string) ([]control.Transition, error) {
		return p.machine.AddUser(at, by, name, account)
	})
}

// change makes a call of the service's owner that keeps it Pending for a while.
func (p *privateLink) change(ctx context.Context, s *cloud.EndpointService, call func(at time.Duration, by, name string) ([]control.Transition, error)) error {
	err := p.call(func(at time.Duration) ([]control.Transition, error) { return call(at, s.Account, s.Name) })
	if err != nil {
		return err
	}
	return p.awaitService(ctx, s)
}

func (p *privateLink) awaitService(ctx context.Context, s *cloud.EndpointService) error {
	return p.await(ctx, "endpoint service "+s.Name+" to become active", func() bool {
		now, ok := p.machine.Service(s.Name)
		return ok && now.Status == control.ServiceActive
	})
}

// createEndpoint makes the endpoint's ENIs known, by a call of the consumer's account: their
// security groups, their domain names.
func (p *privateLink) createEndpoint(ctx context.Context, ep *cloud.Endpoint) error {
	err := p.call(func(at time.Duration) ([]control.Transition, error) {
		return p.machine.CreateEndpoint(at, ep.Account, ep)
	})
	if err != nil {
		return err
	}
	for _, z := range ep.Zones {
		if err := p.lab.hosts[ep.Name+"."+z.Zone.Short()].eni.SetSecurityGroups(ep.SecurityGroups); err != nil {
			return fmt.Errorf("endpoint %s: %w", ep.Name, err)
		}
	}
	p.publish(ep)
	return p.await(ctx, "endpoint "+ep.Name+" to become active", func() bool {
		now, ok := p.machine.Endpoint(ep.Name)
		return ok && now.Status == control.EndpointActive
	})
}

// publish puts the endpoint's domain and zone domains into every VPC's DNS: they are public names
// that resolve to the ENIs' private addresses (documented: PrivateLink "Endpoint overview"),
// connected or not (inferred).
func (p *privateLink) publish(ep *cloud.Endpoint) {
	var all []dns.Record
	for _, z := range ep.Zones {
		p.lab.publish(z.Domain, dns.Record{Addr: z.IP})
		record := dns.Record{Addr: z.IP}
		if ep.ZoneAffinityEnabled || ep.Service.ZoneAffinityEnabled {
			record.Zone = string(z.Zone)
		}
		all = append(all, record)
	}
	p.lab.publish(ep.Domain, all...)
	// The scenario's own name for it is no name of the cloud's, but a handy one inside its VPC,
	// like those of the instances.
	p.lab.zone(ep.VPC.Name).Set(ep.Name, all)
}

// decide is the provider's decision on the endpoint's connection.
func (p *privateLink) decide(ctx context.Context, ep *cloud.Endpoint, call func(at time.Duration, by, name string) ([]control.Transition, error), want control.ConnectionStatus) error {
	err := p.call(func(at time.Duration) ([]control.Transition, error) {
		return call(at, ep.Service.Account, ep.Name)
	})
	if err != nil {
		return err
	}
	return p.await(ctx, fmt.Sprintf("endpoint %s to become %s", ep.Name, want), func() bool { return p.status(ep.Name) == want })
}

// status is the endpoint's connection status; callers hold mu.
func (p *privateLink) status(endpoint string) control.ConnectionStatus {
	now, _ := p.machine.Endpoint(endpoint)
	return now.Connection
}
