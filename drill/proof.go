package drill

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

const (
	reached = "reached"
	blocked = "blocked"
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
	want   string
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
			d.say(event.Event{Kind: event.Check, Subject: p.from + " → " + p.to, From: p.want, To: got, Text: p.reason})
			return nil
		})
	}
	return group.Wait()
}

// attempt opens a connection, and asks for a page where the proof names a host. A refusal counts
// as reached: the packets went there and back.
func (d *Drill) attempt(ctx context.Context, p proof) (outcome string, err error) {
	attempt, cancel := context.WithTimeout(ctx, proofTimeout)
	defer cancel()
	if p.host != "" {
		_, err = d.lab.Get(attempt, p.from, p.host, p.at)
	} else {
		conn, dialErr := d.lab.Dial(attempt, p.from, p.at)
		if err = dialErr; err == nil {
			conn.Close()
		}
	}
	var timeout interface{ Timeout() bool }
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil, errors.Is(err, unix.ECONNREFUSED), errors.Is(err, unix.ECONNRESET):
		return reached, nil
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, unix.EHOSTUNREACH), errors.Is(err, unix.ENETUNREACH):
		return blocked, nil
	}
	return "", err
}

// proveEndpointClosed tries each ENI of the endpoint.
func (d *Drill) proveEndpointClosed(ctx context.Context, endpoint, reason string) error {
	ep := d.Cloud.Endpoint(endpoint)
	var proofs []proof
	for _, a := range d.accesses(ep, func(zone cloud.Zone) []*cloud.LoadBalancer { return offered(ep.Service, zone) }) {
		proofs = append(proofs, proof{from: a.client.Name, to: a.eni(), at: a.at(), want: blocked, reason: reason})
	}
	return d.prove(ctx, proofs)
}

// proveEndpointOpen uses the endpoint in each documented way: by its domain, by its zones'
// domains and by its ENIs' addresses. Clients that the security groups keep out stay out.
func (d *Drill) proveEndpointOpen(ctx context.Context, endpoint string) error {
	ep := d.Cloud.Endpoint(endpoint)
	var proofs []proof
	serving := func(zone cloud.Zone) []*cloud.LoadBalancer {
		return []*cloud.LoadBalancer{d.lab.Serving(endpoint, zone)}
	}
	for _, a := range d.accesses(ep, serving) {
		if reason := a.keptOut(); reason != "" {
			proofs = append(proofs, proof{from: a.client.Name, to: a.eni(), at: a.at(), want: blocked, reason: reason})
			continue
		}
		const reason = "the endpoint is Connected"
		for _, domain := range []struct{ is, name string }{
			{ep.Name + "'s domain", ep.Domain},
			{fmt.Sprintf("%s's domain of zone %s", ep.Name, a.zone.Zone), a.zone.Domain},
		} {
			addrs, err := d.lab.Resolve(ctx, a.client.Name, domain.name)
			if err != nil {
				return fmt.Errorf("resolve %s on %s: %w", domain.name, a.client.Name, err)
			}
			at := netip.AddrPortFrom(addrs[0], a.listener.FrontendPort)
			p := proof{from: a.client.Name, to: fmt.Sprintf("%s, port %d", domain.is, at.Port()), at: at, want: reached, reason: reason}
			if d.speaksHTTP(a.balancer, a.listener) {
				p.host = domain.name
			}
			proofs = append(proofs, p)
		}
		proofs = append(proofs, proof{from: a.client.Name, to: a.eni(), at: a.at(), want: reached, reason: reason})
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

// speaksHTTP says whether a built-in HTTP server answers behind the listener.
func (d *Drill) speaksHTTP(lb *cloud.LoadBalancer, l cloud.Listener) bool {
	for _, s := range d.Scenario.Services {
		if s.HTTP == nil || s.HTTP.Port != l.BackendPort {
			continue
		}
		for _, server := range lb.Servers {
			if slices.Contains(server.Instance.Run, s.Name) {
				return true
			}
		}
	}
	return false
}

// proveReachability shows that VPCs reach each other through endpoints only, in one direction.
func (d *Drill) proveReachability(ctx context.Context) error {
	var proofs []proof
	for _, from := range d.Cloud.Instances {
		for _, to := range d.Cloud.Instances {
			if from.VSwitch.VPC == to.VSwitch.VPC {
				continue
			}
			proofs = append(proofs, proof{from: from.Name, to: fmt.Sprintf("%s %s:80", to.Name, to.PrivateIP),
				at: netip.AddrPortFrom(to.PrivateIP, 80), want: blocked,
				reason: fmt.Sprintf("%s and %s share no route", from.VSwitch.VPC.Name, to.VSwitch.VPC.Name)})
		}
	}
	return d.prove(ctx, proofs)
}
