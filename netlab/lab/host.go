package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"netlab/netlab/forward"
	"netlab/netlab/kernel"
	"netlab/netlab/workload"
	"netlab/sim/topology"
)

// A host is a topology.Host that runs: a namespace whose links can be cut and mended.
type host struct {
	spec topology.Host
	ns   *kernel.Namespace
	nics map[string]kernel.NIC
	eni  *forward.ENI // of an endpoint ENI
	clb  *forward.CLB // of a load balancer's node

	firewall *forward.Firewall // of an instance in security groups
	programs *programs         // nil where none can be run

	mu     sync.Mutex
	cuts   int                 // faults that hold its links down
	routes map[routeKey]string // what is wanted: where to → NIC, "" for a blackhole
}

// A routeKey is a destination in a routing table; table 0 is the main one.
type routeKey struct {
	dst   netip.Prefix
	table int
}

// newHost makes a host; one that programs are to run on belongs to the guests.
func newHost(spec topology.Host, guests *workload.Guests) (*host, error) {
	ns, err := newNamespace(guests)
	if err != nil {
		return nil, fmt.Errorf("host %s: %w", spec.Name, err)
	}
	h := &host{spec: spec, ns: ns, nics: map[string]kernel.NIC{}, routes: map[routeKey]string{}}
	for i, nic := range spec.NICs {
		h.nics[nic.Name] = kernel.NIC{Namespace: ns, Number: i, MAC: hardware(nic.MAC),
			PeerMAC: hardware(nic.PeerMAC), Address: nic.Address}
	}
	for _, r := range spec.Routes {
		h.routes[routeKey{r.Dst, r.Table}] = r.NIC
	}
	if guests != nil {
		h.programs = &programs{guests: guests}
	}
	if err := ns.Sysctls(sysctls(spec.Kind)); err != nil {
		ns.Close()
		return nil, fmt.Errorf("host %s: %w", spec.Name, err)
	}
	return h, nil
}

func newNamespace(guests *workload.Guests) (*kernel.Namespace, error) {
	if guests == nil {
		return kernel.NewNamespace()
	}
	fd, err := guests.Namespace()
	if err != nil {
		return nil, err
	}
	return kernel.OpenNamespace(fd)
}

func hardware(m topology.MAC) net.HardwareAddr { return m[:] }

// sysctls are a host's network settings. Reverse-path filtering is off everywhere: a backend's
// answer leaves by the router, not by the node that it came from (documented for CLB: backends
// need rp_filter 0).
func sysctls(k topology.Kind) map[string]string {
	s := map[string]string{
		"ipv4/conf/all/rp_filter":     "0",
		"ipv4/conf/default/rp_filter": "0",
	}
	if k == topology.Instance {
		// A load generator with a fresh connection a millisecond needs more than the default
		// 28,232 ports.
		s["ipv4/ip_local_port_range"] = "1024 65535"
		return s
	}
	s["ipv4/ip_forward"] = "1"
	s["ipv4/conf/all/send_redirects"] = "0"
	s["ipv4/conf/default/send_redirects"] = "0"
	return s
}

// configure gives the host its addresses, its NICs' neighbours and its routes, once its links
// exist.
func (h *host) configure() error {
	for _, a := range h.spec.Addresses {
		if err := h.ns.AddLoopback(a); err != nil {
			return fmt.Errorf("host %s: %w", h.spec.Name, err)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.up()
}

// up sets every NIC up and every wanted route.
func (h *host) up() error {
	for _, nic := range h.spec.NICs {
		if err := h.nics[nic.Name].Up(); err != nil {
			return fmt.Errorf("host %s: %w", h.spec.Name, err)
		}
	}
	for key, nic := range h.routes {
		if err := h.setRoute(key, nic); err != nil {
			return err
		}
	}
	return nil
}

func (h *host) setRoute(to routeKey, nic string) error {
	var err error
	switch {
	case nic == "":
		err = h.ns.Blackhole(to.dst)
	case to.table != 0:
		err = h.nics[nic].RouteIn(to.table, to.dst)
	default:
		err = h.nics[nic].Route(to.dst)
	}
	if err != nil {
		return fmt.Errorf("host %s: %w", h.spec.Name, err)
	}
	return nil
}

// route sets a route from now on; on a host whose links are cut, from when they mend.
func (h *host) route(r topology.Route) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	to := routeKey{r.Dst, r.Table}
	h.routes[to] = r.NIC
	if h.cuts > 0 {
		return nil
	}
	return h.setRoute(to, r.NIC)
}

// cut takes all of the host's links down. Cuts add up: the links stay down until every one of
// them is mended.
func (h *host) cut() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cuts++
	if h.cuts > 1 {
		return nil
	}
	var errs []error
	for _, nic := range h.nics {
		errs = append(errs, nic.Down())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("cut host %s: %w", h.spec.Name, err)
	}
	return nil
}

// mend takes one cut back.
func (h *host) mend() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cuts--
	if h.cuts > 0 {
		return nil
	}
	return h.up()
}

// whole says that no cut is left.
func (h *host) whole() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cuts == 0
}

func (h *host) close() error {
	var errs []error
	if h.programs != nil {
		errs = append(errs, h.programs.close())
	}
	if h.eni != nil {
		errs = append(errs, h.eni.Close())
	}
	if h.clb != nil {
		errs = append(errs, h.clb.Close())
	}
	if h.firewall != nil {
		errs = append(errs, h.firewall.Close())
	}
	return errors.Join(append(errs, h.ns.Close())...)
}
