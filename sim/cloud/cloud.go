// Package cloud is the cloud as plain data and rules: VPC, vSwitch, zone, ECS instance, security
// group, Classic Load Balancer, endpoint service and endpoint, as Alibaba Cloud documents them.
//
// Build turns a decoded scenario into a Cloud whose references are resolved and whose rules hold,
// or says what is wrong with it and where. The package opens no socket and reads no clock.
package cloud

import (
	"fmt"
	"net/netip"
	"time"
)

// A Cloud is everything that one scenario's provider account region holds, valid and resolved.
// Slices keep the order of the scenario file.
type Cloud struct {
	Provider         string
	Region           string
	Profile          Profile
	TimeScale        float64 // control-plane times are divided by this
	VPCs             []*VPC
	SecurityGroups   []*SecurityGroup
	Instances        []*Instance
	LoadBalancers    []*LoadBalancer
	EndpointServices []*EndpointService
	Endpoints        []*Endpoint

	named map[string]resource // nil for a cloud that was not built from a scenario
}

// A Zone is an availability zone's full id, "eu-central-1b".
type Zone string

// Short is the zone's last letter, "b", as host names show it.
func (z Zone) Short() string {
	if z == "" {
		return ""
	}
	return string(z[len(z)-1:])
}

// A VPC is a private network: a CIDR block cut into vSwitches, isolated from every other VPC.
type VPC struct {
	Name      string
	Account   string // who owns it and everything in it
	CIDRBlock netip.Prefix
	VSwitches []*VSwitch
}

// A VSwitch is a VPC's subnet in one zone.
type VSwitch struct {
	Name      string
	Zone      Zone
	CIDRBlock netip.Prefix
	VPC       *VPC
}

// A SecurityGroup is a stateful set of rules on a network interface. A basic ("normal") group
// denies all ingress and allows all egress where no rule says otherwise; an advanced
// ("enterprise") one denies both.
type SecurityGroup struct {
	Name  string
	VPC   *VPC
	Type  string // normal | enterprise
	Rules []SecurityGroupRule
	// InnerAccess lets the members of the group reach each other, whatever the rules say
	// (documented: InnerAccessPolicy Accept beats all rules; an advanced group never has it).
	InnerAccess bool
	Members     []netip.Addr // its instances and endpoint ENIs
}

// A SecurityGroupRule accepts or drops matching packets. Lower Priority wins; at the same
// priority drop wins (documented: ECS "Security groups: overview").
type SecurityGroupRule struct {
	Ingress    bool
	IPProtocol string // tcp | udp | icmp | gre | all
	PortFirst  uint16 // 0 with PortLast 0: all ports
	PortLast   uint16
	CIDR       netip.Prefix
	Group      *SecurityGroup // instead of CIDR: the members of a group
	Accept     bool
	Priority   int // 1–100
}

// An Instance is an ECS instance with one ENI in its vSwitch.
type Instance struct {
	Name           string
	VSwitch        *VSwitch
	PrivateIP      netip.Addr
	SecurityGroups []*SecurityGroup
	Run            []string // names of services
}

// A LoadBalancer is a Classic Load Balancer (CLB): one virtual address served by a primary and a
// backup zone. Traffic moves to the backup only when the whole primary cluster is down
// (documented: "High availability of CLB"; about 30 s).
type LoadBalancer struct {
	Name       string
	Title      string // load_balancer_name, which people see in the console
	Spec       Spec
	VSwitch    *VSwitch
	Address    netip.Addr
	MasterZone Zone
	SlaveZone  Zone // "" for a single-zone CLB
	Listeners  []Listener
	Servers    []Server // the default server group
	Groups     []*ServerGroup
	Bandwidth  int64 // bits a second; 0: what an internal-facing CLB carries, 5 Gbit/s
}

// Zones are the zones that have a node of the load balancer, the primary first.
func (lb *LoadBalancer) Zones() []Zone {
	if lb.SlaveZone == "" {
		return []Zone{lb.MasterZone}
	}
	return []Zone{lb.MasterZone, lb.SlaveZone}
}

// Backends are the servers that a listener's connections go to, with their ports: those of its own
// group, or those of the default one.
func (lb *LoadBalancer) Backends(l Listener) []GroupServer {
	if l.Group != nil {
		return l.Group.Servers
	}
	servers := make([]GroupServer, len(lb.Servers))
	for i, s := range lb.Servers {
		servers[i] = GroupServer{s, l.BackendPort}
	}
	return servers
}

// A Listener takes connections on a frontend port of the load balancer's address.
type Listener struct {
	Protocol     string // tcp | udp
	FrontendPort uint16
	BackendPort  uint16
	Scheduler    string // wrr | rr | sch | tch
	HealthCheck  HealthCheck
	Group        *ServerGroup // instead of the load balancer's default server group, or nil
	Bandwidth    int64        // bits a second; 0: the load balancer's

	// PersistenceTimeout keeps a client's address on its backend (TCP, 0–3600 s, 0: off).
	PersistenceTimeout time.Duration
	// EstablishedTimeout is how long a TCP connection may be idle before the CLB resets both its
	// ends (10–900 s; 0 stands for the documented default, 900 s).
	EstablishedTimeout time.Duration
	// ConnectionDrainTimeout is how long connections to a backend live on after it was removed
	// or found unhealthy (TCP, 10–900 s; 0: connection drain is off).
	ConnectionDrainTimeout time.Duration
	ACL                    *AccessControlList // nil: off
	ProxyProtocolV2        bool               // backends get the client's address in a header
}

// A ListenerID tells a load balancer's listeners apart: TCP and UDP may share a port.
type ListenerID struct {
	Protocol string `json:"protocol"`
	Port     uint16 `json:"port"` // frontend port
}

// ID is what tells the listener from the load balancer's others.
func (l Listener) ID() ListenerID { return ListenerID{l.Protocol, l.FrontendPort} }

// String is the listener as people write it, tcp:80.
func (id ListenerID) String() string { return fmt.Sprintf("%s:%d", id.Protocol, id.Port) }

// A ServerGroup is a load balancer's vServer group, or its primary/secondary group. A listener
// that is bound to one ignores the default group (documented: CreateLoadBalancerTCPListener).
type ServerGroup struct {
	Name    string
	Servers []GroupServer
	// PrimarySecondary groups have two servers, the primary first. The secondary serves while
	// the primary is unhealthy and is not checked itself (documented).
	PrimarySecondary bool
}

// A GroupServer is a backend of a group with a port of its own.
type GroupServer struct {
	Server
	Port uint16
}

// An AccessControlList lets new connections through by their source address.
type AccessControlList struct {
	Type    string // white | black
	Entries []netip.Prefix
	// RefuseWhenEmpty: a white list without entries lets nobody in, rather than everybody.
	RefuseWhenEmpty bool
}

// A HealthCheck says how backends are probed; times are the documented ones, not yet divided by
// the scenario's time scale.
type HealthCheck struct {
	Type               string // tcp | http | udp
	Port               uint16
	Interval           time.Duration
	Timeout            time.Duration
	HealthyThreshold   int
	UnhealthyThreshold int
	Off                bool // HTTP listeners only: every backend counts as healthy

	Method   string   // HTTP: head | get
	Domain   string   // HTTP: Host header; "" for the backend's address
	URI      string   // HTTP
	Codes    []string // HTTP: http_2xx …
	Request  string   // UDP: what is sent; "" for an empty datagram
	Response string   // UDP: what must come back; "": silence is health
}

// A Server is a backend in a server group. Weight 0 takes no new connections.
type Server struct {
	Instance *Instance
	Weight   int // 0–100
}

// An EndpointService offers a load balancer to other VPCs over PrivateLink.
type EndpointService struct {
	Name                 string
	ID                   string // epsrv-…
	Domain               string // epsrv-….REGION.privatelink.aliyuncs.com
	Resources            []ServiceResource
	AutoAcceptConnection bool
	ZoneAffinityEnabled  bool
	Description          string

	Account          string   // that of its load balancers' VPC
	AllowedAccounts  []string // the whitelist; Account is on it without being named
	Payer            string   // Endpoint | EndpointService
	ConnectBandwidth int64    // bits a second of each endpoint connection
}

// A ServiceResource is a load balancer in the zone in which it serves endpoints.
type ServiceResource struct {
	LoadBalancer *LoadBalancer
	Zone         Zone
}

// An Endpoint connects a consumer VPC to an endpoint service through one ENI per zone.
type Endpoint struct {
	Name           string
	ID             string // ep-…
	Title          string // endpoint_name, which people see in the console
	Service        *EndpointService
	VPC            *VPC
	SecurityGroups []*SecurityGroup
	Zones          []EndpointZone
	Account        string // that of its VPC
	// ZoneAffinityEnabled gives clients the ENI of their own zone, as the service's does.
	ZoneAffinityEnabled bool
	Domain              string // ep-….epsrv-….REGION.privatelink.aliyuncs.com
}

// An EndpointZone is the endpoint's ENI in one zone.
type EndpointZone struct {
	Zone    Zone
	VSwitch *VSwitch
	IP      netip.Addr
	Domain  string // zone domain
}
