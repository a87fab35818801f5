package control

import "netlab/sim/cloud"

// Quotas are the limits that PrivateLink's calls hold a region to, besides those of the scenario
// file.
func Quotas() []cloud.Quota {
	return []cloud.Quota{
		{Of: "endpoint services of an account", Most: maxServicesPerAccount, Source: "PrivateLink limits"},
		{Of: "resources that a service is created with", Most: maxResourcesAtCreation, Source: "PrivateLink API, CreateVpcEndpointService"},
		{Of: "resources of a service", Most: maxResourcesPerService, Source: "PrivateLink limits"},
		{Of: "resources of a service in one zone", Most: maxResourcesPerServiceZone, Source: "PrivateLink limits"},
		{Of: "endpoints of a VPC", Most: maxEndpointsPerVPC, Source: "PrivateLink limits"},
		{Of: "zones of an endpoint", Most: maxZonesPerEndpoint, Source: "PrivateLink API, CreateVpcEndpoint"},
		{Of: "security groups of an endpoint", Most: maxGroupsPerEndpoint, Source: "PrivateLink API, CreateVpcEndpoint"},
	}
}
