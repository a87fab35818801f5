package drill

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/drill/world"
	"netlab/sim/cloud"
	"netlab/sim/event"
)

// proofTimeout is how long a connection attempt must stay unanswered to count as blocked. Paths
// in a lab take microseconds, plus the scenario's delays; one retransmitted SYN (1 s) is left out.
const proofTimeout = 500 * time.Millisecond

// A proof is a connection attempt with a known right outcome.
type proof struct {
	from   string // an instance
	to     string // as it reads in the report
	at     netip.AddrPort
	host   string // asked for by HTTP when not ""
	want   event.Reach
	reason string
}

// prove makes all attempts at once and records every outcome. A wrong one is no error of the
// run: the report shows it, and fails.
func (d *Drill) prove(ctx context.Context, proofs []proof) error {
	var group errgroup.Group
	for _, p := range proofs {
		group.Go(func() error {
			got, err := d.attempt(ctx, p)
			if err != nil {
				return fmt.Errorf("prove that %s → %s is %s: %w", p.from, p.to, p.want, err)
			}
			d.say(event.Check{From: p.from, To: p.to, Want: p.want, Got: got, Why: p.reason})
			return nil
		})
	}
	return group.Wait()
}

// attempt gives the world the time in which an answer must come.
func (d *Drill) attempt(ctx context.Context, p proof) (event.Reach, error) {
	attempt, cancel := context.WithTimeout(ctx, proofTimeout)
	defer cancel()
	got, err := d.World.Attempt(attempt, world.Attempt{From: p.from, To: p.at, Host: p.host})
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return got, err
}

// proveEndpointClosed tries each ENI of the endpoint.
func (d *Drill) proveEndpointClosed(ctx context.Context, endpoint, reason string) error {
	ep := d.Cloud.Endpoint(endpoint)
	var proofs []proof
	for _, a := range d.accesses(ep, func(zone cloud.Zone) []*cloud.LoadBalancer { return offered(ep.Service, zone) }) {
		proofs = append(proofs, proof{from: a.client.Name, to: a.eni(), at: a.at(), want: event.Blocked, reason: reason})
	}
	return d.prove(ctx, proofs)
}

// proveEndpointOpen uses the endpoint in each documented way: by its domain, by its zones'
// domains and by its ENIs' addresses. Clients that the security groups keep out stay out.
func (d *Drill) proveEndpointOpen(ctx context.Context, endpoint string) error {
	ep := d.Cloud.Endpoint(endpoint)
	var proofs []proof
	serving := func(zone cloud.Zone) []*cloud.LoadBalancer {
		return []*cloud.LoadBalancer{d.serving(endpoint, zone)}
	}
	for _, a := range d.accesses(ep, serving) {
		if reason := a.keptOut(); reason != "" {
			proofs = append(proofs, proof{from: a.client.Name, to: a.eni(), at: a.at(), want: event.Blocked, reason: reason})
			continue
		}
		const reason = "the endpoint is Connected"
		for _, domain := range []struct{ is, name string }{
			{ep.Name + "'s domain", ep.Domain},
			{fmt.Sprintf("%s's domain of zone %s", ep.Name, a.zone.Zone), a.zone.Domain},
		} {
			addrs, err := d.World.Resolve(ctx, a.client.Name, domain.name)
			if err != nil {
				return fmt.Errorf("resolve %s on %s: %w", domain.name, a.client.Name, err)
			}
			at := netip.AddrPortFrom(addrs[0], a.listener.FrontendPort)
			p := proof{from: a.client.Name, to: fmt.Sprintf("%s, port %d", domain.is, at.Port()), at: at, want: event.Reached, reason: reason}
			if d.speaksHTTP(a.balancer, a.listener) {
				p.host = domain.name
			}
			proofs = append(proofs, p)
		}
		proofs = append(proofs, proof{from: a.client.Name, to: a.eni(), at: a.at(), want: event.Reached, reason: reason})
	}
	return d.prove(ctx, proofs)
}

// An access is a way into an endpoint service: a client, an ENI of its zone, a listener behind it.
type access struct {
	client   *cloud.Instance
	endpoint *cloud.Endpoint
	zone     cloud.EndpointZone
	balancer *cloud.LoadBalancer
	listener cloud.Listener
}

// keptOut says why security groups do not let the client reach the ENI, or nothing when they do.
func (a access) keptOut() string {
	port := a.listener.FrontendPort
	switch {
	case !a.client.Admits(cloud.Flow{Protocol: "tcp", Peer: a.zone.IP, Port: port}):
		return "the client's security groups do not let it out"
	case !cloud.Admits(a.endpoint.SecurityGroups, cloud.Flow{Ingress: true, Protocol: "tcp", Peer: a.client.PrivateIP, Port: port}):
		return "the endpoint's security groups do not admit the client"
	}
	return ""
}

func (a access) at() netip.AddrPort { return netip.AddrPortFrom(a.zone.IP, a.listener.FrontendPort) }

func (a access) eni() string { return fmt.Sprintf("%s ENI %s", a.endpoint.Name, a.at()) }

// accesses are those by TCP, from each instance of the endpoint's VPC to the ENI in its zone, or
// to every ENI where its zone has none.
func (d *Drill) accesses(ep *cloud.Endpoint, behind func(cloud.Zone) []*cloud.LoadBalancer) []access {
	var all []access
	for _, in := range d.Cloud.Instances {
		if in.VSwitch.VPC != ep.VPC {
			continue
		}
		atHome := func(z cloud.EndpointZone) bool { return z.Zone == in.VSwitch.Zone }
		local := slices.ContainsFunc(ep.Zones, atHome)
		for _, z := range ep.Zones {
			if local && !atHome(z) {
				continue
			}
			for _, lb := range behind(z.Zone) {
				for _, listener := range lb.Listeners {
					a := access{in, ep, z, lb, listener}
					known := func(b access) bool { return b.client == a.client && b.at() == a.at() }
					if listener.Protocol == "tcp" && !slices.ContainsFunc(all, known) {
						all = append(all, a)
					}
				}
			}
		}
	}
	return all
}

// offered are the load balancers that a service may allocate in a zone.
func offered(s *cloud.EndpointService, zone cloud.Zone) []*cloud.LoadBalancer {
	var all []*cloud.LoadBalancer
	for _, r := range s.Resources {
		if r.Zone == zone {
			all = append(all, r.LoadBalancer)
		}
	}
	return all
}

// serving is the load balancer that an endpoint's zone was given.
func (d *Drill) serving(endpoint string, zone cloud.Zone) *cloud.LoadBalancer {
	now, _ := d.World.Endpoint(endpoint)
	for _, z := range now.Zones {
		if z.Zone == zone {
			return d.Cloud.LoadBalancer(z.Resource)
		}
	}
	return nil
}

// speaksHTTP says whether a built-in HTTP server answers behind the listener.
func (d *Drill) speaksHTTP(lb *cloud.LoadBalancer, l cloud.Listener) bool {
	for _, s := range d.Scenario.Services {
		for _, server := range lb.Backends(l) {
			if s.HTTP != nil && s.HTTP.Port == server.Port && slices.Contains(server.Instance.Run, s.Name) {
				return true
			}
		}
	}
	return false
}

// proveReachability shows that VPCs reach each other through endpoints only, in one direction. An
// address that the caller's own VPC has too is passed over: VPCs may overlap (documented: PrivateLink
// resolves IP address conflicts), and whoever answers there is its own neighbour.
func (d *Drill) proveReachability(ctx context.Context) error {
	var proofs []proof
	for _, from := range d.Cloud.Instances {
		for _, to := range d.Cloud.Instances {
			if from.VSwitch.VPC == to.VSwitch.VPC || d.taken(from.VSwitch.VPC, to.PrivateIP) {
				continue
			}
			proofs = append(proofs, proof{from: from.Name, to: fmt.Sprintf("%s %s:80", to.Name, to.PrivateIP),
				at: netip.AddrPortFrom(to.PrivateIP, 80), want: event.Blocked,
				reason: fmt.Sprintf("%s and %s share no route", from.VSwitch.VPC.Name, to.VSwitch.VPC.Name)})
		}
	}
	return d.prove(ctx, proofs)
}

// taken says whether an instance, a load balancer or an endpoint of a VPC has an address.
func (d *Drill) taken(v *cloud.VPC, addr netip.Addr) bool {
	return slices.ContainsFunc(d.Cloud.Instances, func(in *cloud.Instance) bool {
		return in.VSwitch.VPC == v && in.PrivateIP == addr
	}) || slices.ContainsFunc(d.Cloud.LoadBalancers, func(lb *cloud.LoadBalancer) bool {
		return lb.VSwitch.VPC == v && lb.Address == addr
	}) || slices.ContainsFunc(d.Cloud.Endpoints, func(ep *cloud.Endpoint) bool {
		return ep.VPC == v && slices.ContainsFunc(ep.Zones, func(z cloud.EndpointZone) bool { return z.IP == addr })
	})
}
