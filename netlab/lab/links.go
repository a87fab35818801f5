package lab

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
			err = l.makeWire(link, a, b, spec)
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

// A wiredLink is a link that the userspace wire carries.
type wiredLink struct {
	topology.Link
	wire *impair.Wire
}

func (l *Lab) makeWire(link topology.Link, a, b kernel.NIC, spec impair.Spec) (err error) {
	if l.wires == nil {
		if l.wires, err = impair.NewEngine(); err != nil {
			return err
		}
	}
	wire, err := l.wires.Connect(a, b, spec)
	if err != nil {
		return err
	}
	l.wired = append(l.wired, wiredLink{link, wire})
	return nil
}

// A WireReport is how well one direction of an impaired link did.
type WireReport struct {
	From, To string // hosts
	impair.FlowStats
}

// Wires reports on every impaired link, both directions. The error is one that broke a wire: what
// was measured over it does not hold.
func (l *Lab) Wires() ([]WireReport, error) {
	if l.wires == nil {
		return nil, nil
	}
	var reports []WireReport
	for _, w := range l.wired {
		stats, err := w.wire.Stats()
		if err != nil {
			return reports, fmt.Errorf("wire %s–%s: %w", w.A.Host, w.B.Host, err)
		}
		reports = append(reports, WireReport{w.A.Host, w.B.Host, stats.AB}, WireReport{w.B.Host, w.A.Host, stats.BA})
	}
	return reports, l.wires.Err()
}
