package netlab

import (
	"fmt"

	"netlab/netlab/impair"
	"netlab/netlab/kernel"
	"netlab/sim/topology"
)

// makeLinks makes a veth pair for each link; one with an impairment goes through the userspace
// wire.
func (l *Lab) makeLinks() error {
	for _, link := range l.topology.Links {
		a, b := l.nic(link.A), l.nic(link.B)
		spec := impair.Symmetric(impair.Quality{Delay: link.Delay})
		var err error
		if impair.Needed(spec) {
			err = l.makeWire(a, b, spec)
		} else {
			err = kernel.CreateLink(a, b)
		}
		if err != nil {
			return fmt.Errorf("%s–%s: %w", link.A.Host, link.B.Host, err)
		}
	}
	return nil
}

func (l *Lab) nic(e topology.End) kernel.NIC { return l.hosts[e.Host].nics[e.NIC] }

func (l *Lab) makeWire(a, b kernel.NIC, spec impair.Spec) (err error) {
	if l.wires == nil {
		if l.wires, err = impair.NewEngine(); err != nil {
			return err
		}
	}
	wire, err := l.wires.Connect(a, b, spec)
	if err != nil {
		return err
	}
	l.wired = append(l.wired, wire)
	return nil
}
