package control

import "netlab/sim/cloud"

// Quotas are the limits that PrivateLink's calls hold a region to, beside those of package cloud.
func Quotas() []cloud.Quota {
	return []cloud.Quota{
		{Of: "resources of a service", Most: maxResourcesPerService, Source: "PrivateLink limits"},
		{Of: "resources of a service in one zone", Most: maxResourcesPerServiceZone, Source: "PrivateLink limits"},
	}
}
