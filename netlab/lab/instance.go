package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"netlab/netlab/service"
	"netlab/netlab/workload"
	"netlab/scenarios"
	"netlab/sim/cloud"
)

// An instance is an ECS instance that runs: its host and the services on it.
type instance struct {
	lab      *Lab
	spec     *cloud.Instance
	host     *host
	services []scenarios.Service
	running  []io.Closer
}

func (l *Lab) startInstances(ctx context.Context, services []scenarios.Service) (err error) {
	if l.authority, err = service.NewAuthority(); err != nil {
		return err
	}
	byName := map[string]scenarios.Service{}
	for _, s := range services {
		byName[s.Name] = s
	}
	for _, spec := range l.cloud.Instances {
		in := &instance{lab: l, spec: spec, host: l.hosts[spec.Name]}
		for _, name := range spec.Run {
			in.services = append(in.services, byName[name])
		}
		l.instances[spec.Name] = in
		if err := in.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// start runs the instance's services and returns once they all accept connections.
func (in *instance) start(ctx context.Context) error {
	for _, s := range in.services {
		running, err := in.startService(ctx, s)
		if err != nil {
			return fmt.Errorf("instance %s: service %s: %w", in.spec.Name, s.Name, err)
		}
		in.running = append(in.running, running)
	}
	return nil
}

func (in *instance) startService(ctx context.Context, s scenarios.Service) (io.Closer, error) {
	at := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(in.spec.PrivateIP, port) }
	namespace := in.host.ns.FD()
	switch {
	case s.HTTP != nil:
		return service.HTTP(namespace, service.HTTPConfig{
			Address: at(s.HTTP.Port), Instance: in.spec.Name, ResponseSize: s.HTTP.ResponseSize,
		})
	case s.HTTPS != nil:
		return in.serveHTTPS(service.HTTPConfig{
			Address: at(s.HTTPS.Port), Instance: in.spec.Name, ResponseSize: s.HTTPS.ResponseSize,
		})
	case s.TCPEcho != nil:
		return service.TCPEcho(namespace, service.EchoConfig{Address: at(s.TCPEcho.Port)})
	case s.UDPEcho != nil:
		return service.UDPEcho(namespace, at(s.UDPEcho.Port))
	case s.Bulk != nil:
		return service.Bulk(namespace, service.EchoConfig{Address: at(s.Bulk.Port)})
	}
	said := in.lab.guests[in.lab.runs[in.spec.Name]].said
	process, err := in.lab.Exec(in.spec.Name, s.Exec.Command, "", nil, said, said)
	if err != nil {
		return nil, err
	}
	program := program{process}
	if err := in.awaitPort(ctx, process, s.Exec.Ready.TCP); err != nil {
		return nil, errors.Join(err, program.Close())
	}
	return program, nil
}

// A program is an exec'd service; Close ends it as a crash would.
type program struct{ *workload.Process }

func (p program) Close() error { return p.Kill() }

// readyTimeout bounds how long a program may take to accept its first connection.
const readyTimeout = 10 * time.Second

// awaitPort returns once a connection to the program's port is accepted. The kernel tells nobody
// when a foreign program starts to listen, so this one has to ask again and again.
func (in *instance) awaitPort(ctx context.Context, p *workload.Process, port uint16) error {
	if port == 0 {
		return nil // nothing to wait for was asked
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		err := in.host.ns.Do(func() error {
			conn, err := dialer(nil).DialContext(ctx, "tcp4", netip.AddrPortFrom(in.spec.PrivateIP, port).String())
			if err == nil {
				conn.Close()
			}
			return err
		})
		if err == nil {
			return nil
		}
		select {
		case <-p.Exited():
			return fmt.Errorf("program ended before it listened on port %d: %w", port, p.Wait())
		case <-ctx.Done():
			return fmt.Errorf("program does not listen on port %d after %s: %w", port, readyTimeout, err)
		case <-again.C:
		}
	}
}

// stop ends the services as a crash would: nobody listens, open connections are reset.
func (in *instance) stop() error {
	var errs []error
	for _, r := range in.running {
		errs = append(errs, r.Close())
	}
	in.running = nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stop services of %s: %w", in.spec.Name, err)
	}
	return nil
}
