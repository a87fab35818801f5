package control

import (
	"net/netip"
	"time"

	"netlab/sim/cloud"
	"netlab/sim/event"
)

// An Action is something that the world has to do, in the order in which Step returns them. What
// changes comes before the event that tells of it, so that who hears of a change finds it in force.
type Action interface{ action() }

// A NodeID names a load balancer's node: its cluster in one zone.
type NodeID struct {
	LoadBalancer string
	Zone         cloud.Zone
}

// An ENIID names an endpoint's ENI in one zone.
type ENIID struct {
	Endpoint string
	Zone     cloud.Zone
}

type (
	// AddListener opens a frontend port on a node. Its times are at the scenario's speed.
	AddListener struct {
		Node     NodeID
		Listener cloud.Listener
	}

	// SetSlots gives a listener's new connections on a node these backends, in place of the
	// earlier ones. Connections that are open stay with theirs.
	SetSlots struct {
		Node     NodeID
		Listener cloud.ListenerID
		Slots    []netip.AddrPort
	}

	// EndConnections resets a listener's connections to a backend on a node, at both ends.
	EndConnections struct {
		Node     NodeID
		Listener cloud.ListenerID
		Backend  netip.AddrPort
	}

	// Serve moves a load balancer's address to the node of a zone. The world tells event.Route
	// when it is in force, for only the world knows how long it took. From is "" for a load
	// balancer that has just been created.
	Serve struct {
		LoadBalancer string
		From, To     cloud.Zone
	}

	// Probe is one health check to be sent, from the node's own address. The world answers it with
	// a ProbeResult, after Timeout at the latest.
	Probe struct {
		ID      uint64
		Node    NodeID
		Backend netip.AddrPort
		Check   cloud.HealthCheck
		Timeout time.Duration
	}

	// Heartbeat is to be sent to a node from the backup zone's fabric. An answer comes in as Echo;
	// one that does not come is the machine's to notice.
	Heartbeat struct {
		ID   uint64
		Node NodeID
		Home cloud.Zone // of the fabric that it is sent from
	}

	// ConnectENI leads an ENI's new connections to a load balancer.
	ConnectENI struct {
		ENI          ENIID
		LoadBalancer string
	}

	// LimitENI holds an ENI to a bandwidth, each direction apart.
	LimitENI struct {
		ENI  ENIID
		Mbps int
	}

	// CutENI ends an ENI's connections to a load balancer that was replaced.
	CutENI struct {
		ENI          ENIID
		LoadBalancer string
	}

	// DisconnectENI lets nothing through an ENI any more.
	DisconnectENI struct{ ENI ENIID }

	// FilterENI puts security groups in force on an ENI.
	FilterENI struct {
		ENI    ENIID
		Groups []*cloud.SecurityGroup
	}

	// FilterInstance puts security groups in force on an instance.
	FilterInstance struct {
		Instance string
		Groups   []*cloud.SecurityGroup
	}

	// Publish makes a name resolve in a VPC, or in all of them where VPC is "".
	Publish struct {
		VPC     string
		Name    string
		Records []DNSRecord
	}

	// Tell is an event, at the time at which it happened.
	Tell struct {
		At   time.Duration
		What event.Payload
	}

	// Finish says that a Request has ended.
	Finish struct {
		ID     uint64
		Result Result
	}
)

// A DNSRecord is an address of a name. With a zone it is given to clients in that zone only, where
// they have one.
type DNSRecord struct {
	Addr netip.Addr
	Zone cloud.Zone
}

func (AddListener) action()    {}
func (SetSlots) action()       {}
func (EndConnections) action() {}
func (Serve) action()          {}
func (Probe) action()          {}
func (Heartbeat) action()      {}
func (ConnectENI) action()     {}
func (LimitENI) action()       {}
func (CutENI) action()         {}
func (DisconnectENI) action()  {}
func (FilterENI) action()      {}
func (FilterInstance) action() {}
func (Publish) action()        {}
func (Tell) action()           {}
func (Finish) action()         {}
