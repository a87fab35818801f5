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
	Profile          Profile           `yaml:"profile"`
	VPCs             []VPC             `yaml:"vpcs,required"`
	SecurityGroups   []SecurityGroup   `yaml:"security_groups"`
	ACLs             []ACL             `yaml:"acls"`
	Instances        []Instance        `yaml:"instances"`
	LoadBalancers    []LoadBalancer    `yaml:"load_balancers"`
	EndpointServices []EndpointService `yaml:"endpoint_services"`
	Endpoints        []Endpoint        `yaml:"endpoints"`
}

// A Profile replaces constants of the provider, at their documented speed: time_scale divides
// them like the others.
type Profile struct {
	// how long a dead primary cluster goes unanswered (documented: about 30 s)
	FailoverTime time.Duration `yaml:"failover_time" default:"30s" range:"1s..1h"`
	// how long a recovered primary waits before it serves again (unknown)
	FailbackTime time.Duration `yaml:"failback_time" default:"30s" range:"0s..1h"`
	// how long a PrivateLink resource stays in a transitional state (unknown)
	TransitionTime time.Duration `yaml:"transition_time" default:"2s" range:"0s..1h"`
	// what an access control whitelist without entries does; the API says forward, the console refuse
	EmptyWhitelist string `yaml:"empty_whitelist" default:"forward" enum:"forward refuse"`
	// what becomes of new connections beyond a specification's limits (documented: drop)
	Exceed string `yaml:"exceed" default:"drop" enum:"drop reset"`
}

// A VPC is a private network, cut into vSwitches.
type VPC struct {
	Name        string       `yaml:"name,required" as:"name"`
	CIDRBlock   netip.Prefix `yaml:"cidr_block,required"`                          // private, without host bits
	Account     string       `yaml:"account" as:"name" default:"a"`                // who owns it and what is in it
	Description string       `yaml:"description" as:"description" length:"1..256"` // has no effect
	VSwitches   []VSwitch    `yaml:"vswitches"`
}

// A VSwitch is a VPC's subnet in one zone.
type VSwitch struct {
	Name        string       `yaml:"name,required" as:"name"`
	Zone        string       `yaml:"zone,required" as:"zone"`
	CIDRBlock   netip.Prefix `yaml:"cidr_block,required"`                          // inside the VPC's
	Description string       `yaml:"description" as:"description" length:"1..256"` // has no effect
}

// A SecurityGroup is a set of stateful rules.
type SecurityGroup struct {
	Name              string `yaml:"name,required" as:"name"`
	SecurityGroupName string `yaml:"security_group_name" as:"title" length:"2..128"` // left out: name
	VPC               string `yaml:"vpc,required" as:"name"`
	Type              string `yaml:"security_group_type" default:"normal" enum:"normal enterprise"` // basic or advanced
	// between members; left out: Accept in a normal group, Drop in an enterprise one
	InnerAccessPolicy string              `yaml:"inner_access_policy" enum:"Accept Drop"`
	Description       string              `yaml:"description" as:"description" length:"2..256"` // has no effect
	Rules             []SecurityGroupRule `yaml:"rules"`
}

// A SecurityGroupRule accepts or drops what matches.
type SecurityGroupRule struct {
	_                   struct{}     `forms:"[cidr_ip]; source_security_group"`
	Type                string       `yaml:"type,required" enum:"ingress egress"`
	IPProtocol          string       `yaml:"ip_protocol,required" enum:"tcp udp icmp icmpv6 gre all"`
	PortRange           PortRange    `yaml:"port_range"`                      // left out: every port
	CIDRIP              netip.Prefix `yaml:"cidr_ip" default:"0.0.0.0/0"`     // the other end: who comes in, or where it goes
	SourceSecurityGroup string       `yaml:"source_security_group" as:"name"` // instead of cidr_ip
	Policy              string       `yaml:"policy" default:"accept" enum:"accept drop"`
	Priority            int          `yaml:"priority" default:"1" range:"1..100"`          // 1 is the highest
	Description         string       `yaml:"description" as:"description" length:"1..512"` // has no effect
}

// An ACL is a list of source addresses that listeners let in or keep out.
type ACL struct {
	Name    string     `yaml:"name,required" as:"name"`
	ACLName string     `yaml:"acl_name" length:"1..80"` // left out: name
	Entries []ACLEntry `yaml:"entries"`
}

// An ACLEntry is one block of an access control list.
type ACLEntry struct {
	Entry   netip.Prefix `yaml:"entry,required"`
	Comment string       `yaml:"comment" length:"1..100"`
}

// An Instance is an ECS instance.
type Instance struct {
	Name           string     `yaml:"name,required" as:"name"`
	VSwitch        string     `yaml:"vswitch,required" as:"name"`
	PrivateIP      netip.Addr `yaml:"private_ip"`                                   // left out: the lowest free one of the vSwitch
	SecurityGroups []string   `yaml:"security_groups" as:"name"`                    // left out: open to everything
	Description    string     `yaml:"description" as:"description" length:"2..256"` // has no effect
	Run            []string   `yaml:"run" as:"name"`                                // names of services
}

// A Tag is a key and a value that people attach to a resource.
type Tag struct {
	Key   string `yaml:"key,required" as:"tag" length:"1..64"`
	Value string `yaml:"value" as:"tag" length:"0..128"`
}
