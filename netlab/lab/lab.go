// Package lab realises a topology in the kernel and runs the cloud's control plane on it:
// health checks with real probes, zone failover, PrivateLink connections, the VPCs' resolvers and
// the instances' services. The state machines that decide are sim/control's; this package gives
// them real time and real packets.
//
// A Lab holds everything by descriptors: Close, or the end of the process, removes it all.
package lab

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/dns"
	"netlab/netlab/drive"
	"netlab/netlab/impair"
	"netlab/netlab/service"
	"netlab/netlab/workload"
	"netlab/scenarios"
	"netlab/sim"
	"netlab/sim/cloud"
	"netlab/sim/event"
	"netlab/sim/topology"
)

// A Lab is a cloud that runs in network namespaces.
type Lab struct {
	cloud    *cloud.Cloud
	topology *topology.Topology
	clock    clock
	seed     uint64
	sink     event.Sink
	failed   chan error

	runs    map[string]workload.User // hosts that programs are to run on, and as whom
	guests  map[workload.User]*guests
	hosts   map[string]*host
	wires   *impair.Engine // carries the impaired links; nil without any
	wired   []wiredLink
	zones   map[string]*dns.Zone // by VPC
	servers []*dns.Server

	control   *drive.Driver
	alive     context.Context // ends with the lab
	end       context.CancelFunc
	probes    sync.WaitGroup // health checks under way, and the pingers' readers
	pingers   map[cloud.Zone]*pinger
	instances map[string]*instance

	mu        sync.Mutex
	hung      map[string]*hang   // instances that are made to hang
	authority *service.Authority // signs the certificates of HTTPS services
}

// A BuildReport says what was built and how long each part took.
type BuildReport struct {
	Namespaces int
	Links      int
	Total      time.Duration
	Parts      []Part
}

// A Part is one part of the build.
type Part struct {
	Name string
	Took time.Duration
}

// Build makes every namespace, link, address, route and forwarding table of the topology. No
// control-plane resource exists yet: load balancers have no address, endpoints pass nothing.
// After an error nothing is left. Programs can be run where the scenario runs some.
func Build(ctx context.Context, s *scenarios.Scenario, c *cloud.Cloud, t *topology.Topology, sink event.Sink) (*Lab, BuildReport, error) {
	return build(ctx, s, c, t, sink, runners(s))
}

// runners are the instances on which the scenario runs programs, and as whom.
func runners(s *scenarios.Scenario) map[string]workload.User {
	runs := map[string]workload.User{}
	for _, p := range sim.Programs(s) {
		runs[p.Instance] = workload.Invoker()
		if p.Root {
			runs[p.Instance] = workload.User{}
		}
	}
	return runs
}

// BuildForPrograms is Build where programs can be run on every host.
func BuildForPrograms(
	ctx context.Context, s *scenarios.Scenario, c *cloud.Cloud, t *topology.Topology, sink event.Sink,
) (*Lab, BuildReport, error) {
	runs := runners(s)
	for _, h := range t.Hosts {
		if _, known := runs[h.Name]; !known {
			runs[h.Name] = workload.Invoker()
		}
	}
	return build(ctx, s, c, t, sink, runs)
}

// build makes the named hosts fit to run programs.
func build(ctx context.Context, s *scenarios.Scenario, c *cloud.Cloud, t *topology.Topology, sink event.Sink,
	runs map[string]workload.User,
) (*Lab, BuildReport, error) {
	l := &Lab{
		runs: runs, guests: map[workload.User]*guests{},
		cloud: c, topology: t, clock: newClock(), seed: s.Seed, sink: sink, failed: make(chan error, 1),
		hosts: map[string]*host{}, zones: map[string]*dns.Zone{},
		pingers: map[cloud.Zone]*pinger{}, instances: map[string]*instance{}, hung: map[string]*hang{},
	}
	l.alive, l.end = context.WithCancel(context.Background())
	l.say(event.BuildBegun{Scenario: s.Name})
	report, err := l.build(ctx, s.Services)
	if err != nil {
		return nil, report, errors.Join(err, l.Close())
	}
	return l, report, nil
}

func (l *Lab) build(ctx context.Context, services []scenarios.Service) (BuildReport, error) {
	report := BuildReport{Namespaces: len(l.topology.Hosts), Links: len(l.topology.Links)}
	began := time.Now()
	for _, part := range []struct {
		name string
		do   func() error
	}{
		{"programs' user namespace", l.openGuests},
		{"namespaces", l.makeNamespaces},
		{"links", l.makeLinks},
		{"addresses and routes", func() error { return l.eachHost((*host).configure) }},
		{"forwarding", l.makeForwarding},
		{"carrier", func() error { return l.awaitCarrier(ctx) }},
	} {
		from := time.Now()
		if err := part.do(); err != nil {
			return report, fmt.Errorf("build %s: %w", part.name, err)
		}
		report.Parts = append(report.Parts, Part{part.name, time.Since(from)})
	}
	report.Total = time.Since(began)
	if l.wires != nil {
		report.Namespaces++ // the engine's own
	}
	l.say(event.BuildDone{Namespaces: report.Namespaces, Links: report.Links, TookMS: milliseconds(report.Total)})

	if err := l.startResolvers(); err != nil {
		return report, err
	}
	if err := l.startInstances(ctx, services); err != nil {
		return report, err
	}
	l.startControlPlane()
	return report, nil
}

// makeNamespaces uses two workers: more do not help, since the kernel registers network
// namespaces under one lock.
func (l *Lab) makeNamespaces() error {
	made := make([]*host, len(l.topology.Hosts))
	var group errgroup.Group
	group.SetLimit(2)
	for i, spec := range l.topology.Hosts {
		var guests *workload.Guests
		if user, runs := l.runs[spec.Name]; runs {
			guests = l.guests[user].Guests
		}
		group.Go(func() (err error) {
			made[i], err = newHost(spec, guests)
			return err
		})
	}
	err := group.Wait()
	for _, h := range made {
		if h != nil {
			l.hosts[h.spec.Name] = h
		}
	}
	return err
}

func (l *Lab) eachHost(do func(*host) error) error {
	var group errgroup.Group
	group.SetLimit(2)
	for _, h := range l.hosts {
		group.Go(func() error { return do(h) })
	}
	return group.Wait()
}

func (l *Lab) awaitCarrier(ctx context.Context) error {
	for _, spec := range l.topology.Hosts {
		h := l.hosts[spec.Name]
		if err := h.ns.AwaitCarrier(ctx, len(spec.NICs)); err != nil {
			return fmt.Errorf("host %s: %w", spec.Name, err)
		}
		l.say(event.BuildHost{Host: spec.Name, Zone: spec.Zone})
	}
	return nil
}

// Close stops everything and lets the namespaces go; the kernel removes what is in them.
func (l *Lab) Close() error {
	began := time.Now()
	var errs []error
	l.end()
	if l.control != nil {
		l.control.Stop()
	}
	for _, p := range l.pingers {
		errs = append(errs, p.conn.Close())
	}
	l.probes.Wait()
	for _, in := range l.instances {
		errs = append(errs, in.stop())
	}
	for _, s := range l.servers {
		errs = append(errs, s.Close())
	}
	for _, h := range l.hung {
		errs = append(errs, h.rules.Close())
	}
	if l.wires != nil {
		errs = append(errs, l.wires.Close())
	}
	for _, h := range l.hosts {
		errs = append(errs, h.close())
	}
	for _, g := range l.guests {
		errs = append(errs, g.Close(), g.said.Close())
	}
	l.say(event.BuildRemoved{TookMS: milliseconds(time.Since(began))})
	return errors.Join(errs...)
}

// say tells what has just happened.
func (l *Lab) say(what event.Payload) { l.sink(event.Event{At: Monotonic(), What: what}) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
