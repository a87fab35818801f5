package lab

import (
	"context"
	"errors"
	"fmt"

	"netlab/netlab/forward"
	"netlab/sim/cloud"
)

// Cut takes all links of the hosts down. A load balancer's node stops checking its backends too:
// its cluster is dead.
func (l *Lab) Cut(hosts ...string) error {
	var errs []error
	for _, name := range hosts {
		h := l.hosts[name]
		if n := l.nodeOn(h); n != nil {
			n.powerOff()
		}
		errs = append(errs, h.cut())
	}
	return errors.Join(errs...)
}

// Mend takes a Cut back.
func (l *Lab) Mend(hosts ...string) error {
	var errs []error
	for _, name := range hosts {
		h := l.hosts[name]
		errs = append(errs, h.mend())
		if n := l.nodeOn(h); n != nil && h.whole() {
			errs = append(errs, n.powerOn())
		}
	}
	return errors.Join(errs...)
}

// nodeOn is the node of a created load balancer on a host, or nil.
func (l *Lab) nodeOn(h *host) *clbNode {
	if h.spec.CLB == nil {
		return nil
	}
	b := l.balancers[h.spec.CLB.LoadBalancer]
	if !b.created {
		return nil
	}
	return b.node(h.spec.Zone)
}

// Zone lists the hosts homed in a zone.
func (l *Lab) Zone(zone cloud.Zone) []string {
	var names []string
	for _, h := range l.topology.Hosts {
		if h.Zone == zone {
			names = append(names, h.Name)
		}
	}
	return names
}

// Node is the host of a load balancer's node in a zone.
func (l *Lab) Node(loadBalancer string, zone cloud.Zone) string {
	return l.balancers[loadBalancer].node(zone).host.spec.Name
}

// StopServices ends an instance's services as a crash would: nobody listens on their ports and
// open connections are reset.
func (l *Lab) StopServices(instance string) error { return l.instances[instance].stop() }

// StartServices starts them again and returns once they accept connections.
func (l *Lab) StartServices(ctx context.Context, instance string) error {
	return l.instances[instance].start(ctx)
}

// Hang swallows every packet from and to an instance until the returned function is called.
func (l *Lab) Hang(instance string) (end func() error, err error) {
	hang, err := forward.NewHang(l.hosts[instance].ns)
	if err != nil {
		return nil, fmt.Errorf("instance %s: %w", instance, err)
	}
	return hang.Close, nil
}
