package scenarios

import "net/netip"

// An EndpointService offers load balancers to other VPCs over PrivateLink.
type EndpointService struct {
	Name                 string            `yaml:"name,required" as:"name"`
	ServiceType          string            `yaml:"service_type" default:"Interface" enum:"Interface GatewayLoadBalancer"`
	ServiceResourceType  string            `yaml:"service_resource_type" default:"slb" enum:"slb alb nlb gwlb"`
	Resources            []ServiceResource `yaml:"resources,required"`
	AutoAcceptConnection bool              `yaml:"auto_accept_connection" default:"false"` // connections need no consent
	// documents disagree about the default: better written
	ZoneAffinityEnabled bool `yaml:"zone_affinity_enabled" default:"false"`
	// the whitelist; the owner's own account is always on it
	AllowedAccounts []string `yaml:"allowed_accounts" as:"name"`
	Payer           string   `yaml:"payer" default:"Endpoint" enum:"Endpoint EndpointService"` // has no effect
	// of each endpoint connection
	ConnectBandwidth   int64  `yaml:"connect_bandwidth" as:"bandwidth" default:"3072Mbit/s" range:"100Mbit/s..10240Mbit/s"`
	AddressIPVersion   string `yaml:"address_ip_version" default:"IPv4" enum:"IPv4 DualStack IPv6"`
	ServiceSupportIPv6 bool   `yaml:"service_support_ipv6" default:"false"`
	ServiceDescription string `yaml:"service_description" as:"description" length:"2..256"` // has no effect
	Tags               []Tag  `yaml:"tags"`                                                 // have no effect
}

// A ServiceResource is a load balancer in a zone in which it serves endpoints.
type ServiceResource struct {
	LoadBalancer string `yaml:"load_balancer,required" as:"name"`
	Zone         string `yaml:"zone,required" as:"zone"`
}

// An Endpoint connects a VPC to an endpoint service.
type Endpoint struct {
	Name                      string         `yaml:"name,required" as:"name"`
	EndpointName              string         `yaml:"endpoint_name" as:"title" length:"2..128"` // left out: name
	EndpointType              string         `yaml:"endpoint_type" default:"Interface" enum:"Interface Reverse GatewayLoadBalancer"`
	Service                   string         `yaml:"service,required" as:"name"`
	VPC                       string         `yaml:"vpc,required" as:"name"`
	SecurityGroups            []string       `yaml:"security_groups,required" as:"name"` // of its ENIs
	Zones                     []EndpointZone `yaml:"zones,required"`                     // one ENI each
	ZoneAffinityEnabled       bool           `yaml:"zone_affinity_enabled" default:"false"`
	ZonePrivateIPAddressCount int            `yaml:"zone_private_ip_address_count" default:"1" range:"1..1"`
	AddressIPVersion          string         `yaml:"address_ip_version" default:"IPv4" enum:"IPv4 DualStack"`
	CrossRegionBandwidth      int64          `yaml:"cross_region_bandwidth" as:"bandwidth"`
	ProtectedEnabled          bool           `yaml:"protected_enabled" default:"false"`
	PolicyDocument            string         `yaml:"policy_document"`
	DryRun                    bool           `yaml:"dry_run" default:"false"`
	EndpointDescription       string         `yaml:"endpoint_description" as:"description" length:"2..256"` // has no effect
	Tags                      []Tag          `yaml:"tags"`                                                  // have no effect
}

// An EndpointZone is where an endpoint has an ENI.
type EndpointZone struct {
	Zone    string     `yaml:"zone,required" as:"zone"`
	VSwitch string     `yaml:"vswitch,required" as:"name"`
	IP      netip.Addr `yaml:"ip"` // left out: the lowest free one of the vSwitch
}
