package topology

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"netlab/scenarios/visible"
)

// Print writes the topology for people, in stable order: every namespace with its addresses,
// NICs, routes and forwarding, every link, and the routes that move with each load balancer.
func Print(w io.Writer, t *Topology) error {
	shown := visible.All(*t)
	t = &shown
	var b strings.Builder
	for i := range t.Hosts {
		printHost(&b, &t.Hosts[i])
	}
	out := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "links")
	for _, l := range t.Links {
		fmt.Fprintf(out, "  %s %s\t– %s %s", l.A.Host, l.A.NIC, l.B.Host, l.B.NIC)
		if l.Delay > 0 {
			fmt.Fprintf(out, "\tdelay %s", l.Delay)
		}
		fmt.Fprintln(out)
	}
	out.Flush()
	for _, s := range t.Steers {
		fmt.Fprintf(&b, "%s served by %s\n", s.LoadBalancer, s.Zone)
		out := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, r := range s.Routes {
			fmt.Fprintf(out, "  %s\troute %s\tdev %s%s\n", r.Host, r.Route.Dst, r.Route.NIC, table(r.Route))
		}
		out.Flush()
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func printHost(b *strings.Builder, h *Host) {
	fmt.Fprintf(b, "%s (%s", h.Name, h.Kind)
	if h.VPC != "" {
		fmt.Fprintf(b, ", %s", h.VPC)
	}
	fmt.Fprintf(b, ", %s)\n", h.Zone)
	out := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, a := range h.Addresses {
		fmt.Fprintf(out, "  lo\t%s\n", a)
	}
	for _, nic := range h.NICs {
		address := "–"
		if nic.Address.IsValid() {
			address = nic.Address.String()
		}
		fmt.Fprintf(out, "  %s\t%s\tto %s\n", nic.Name, address, nic.Peer)
	}
	for _, r := range h.Routes {
		if r.NIC == "" {
			fmt.Fprintf(out, "  route\t%s\tblackhole\n", r.Dst)
		} else {
			fmt.Fprintf(out, "  route\t%s\tdev %s\n", r.Dst, r.NIC)
		}
	}
	if e := h.ENI; e != nil {
		for _, p := range e.Paths {
			fmt.Fprintf(out, "  nat\tto %s\tdnat %s, snat %s\tfor %s\n", e.Address, p.Service, p.Source, p.LoadBalancer)
		}
	}
	if c := h.CLB; c != nil {
		fmt.Fprintf(out, "  nat\tto %s, %s\tdnat to a backend; probes from %s\n", c.VIP, c.Service, c.Probe)
	}
	out.Flush()
}

func table(r Route) string {
	if r.Table == 0 {
		return ""
	}
	return fmt.Sprintf("\ttable %d", r.Table)
}
