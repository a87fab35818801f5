package lab

import (
	"context"
	"errors"
	"fmt"

	"netlab/netlab/forward"
	"netlab/sim/control"
)

// Cut takes all links of the hosts down. A load balancer's node among them stops checking its
// backends: its cluster is dead.
func (l *Lab) Cut(hosts ...string) error {
	var errs []error
	for _, name := range hosts {
		h := l.hosts[name]
		l.power(h, false)
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
		if h.whole() {
			l.power(h, true)
		}
	}
	return errors.Join(errs...)
}

// power tells the control plane of a load balancer's node that lost its power, or has it again.
func (l *Lab) power(h *host, on bool) {
	if h.spec.CLB != nil {
		l.control.Feed(control.Power{LoadBalancer: h.spec.CLB.LoadBalancer, Zone: h.spec.Zone, On: on})
	}
}

// StopServices ends an instance's services as a crash would: nobody listens on their ports and
// open connections are reset.
func (l *Lab) StopServices(instance string) error { return l.instances[instance].stop() }

// StartServices starts them again and returns once they accept connections.
func (l *Lab) StartServices(ctx context.Context, instance string) error {
	return l.instances[instance].start(ctx)
}

// A hang is an instance that is made to hang, by one fault or several.
type hang struct {
	rules  *forward.Hang
	faults int
}

// Hang swallows every packet from and to an instance until Resume. Hangs add up, as cuts do.
func (l *Lab) Hang(instance string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.hung[instance]; h != nil {
		h.faults++
		return nil
	}
	rules, err := forward.NewHang(l.hosts[instance].ns)
	if err != nil {
		return fmt.Errorf("instance %s: %w", instance, err)
	}
	l.hung[instance] = &hang{rules, 1}
	return nil
}

// Resume takes a Hang back.
func (l *Lab) Resume(instance string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.hung[instance]
	if h == nil {
		return fmt.Errorf("instance %s does not hang", instance)
	}
	if h.faults--; h.faults > 0 {
		return nil
	}
	delete(l.hung, instance)
	return h.rules.Close()
}
