package cloud

// Documented quotas. Those of an account can be raised on request: more is a warning.
const (
	maxVSwitches     = 150
	maxLoadBalancers = 60
	maxACLs          = 50
)

// Documented quotas of PrivateLink, which its calls hold a region to as well.
const (
	MaxServices       = 200  // of an account
	MaxEndpoints      = 1000 // of a VPC
	MaxResources      = 10   // service resources given to CreateVpcEndpointService
	MaxEndpointZones  = 10
	MaxEndpointGroups = 10 // security groups of an endpoint
)

// A Quota is a documented limit on how many of something there may be.
type Quota struct {
	Of     string
	Most   int
	Raised bool // on request
	Source string
}

// Quotas are the limits that Build holds a cloud to.
func Quotas() []Quota {
	return []Quota{
		{"vSwitches of a VPC", maxVSwitches, true, "VPC limits"},
		{"security groups of an instance", maxGroups, false, "ECS limits"},
		{"rules of a security group", maxRules, false, "ECS limits"},
		{"load balancers of an account", maxLoadBalancers, true, "CLB limits"},
		{"listeners of a load balancer", maxListeners, false, "CLB limits"},
		{"backends of a server group", maxServers, false, "CLB limits"},
		{"access control lists of a region", maxACLs, true, "CLB limits"},
		{"entries of an access control list", maxACLEntries, false, "CLB limits"},
		{"endpoint services of an account", MaxServices, true, "PrivateLink limits"},
		{"resources that a service is created with", MaxResources, false, "PrivateLink API, CreateVpcEndpointService"},
		{"endpoints of a VPC", MaxEndpoints, true, "PrivateLink limits"},
		{"zones of an endpoint", MaxEndpointZones, false, "PrivateLink API, CreateVpcEndpoint"},
		{"security groups of an endpoint", MaxEndpointGroups, false, "PrivateLink API, CreateVpcEndpoint"},
		{"tags of a resource", maxTags, false, "PrivateLink API, Tag"},
	}
}
