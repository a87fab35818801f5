package scenarios

import (
	"net/netip"
	"time"
)

// Cloud is the scenario's cloud section as written, names unresolved. Keys are those of the
// Alibaba Cloud Terraform provider.
type Cloud struct {
	Provider         string            `yaml:"provider" default:"alibaba" enum:"alibaba"`
	Region           string            `yaml:"region,required" as:"region"`
	VPCs             []VPC             `yaml:"vpcs,required"`
	SecurityGroups   []SecurityGroup   `yaml:"security_groups"`
	Instances        []Instance        `yaml:"instances"`
	LoadBalancers    []LoadBalancer    `yaml:"load_balancers"`
	EndpointServices []EndpointService `yaml:"endpoint_services"`
	Endpoints        []Endpoint        `yaml:"endpoints"`
}

// A VPC is a private network, cut into vSwitches.
type VPC struct {
	Name      string       `yaml:"name,required" as:"name"`
	CIDRBlock netip.Prefix `yaml:"cidr_block,required"`
	VSwitches []VSwitch    `yaml:"vswitches"`
}

// A VSwitch is a VPC's subnet in one zone.
type VSwitch struct {
	Name      string       `yaml:"name,required" as:"name"`
	Zone      string       `yaml:"zone,required" as:"zone"`
	CIDRBlock netip.Prefix `yaml:"cidr_block,required"`
}

// A SecurityGroup is a set of stateful rules.
type SecurityGroup struct {
	Name  string              `yaml:"name,required" as:"name"`
	VPC   string              `yaml:"vpc,required" as:"name"`
	Type  string              `yaml:"security_group_type" default:"normal" enum:"normal" planned:"enterprise"`
	Rules []SecurityGroupRule `yaml:"rules"`
}

// A SecurityGroupRule accepts or drops what matches.
type SecurityGroupRule struct {
	Type       string       `yaml:"type,required" enum:"ingress egress"`
	IPProtocol string       `yaml:"ip_protocol,required" enum:"tcp udp icmp gre all"`
	PortRange  PortRange    `yaml:"port_range"` // left out: every port
	CIDRIP     netip.Prefix `yaml:"cidr_ip" default:"0.0.0.0/0"`
	Policy     string       `yaml:"policy" default:"accept" enum:"accept drop"`
	Priority   int          `yaml:"priority" default:"1" range:"1..100"`
}

// An Instance is an ECS instance.
type Instance struct {
	Name           string     `yaml:"name,required" as:"name"`
	VSwitch        string     `yaml:"vswitch,required" as:"name"`
	PrivateIP      netip.Addr `yaml:"private_ip"` // left out: the lowest free one of the vSwitch
	SecurityGroups []string   `yaml:"security_groups" as:"name"`
	Run            []string   `yaml:"run" as:"name"` // services
}

// A LoadBalancer is a Classic Load Balancer (CLB).
type LoadBalancer struct {
	_                struct{}   `planned:"server_groups master_slave_server_groups bandwidth delete_protection modification_protection_status"`
	Name             string     `yaml:"name,required" as:"name"`
	LoadBalancerName string     `yaml:"load_balancer_name" length:"1..80"` // left out: Name
	Spec             string     `yaml:"load_balancer_spec" default:"slb.s1.small"`
	AddressType      string     `yaml:"address_type" default:"intranet" enum:"intranet internet"`
	PaymentType      string     `yaml:"payment_type" default:"PayAsYouGo" enum:"PayAsYouGo Subscription"`
	VSwitch          string     `yaml:"vswitch,required" as:"name"`
	Address          netip.Addr `yaml:"address"`               // left out: the lowest free one of the vSwitch
	MasterZone       string     `yaml:"master_zone" as:"zone"` // left out: the vSwitch's
	SlaveZone        string     `yaml:"slave_zone" as:"zone"`  // left out: no backup zone
	Listeners        []Listener `yaml:"listeners"`
	Servers          []Server   `yaml:"servers"` // the default server group
}

// A Listener takes connections on a port of the load balancer.
type Listener struct {
	_                  struct{}      `planned:"health_check health_check_method health_check_domain health_check_uri health_check_http_code persistence_timeout established_timeout connection_drain connection_drain_timeout acl_status acl_type acl_id proxy_protocol_v2_enabled bandwidth server_group_id master_slave_server_group_id sticky_session idle_timeout request_timeout description"`
	Protocol           string        `yaml:"protocol,required" enum:"tcp" planned:"udp http https"`
	FrontendPort       uint16        `yaml:"frontend_port,required"`
	BackendPort        uint16        `yaml:"backend_port,required"`
	Scheduler          string        `yaml:"scheduler" default:"wrr" enum:"wrr rr" planned:"sch tch wlc qch"`
	HealthCheckType    string        `yaml:"health_check_type" default:"tcp" enum:"tcp" planned:"http udp"`
	HealthCheckPort    uint16        `yaml:"health_check_connect_port"`                          // left out: the backend port
	HealthInterval     time.Duration `yaml:"health_check_interval" default:"2s" range:"1s..50s"` // documented values; time_scale divides them
	HealthTimeout      time.Duration `yaml:"health_check_timeout" default:"5s" range:"1s..300s"`
	HealthyThreshold   int           `yaml:"healthy_threshold" default:"3" range:"2..10"`
	UnhealthyThreshold int           `yaml:"unhealthy_threshold" default:"3" range:"2..10"`
}

// A Server is a backend in a server group.
type Server struct {
	Instance string `yaml:"instance,required" as:"name"`
	Weight   int    `yaml:"weight" default:"100" range:"0..100"`
}

// An EndpointService offers load balancers to other VPCs over PrivateLink.
type EndpointService struct {
	_                    struct{}          `planned:"payer connect_bandwidth service_resource_type service_support_ipv6 allowed_accounts account"`
	Name                 string            `yaml:"name,required" as:"name"`
	Resources            []ServiceResource `yaml:"resources,required"`
	AutoAcceptConnection bool              `yaml:"auto_accept_connection" default:"false"`
	ZoneAffinityEnabled  bool              `yaml:"zone_affinity_enabled" default:"false"`
	ServiceDescription   string            `yaml:"service_description" as:"description" length:"2..256"`
}

// A ServiceResource is a load balancer in a zone in which it serves endpoints.
type ServiceResource struct {
	LoadBalancer string `yaml:"load_balancer,required" as:"name"`
	Zone         string `yaml:"zone,required" as:"zone"`
}

// An Endpoint connects a VPC to an endpoint service.
type Endpoint struct {
	_                   struct{}       `planned:"cross_region_bandwidth protected_enabled zone_affinity_enabled account"`
	Name                string         `yaml:"name,required" as:"name"`
	EndpointName        string         `yaml:"endpoint_name" length:"2..128"` // left out: Name
	Service             string         `yaml:"service,required" as:"name"`
	VPC                 string         `yaml:"vpc,required" as:"name"`
	SecurityGroups      []string       `yaml:"security_groups,required" as:"name"`
	Zones               []EndpointZone `yaml:"zones,required"`
	EndpointDescription string         `yaml:"endpoint_description" as:"description" length:"2..256"`
}

// An EndpointZone is where an endpoint has an ENI.
type EndpointZone struct {
	Zone    string     `yaml:"zone,required" as:"zone"`
	VSwitch string     `yaml:"vswitch,required" as:"name"`
	IP      netip.Addr `yaml:"ip"` // left out: the lowest free one of the vSwitch
}
