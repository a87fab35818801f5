package control

import (
	"net/netip"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// An eni is what an ENI was told last: the load balancer that new connections go to, "" while
// nothing passes, the one that it has gracefully replaced, and how much it carries.
type eni struct {
	serves, replaced string
	mbps             int
}

// linked lets the ENIs follow what changed in PrivateLink, and tells of it then: who hears of a
// connection finds that it carries.
func (m *Machine) linked(transitions []Transition) {
	if len(transitions) == 0 {
		return
	}
	for _, ep := range m.cloud.Endpoints {
		now, exists := m.links.Endpoint(ep.Name)
		if !exists {
			continue
		}
		for _, z := range now.Zones {
			m.steer(now, z)
		}
	}
	for _, t := range transitions {
		m.tell(t.At, t.Transition)
	}
}

// steer opens an ENI whose connection carries traffic, to the load balancer that was allocated and
// for the connection's bandwidth, and closes the others. Every zone has all of the bandwidth
// (unknown: the documents speak of one connection and one bandwidth).
func (m *Machine) steer(ep Endpoint, z EndpointZone) {
	id := ENIID{ep.Name, z.Zone}
	before := m.enis[id]
	var now eni
	if m.links.Carries(ep.Name, z.Zone) {
		now = eni{z.Resource, z.Replaced, ep.Bandwidth}
	}
	if now == before {
		return
	}
	m.enis[id] = now
	if now.serves == "" {
		m.do(DisconnectENI{id})
		return
	}
	if now.mbps != before.mbps {
		m.do(LimitENI{id, now.mbps})
	}
	m.do(ConnectENI{id, now.serves})
	if before.replaced != "" && now.replaced == "" {
		m.do(CutENI{id, before.replaced})
	}
}

// admit puts an endpoint's security groups in force on its ENIs.
func (m *Machine) admit(ep *cloud.Endpoint) {
	for _, z := range ep.Zones {
		m.do(FilterENI{ENIID{ep.Name, z.Zone}, ep.SecurityGroups})
	}
}

// publish puts the endpoint's domain and zone domains into every VPC's DNS: they are public names
// that resolve to the ENIs' private addresses (documented: PrivateLink "Endpoint overview"),
// connected or not (inferred).
func (m *Machine) publish(ep *cloud.Endpoint) {
	var all []DNSRecord
	for _, z := range ep.Zones {
		m.publishName(z.Domain, DNSRecord{Addr: z.IP})
		record := DNSRecord{Addr: z.IP}
		if ep.ZoneAffinityEnabled || ep.Service.ZoneAffinityEnabled {
			record.Zone = z.Zone
		}
		all = append(all, record)
	}
	m.publishName(ep.Domain, all...)
	// The scenario's own name for it is no name of the cloud's, but a handy one inside its VPC,
	// like those of the instances.
	m.do(Publish{VPC: ep.VPC.Name, Name: ep.Name, Records: all})
}

func (m *Machine) publishName(name string, records ...DNSRecord) {
	m.do(Publish{Name: name, Records: records})
	told := event.Record{Name: name, Addresses: []netip.Addr{}}
	for _, r := range records {
		told.Addresses = append(told.Addresses, r.Addr)
	}
	m.tell(m.now, told)
}
