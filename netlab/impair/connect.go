package impair

import (
	"fmt"
	"net"
	"slices"

	"netlab/netlab/kernel"
)

// Connect makes an impaired link between two NICs, as kernel.CreateLink makes a plain one: both
// ends in place, down. A link with a wire behaves like one without when an end goes down or up.
func (e *Engine) Connect(a, b kernel.NIC, spec Spec) (*Wire, error) {
	w, err := e.connect(a, b, spec)
	if err != nil {
		return nil, fmt.Errorf("impair link %s–%s: %w", a.MAC, b.MAC, err)
	}
	return w, nil
}

func (e *Engine) connect(a, b kernel.NIC, spec Spec) (*Wire, error) {
	if err := spec.validate(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	number := 2 * e.wires
	e.wires++
	e.mu.Unlock()
	innerA := kernel.NIC{Namespace: e.namespace, Number: number, MAC: innerMAC(a.MAC), PeerMAC: a.MAC}
	innerB := kernel.NIC{Namespace: e.namespace, Number: number + 1, MAC: innerMAC(b.MAC), PeerMAC: b.MAC}
	if err := kernel.CreateLink(a, innerA); err != nil {
		return nil, err
	}
	if err := kernel.CreateLink(b, innerB); err != nil {
		return nil, err
	}
	portA, err := openPort(e.namespace, innerA.Index())
	if err != nil {
		return nil, err
	}
	portB, err := openPort(e.namespace, innerB.Index())
	if err != nil {
		portA.close()
		return nil, err
	}
	w := &Wire{engine: e,
		ab: newFlow(portA, portB, newShape(spec.AB, spec.Seed, 0)),
		ba: newFlow(portB, portA, newShape(spec.BA, spec.Seed, 1)),
	}
	e.do(func() { err = e.add(w) })
	if err != nil {
		portA.close()
		portB.close()
		return nil, err
	}
	w.ends = [2]*innerEnd{{nic: innerA}, {nic: innerB}}
	e.follow(a, w.ends[1])
	e.follow(b, w.ends[0])
	return w, nil
}

// innerMAC is an address for the inner end that faces a NIC: nobody sends to it, but the kernel
// package makes an interface's index from it, so it must be unique in the wire namespace.
func innerMAC(outer net.HardwareAddr) net.HardwareAddr {
	mac := slices.Clone(outer)
	mac[3] ^= 0x80
	return mac
}

// add makes the thread listen to a wire's ports.
func (e *Engine) add(w *Wire) error {
	for _, f := range []*flow{w.ab, w.ba} {
		if err := e.listen(f.from.fd, len(e.flows)); err != nil {
			return err
		}
		e.flows = append(e.flows, f)
	}
	return nil
}
