package lab

import (
	"fmt"

	"netlab/netlab/dns"
	"netlab/sim/topology"
)

// startResolvers serves each VPC's names on its routers: the instances' own, and those of the
// endpoints once they are created.
func (l *Lab) startResolvers() error {
	for _, in := range l.cloud.Instances {
		l.zone(in.VSwitch.VPC.Name).Set(in.Name, []dns.Record{{Addr: in.PrivateIP}})
	}
	for _, h := range l.topology.Hosts {
		if h.Kind != topology.Router {
			continue
		}
		server, err := dns.Serve(l.hosts[h.Name].ns, l.cloud.Profile.Resolver, l.zone(h.VPC), string(h.Zone))
		if err != nil {
			return fmt.Errorf("resolver of %s: %w", h.Name, err)
		}
		l.servers = append(l.servers, server)
	}
	return nil
}

func (l *Lab) zone(vpc string) *dns.Zone {
	if l.zones[vpc] == nil {
		l.zones[vpc] = new(dns.Zone)
	}
	return l.zones[vpc]
}
