package lab

import (
	"errors"
	"fmt"

	"netlab/netlab/forward"
	"netlab/sim/cloud"
	"netlab/sim/topology"
)

// makeForwarding loads the tables of the ENIs, closed, of the load balancers' nodes, empty, and of
// the instances that are in security groups, and makes replies to clients in a load balancer's own
// VPC find their way back to its node.
func (l *Lab) makeForwarding() error {
	return l.eachHost(func(h *host) error {
		var err error
		switch h.spec.Kind {
		case topology.ENI:
			h.eni, err = forward.NewENI(h.ns, *h.spec.ENI)
		case topology.CLBNode:
			h.clb, err = forward.NewCLB(h.ns, *h.spec.CLB, l.capacity(l.cloud.LoadBalancer(h.spec.CLB.LoadBalancer)))
		case topology.Router:
			err = l.returnReplies(h)
		case topology.Instance:
			err = l.guardInstance(h)
		}
		if err != nil {
			return fmt.Errorf("host %s: %w", h.spec.Name, err)
		}
		return nil
	})
}

func (l *Lab) capacity(lb *cloud.LoadBalancer) forward.Capacity {
	return forward.Capacity{Spec: lb.Spec, Bandwidth: lb.Bandwidth, Reset: l.cloud.Profile.ResetOnExceed}
}

func (l *Lab) guardInstance(h *host) (err error) {
	if l.numbers(h.spec.VPC) > 0 {
		if err := loaded(forward.NewBackend(h.ns)); err != nil {
			return err
		}
	}
	if groups := l.cloud.Instance(h.spec.Name).SecurityGroups; len(groups) > 0 {
		h.firewall, err = forward.NewFirewall(h.ns, groups)
	}
	return err
}

// returnReplies gives a router one routing table for each load balancer of its VPC.
func (l *Lab) returnReplies(h *host) error {
	if l.numbers(h.spec.VPC) == 0 {
		return nil
	}
	err := loaded(forward.NewRouter(h.ns))
	for n := 1; n <= l.numbers(h.spec.VPC); n++ {
		err = errors.Join(err, h.ns.UseTable(forward.ReturnMark(n), topology.ReturnTable(n)))
	}
	return err
}

// loaded lets the sockets of a ruleset go that nobody will change: it stays with its namespace.
func loaded(p *forward.ReturnPath, err error) error {
	if err != nil {
		return err
	}
	return p.Close()
}

// numbers is how many load balancers a VPC has; they are numbered from 1.
func (l *Lab) numbers(vpc string) int {
	n := 0
	for _, lb := range l.cloud.LoadBalancers {
		if lb.VSwitch.VPC.Name == vpc {
			n++
		}
	}
	return n
}
