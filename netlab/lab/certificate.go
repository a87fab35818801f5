package lab

import "netlab/netlab/service"

// Authority is the certificate of the lab's own authority, in PEM.
func (l *Lab) Authority() []byte { return l.authority.PEM() }

// serveHTTPS starts an HTTPS server. Its certificate is good for whatever a client may call the instance:
// its own name and address, any load balancer's address, any endpoint's domains and addresses.
func (in *instance) serveHTTPS(cfg service.HTTPConfig) (*service.HTTPSServer, error) {
	names := []string{in.spec.Name}
	for _, lb := range in.lab.cloud.LoadBalancers {
		names = append(names, lb.Address.String())
	}
	for _, ep := range in.lab.cloud.Endpoints {
		names = append(names, ep.Domain)
		for _, z := range ep.Zones {
			names = append(names, z.Domain, z.IP.String())
		}
	}
	return service.HTTPS(in.host.ns.FD(), cfg, in.lab.authority, names...)
}
