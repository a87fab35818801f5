package fidelity

import (
	"fmt"
	"strings"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

func privateLink(v values) []Row {
	return []Row{
		documented("A service offers intranet, PayAsYouGo CLBs only", "", "PrivateLink, tutorial: limits",
			"scenarios.TestErrorsReadAsWritten/service-internet", "scenarios.TestErrorsReadAsWritten/service-subscription"),
		documented("A resource's zone is one that the CLB is deployed in", "", "PrivateLink, tutorial",
			"scenarios.TestErrorsReadAsWritten/service-zone", "sim/control.TestPrivateLinkRefusals/a service on a load balancer outside the zone"),
		unknown("Zones of a region that have PrivateLink", "all", "the table was not found; the tutorial uses A and B of Frankfurt"),
		documented("IPv4 only", "", "PrivateLink API: DualStack is for nlb and gwlb", "scenarios.TestErrorsReadAsWritten/service-dual-stack"),
		documented("Service statuses", statuses(cloud.ServiceCreating, cloud.ServiceActive, cloud.ServicePending, cloud.ServiceDeleting),
			"PrivateLink API, GetVpcEndpointServiceAttribute", "sim/control.TestPrivateLinkUnderAnyCalls"),
		documented("Endpoint statuses",
			statuses(cloud.EndpointCreating, cloud.EndpointActive, cloud.EndpointPending, cloud.EndpointDeleting),
			"PrivateLink API, GetVpcEndpointAttribute", "sim/control.TestPrivateLinkUnderAnyCalls"),
		documented("Connection statuses",
			statuses(cloud.Disconnected, cloud.Connecting, cloud.Connected, cloud.ConnectionPending, cloud.Disconnecting,
				cloud.ConnectionDeleting, cloud.ServiceDeleted), "PrivateLink API, ListVpcEndpointConnections",
			"sim/control.TestPrivateLinkUnderAnyCalls"),
		documented("Zone statuses",
			statuses(cloud.ZoneCreating, cloud.ZoneWait, cloud.ZoneConnecting, cloud.ZoneConnected, cloud.ZoneDisconnecting,
				cloud.ZoneDisconnected, cloud.ZoneDeleting, cloud.ZoneMigrating, cloud.ZoneMigrated),
			"PrivateLink API, ListVpcEndpointConnections", "sim/control.TestPrivateLinkUnderAnyCalls", "sim/control.TestPrivateLinkZonesOneByOne"),
		documented("Every call is asynchronous: a transitional status, then the lasting one", "", "PrivateLink API",
			"sim/control.TestPrivateLinkUnderAnyCalls"),
		{"A transitional status lasts", v.Profile.TransitionTime.String(), v.label("TransitionTime"), "no duration is documented",
			[]string{"sim/control.TestPrivateLinkTransitionsTakeTransitionTime"}},
		documented("An endpoint's connection waits, Disconnected, until the provider accepts it",
			"auto_accept_connection default "+v.fallback("EndpointService.auto_accept_connection"), "PrivateLink API, AutoAcceptEnabled",
			"sim/control.TestPrivateLinkFromCreationToRejection", "sim/control.TestPrivateLinkAutoAccept",
			"netlab/lab.TestWhitelistOfTheFileAndTheOwnersOwnAccount"),
		inferred("Turning automatic acceptance on accepts nothing that waits already", "", "a connection request is accepted when it comes",
			"sim/control.TestAutoAcceptIsNotForWhatWaits"),
		documented("Accept: Connecting, then Connected, and so all zones", "", "PrivateLink API, EnableVpcEndpointConnection",
			"sim/control.TestPrivateLinkFromCreationToRejection", "netlab/lab.TestRejectAndAcceptALiveConnection"),
		documented("Reject: Disconnecting, then Disconnected", "", "PrivateLink API, DisableVpcEndpointConnection",
			"sim/control.TestPrivateLinkFromCreationToRejection", "netlab/lab.TestRejectAndAcceptALiveConnection",
			"cmd/netlab.TestShippedScenariosRun/two-accounts"),
		inferred("A rejected connection may be accepted again", "", "nothing forbids it", "netlab/lab.TestRejectAndAcceptALiveConnection"),
		inferred("A connection that waits can't be rejected", string(control.EndpointConnectionOperationDenied), "it is Disconnected already",
			"sim/control.TestPrivateLinkRefusals/reject what waits"),
		documented("Enable a zone: its connection must be Connected, the zone Disconnected", "",
			"PrivateLink API, EnableVpcEndpointZoneConnection", "netlab/lab.TestZoneOfAConnectionIsDisabledAndEnabled",
			"sim/control.TestPrivateLinkZonesOneByOne", "sim/control.TestPrivateLinkRefusals/enable a connected zone"),
		documented("Disable a zone: the zone must be Connected or Migrated", "", "PrivateLink API, DisableVpcEndpointZoneConnection",
			"netlab/lab.TestZoneOfAConnectionIsDisabledAndEnabled", "sim/control.TestPrivateLinkZonesOneByOne",
			"sim/control.TestPrivateLinkRefusals/disable a disabled zone"),
		documented("A service is invisible to accounts that its whitelist does not hold", string(control.EndpointServiceNotAuthorized),
			"PrivateLink, service whitelist", "netlab/lab.TestServiceIsInvisibleToAccountsThatItsWhitelistDoesNotHold",
			"sim/control.TestPrivateLinkWhitelist", "scenarios.TestErrorsReadAsWritten/account-invisible",
			"cmd/netlab.TestShippedScenariosRun/two-accounts"),
		documented("The owner's own account is on it", "", "PrivateLink, tutorial: automatically added",
			"netlab/lab.TestWhitelistOfTheFileAndTheOwnersOwnAccount", "sim/control.TestPrivateLinkWhitelist"),
		inferred("Endpoints of an account that is taken off stay as they are", "", "visibility is what the whitelist is for",
			"sim/control.TestPrivateLinkWhitelist"),
		inferred("Another account's services and endpoints do not exist for the caller",
			fmt.Sprintf("%s, %s", control.EndpointServiceNotFound, control.EndpointNotFound), "the API's codes name no other account",
			"sim/control.TestPrivateLinkRefusals/change another account's service",
			"sim/control.TestPrivateLinkRefusals/change another account's endpoint"),
		documented("A change needs an active service, and shows Pending", string(control.EndpointServiceOperationDenied), "PrivateLink API",
			"sim/control.TestPrivateLinkUpdatesAService", "sim/control.TestPrivateLinkRefusals/change a service that is being created"),
		documented("One change at a time", string(control.ConcurrentCallNotSupported), "PrivateLink API: does not support concurrent changes",
			"sim/control.TestPrivateLinkRefusals/change a service that is being modified",
			"sim/control.TestPrivateLinkRefusals/attach two groups at once"),
		documented("Deletion in order: zones before the endpoint, connections and resources before the service",
			fmt.Sprintf("%s, %s, %s", control.EndpointDependenceViolation, control.EndpointServiceConnectionDependence,
				control.EndpointServiceDependenceViolation), "PrivateLink API, DeleteVpcEndpoint and DeleteVpcEndpointService",
			"sim/control.TestPrivateLinkDeletionOrder"),
		inferred("Endpoints that are left behind by their service are ServiceDeleted", "", "the status is documented, not when it is entered",
			"sim/control.TestPrivateLinkDeletionOrder"),
		documented("An endpoint has one ENI in a zone, and its service a resource there",
			fmt.Sprintf("%s, %s", control.EndpointZoneDuplicated, control.EndpointServiceNotSupportedZone), "PrivateLink API, AddZoneToVpcEndpoint",
			"sim/control.TestPrivateLinkRefusals/add a zone twice", "scenarios.TestErrorsReadAsWritten/endpoint-zone-twice",
			"scenarios.TestErrorsReadAsWritten/endpoint-zone-not-served"),
		inferred("A zone that is added to a standing connection connects at once", "", "no call could bring it from Wait to Connected",
			"sim/control.TestPrivateLinkAutoAccept"),
		documented("Security groups: one at least, of the endpoint's VPC, attached and detached one by one",
			string(control.EndpointMustContainSecurityGroup), "PrivateLink API, AttachSecurityGroupToVpcEndpoint",
			"sim/control.TestSecurityGroupsAttachAndDetach", "sim/control.TestPrivateLinkRefusals/detach the last group"),
		documented("Which resource serves a zone: any of its automatic ones, at random", "by the scenario's seed",
			"PrivateLink API, ResourceAllocateMode Auto", "netlab/lab.TestEveryAllocatedLoadBalancerServes"),
		documented("Or the one chosen by hand, while Disconnected", string(control.IllegalAllocateMode),
			"PrivateLink API, ResourceAllocateMode Manual", "sim/control.TestAllocationByHandHoldsUntilTakenBack"),
		documented("Graceful replacement keeps old connections: Migrating, then Migrated", "", "PrivateLink API, ResourceReplaceMode",
			"netlab/lab.TestLoadBalancerOfAZoneIsReplaced", "sim/control.TestGracefulReplacementKeepsTheOldConnections"),
		documented("Forced replacement cuts them", "", "PrivateLink API, ResourceReplaceMode", "netlab/lab.TestLoadBalancerOfAZoneIsReplaced",
			"sim/control.TestForcedReplacementCutsTheOldConnections"),
		inferred("The way of a zone back from Migrated, and through a forced replacement", "Migrating, then Connected",
			"the statuses are documented, not the way", "sim/control.TestGracefulReplacementKeepsTheOldConnections",
			"sim/control.TestForcedReplacementCutsTheOldConnections"),
		documented("Some resource must stay automatic; the one replaced must not be",
			fmt.Sprintf("%s, %s", control.ResourceAutoAllocateViolation, control.CurrentResourceAutoAllocated), "PrivateLink API",
			"sim/control.TestResourceManagementRefusals"),
		documented("A resource that a connection uses can't be detached", string(control.EndpointServiceConnectionDependence),
			"PrivateLink API, DetachResourceFromVpcEndpointService", "sim/control.TestPrivateLinkDeletionOrder"),
		documented("Refusals have the API's error codes and change nothing", "",
			"PrivateLink API, error codes; where several would fit the choice is inferred", "sim/control.TestPrivateLinkRefusals",
			"sim/control.TestResourceManagementRefusals", "sim/control.TestPrivateLinkUnderAnyCalls"),
		documented("An endpoint's name", v.key("Endpoint.endpoint_name").Range+", a letter first", "PrivateLink API, EndpointName",
			"scenarios.TestErrorsReadAsWritten/endpoint-name-digit", "scenarios.TestErrorsReadAsWritten/endpoint-short-name"),
		documented("Descriptions do not start with http:// or https://", v.key("EndpointService.service_description").Range,
			"PrivateLink, tutorial", "scenarios.TestErrorsReadAsWritten/description-url", "scenarios.TestErrorsReadAsWritten/description-too-short"),
	}
}

func statuses[S ~string](all ...S) string {
	words := make([]string, len(all))
	for i, s := range all {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

func privateLinkPath(v values) []Row {
	return []Row{
		documented("Nothing passes before the connection is accepted", "", "PrivateLink, tutorial", "netlab/forward.TestNewENIIsClosed",
			"cmd/netlab.TestRunFailsOverAndBack"),
		inferred("Packets pass from the end of Connecting to the beginning of Disconnecting", "", "what the statuses' names say",
			"sim/control.TestPrivateLinkFromCreationToRejection", "netlab/lab.TestRejectAndAcceptALiveConnection"),
		inferred("A rejection ends open connections, for good", "packets vanish, also after the next accept", `"cannot be accessed"`,
			"netlab/lab.TestRejectAndAcceptALiveConnection", "netlab/forward.TestClosedENIPassesNothing"),
		inferred("Connections open from the consumer to the provider only", "",
			"a Reverse type exists, and nobody says that Interface works both ways", "netlab/forward.TestProviderCannotOpenConnectionsToConsumer"),
		inferred("What a backend sees as the client of an endpoint", "an address in "+cloud.ProviderBlock.String(),
			"not found for CLB; NLB needs PROXY protocol to tell, so the path translates", "netlab/lab.TestProxyProtocolTellsBackendsTheClient",
			"netlab/lab.TestAccessControl/an endpoint is one address"),
		documented("Bandwidth of a connection", v.span("EndpointService.connect_bandwidth"),
			"PrivateLink API, ConnectBandwidth (1024 in older documents)", "netlab/lab.TestEndpointAndListenerBandwidth/endpoint",
			"netlab/forward.TestBandwidthIsLimited", "sim/control.TestConnectionBandwidth"),
		inferred("Its two directions count apart", "", "as of any link", "netlab/forward.TestBandwidthIsLimited"),
		inferred("Zone affinity: the endpoint's domain gives a client the ENI of its own zone; without it all of them",
			"default "+v.fallback("EndpointService.zone_affinity_enabled"),
			`"If enabled, requests are routed to the endpoint in the same zone as the client"; documents disagree about the default`,
			"netlab/dns.TestClientsAreSentToTheEndpointInTheirZone", "netlab/lab.TestZoneAffinityOfServiceAndEndpoint"),
		documented("An endpoint is used by its domain, its zones' domains or its ENIs' addresses", "", `PrivateLink "Endpoint overview"`,
			"netlab/lab.TestCurlReachesTheServiceByEveryNameOfItsEndpoint", "cmd/netlab.TestRunFailsOverAndBack"),
		unknown("A zone whose CLB is dead", "its ENI stays in DNS", "not found for PrivateLink; NLB drops such zones"),
		unknown("MTU of PrivateLink", "that of the VPC", "no document says"),
	}
}

func names(v values) []Row {
	ep := v.Endpoints[0]
	abbreviated := func(name string) string {
		for _, id := range []string{ep.ID, ep.Service.ID} {
			kind, _, _ := strings.Cut(id, "-")
			name = strings.ReplaceAll(name, id, kind+"-…")
		}
		return name
	}
	return []Row{
		documented("The VPC's resolver", v.Profile.Resolver.String(), "Terraform, DHCP options set; a second one, .138, is not confirmed",
			"netlab/dns.TestSystemResolverFindsTheEndpoint", "netlab/lab.TestCurlReachesTheServiceByEveryNameOfItsEndpoint"),
		documented("An endpoint service's domain", abbreviated(ep.Service.Domain), "PrivateLink API, ServiceDomain",
			"sim/cloud.TestIdentifiersAreStableAndWellFormed"),
		documented("An endpoint's domain", abbreviated(ep.Domain), "PrivateLink API, EndpointDomain",
			"sim/cloud.TestIdentifiersAreStableAndWellFormed"),
		documented("A zone's domain", abbreviated(ep.Zones[0].Domain), "PrivateLink API, ZoneDomain",
			"sim/cloud.TestIdentifiersAreStableAndWellFormed"),
		documented("They resolve in every VPC, to the ENIs' private addresses", "", `PrivateLink "Endpoint overview": public names`,
			"netlab/lab.TestEndpointHasItsNamesBeforeItIsConnected", "netlab/dns.TestSystemResolverFindsTheEndpoint"),
		inferred("A zone has its name as long as it has an ENI, connected or not", "", "the name is the endpoint's, not the connection's",
			"netlab/lab.TestEndpointHasItsNamesBeforeItIsConnected"),
		unknown("How long a client may keep an answer", "60 s", "none is documented; usual for names whose addresses may move",
			"cmd/netlab.TestConstantsOfTheFidelityDocument", "netlab/dns.TestEveryQueryIsAnswered"),
		unknown("Names of the Internet", "REFUSED: a lab has none", "netlab's choice", "netlab/dns.TestLookupOfWhatIsNotThere"),
	}
}

// quotas are those of the scenario file, and those that only PrivateLink's calls can meet.
func quotas() []Row {
	var rows []Row
	for _, q := range cloud.Quotas() {
		value := thousands(q.Most)
		if q.Raised {
			value += "; more is a warning: it can be raised"
		}
		rows = append(rows, documented(capital(q.Of), value, q.Source, "sim/cloud.TestQuotas/"+q.Of))
	}
	for _, q := range control.Quotas() {
		rows = append(rows,
			documented(capital(q.Of), thousands(q.Most), q.Source, "sim/control.TestPrivateLinkQuotas", "sim/control.TestResourcesOfAService"))
	}
	return rows
}

// capital begins a sentence; vSwitch is written as it is.
func capital(s string) string {
	if strings.HasPrefix(s, "vSwitch") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
