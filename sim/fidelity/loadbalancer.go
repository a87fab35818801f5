package fidelity

import (
	"fmt"

	"netlab/sim/cloud"
)

func loadBalancers(v values) []Row {
	rows := []Row{
		documented("New connections beyond a specification's limits", v.span("Profile.exceed"), `SLB "FAQ about high-performance SLB instances": new connection requests are dropped; reset is a knob`,
			"cmd/netlab.TestShippedScenariosRun/limits", "netlab/forward.TestMaxConnectionsIsExact", "netlab/forward.TestNewConnectionsPerSecondAreHeld", "netlab/lab.TestConnectionsBeyondTheSpecificationAreReset"),
	}
	for _, s := range cloud.Specs() {
		rows = append(rows, documented(s.Name, fmt.Sprintf("%s connections, %s new ones a second", thousands(s.MaxConnections), thousands(s.CPS)),
			`SLB "FAQ about high-performance SLB instances"`, "netlab/forward.TestMaxConnectionsIsExact", "netlab/forward.TestNewConnectionsPerSecondAreHeld"))
	}
	return append(rows,
		unknown("slb.s4.large and slb.lcu.elastic", "refused", "they exist, their limits are nowhere", "scenarios.TestErrorsReadAsWritten/clb-undocumented-spec"),
		unknown("How evenly a second's new connections may come", "a tenth of them at once", "no document says"),
		unknown("Packets a second", "no limit", "no document says"),
		inferred("A UDP flow counts as a connection", "", "MaxConnection does not tell protocols apart", "netlab/forward.TestMaxConnectionsCountUDPFlows"),
		documented("Bandwidth of an internal-facing CLB", fmt.Sprintf("%d Gbit/s", cloud.IntranetBandwidth/1_000_000_000), `SLB "Instance bandwidth": in all regions, whatever the specification`, "netlab/lab.TestEndpointAndListenerBandwidth/load balancer"),
		documented("Bandwidth of a listener", v.span("Listener.bandwidth"), "SLB API, CreateLoadBalancerTCPListener", "netlab/lab.TestEndpointAndListenerBandwidth/listener", "netlab/forward.TestListenersHaveBandwidthsOfTheirOwn"),
		documented("One connection's part of a bandwidth that is set", "a third: 4 forwarding groups", "SLB FAQ, peak bandwidth / (N-1)", "netlab/forward.TestBandwidthOfListenersAndLoadBalancers"),
		inferred("What is beyond a CLB's bandwidth", "dropped, each direction for itself", "CloudMonitor counts DropPacketRX and DropTrafficRX", "netlab/forward.TestBandwidthOfListenersAndLoadBalancers"),
		documented("Backends are of the CLB's own VPC", "", `SLB "Add backend servers"`, "scenarios.TestErrorsReadAsWritten/backend-other-vpc", "scenarios.TestErrorsReadAsWritten/add-other-vpc"),
		documented("Weight of a backend", v.span("Server.weight"), "SLB API, AddBackendServers", "netlab/lab.TestWeightsShareTenThousandConnections", "scenarios.TestErrorsReadAsWritten/weight-above-100"),
		documented("Weight 0", "no new connections; open ones stay", "SLB API, SetBackendServers", "netlab/lab.TestWeightsCountForNewConnections", "netlab/lab.TestDrainFailsNoRequest", "cmd/netlab.TestShippedScenariosRun/drain"),
		documented("A backend that is added twice", "an error", "SLB API, AddBackendServers", "netlab/lab.TestWeightsCountForNewConnections", "scenarios.TestErrorsReadAsWritten/backend-twice"),
		documented("A backend that is removed and not there", "no error", "SLB API, RemoveBackendServers", "netlab/lab.TestConnectionDrainEnds"),
		documented("A listener bound to a vServer group ignores the default group; its servers have ports of their own", "", "SLB API, CreateVServerGroup", "netlab/lab.TestVServerGroup"),
		documented("A primary/secondary group: the secondary is unchecked, serves while the primary is unhealthy, and hands back", v.key("MasterSlaveGroup.servers").Range, "SLB API, CreateMasterSlaveServerGroup", "netlab/lab.TestPrimarySecondaryGroup", "scenarios.TestErrorsReadAsWritten/master-slave-one"),
		documented("A listener has one server group", "", "SLB API, CreateLoadBalancerTCPListener", "scenarios.TestErrorsReadAsWritten/listener-both-groups"),
		documented("Names: letters, digits and - / . _", "1–80 characters", "console; the API takes no slash and wants a letter first, which is a warning", "scenarios.TestErrorsReadAsWritten/clb-name-characters", "scenarios.TestErrorsReadAsWritten/clb-name-slash"),
		documented("Metrics by the cloud's names", "ActiveConnection, NewConnection, DropConnection, …", `SLB "Monitoring and alerting metrics"`, "netlab/forward.TestCountersUseTheCloudsNames"),
	)
}

func listeners(v values) []Row {
	return []Row{
		documented("Backends see the client's own address and port", "", `SLB: a layer-4 listener "typically operates in passthrough mode"`, "netlab/forward.TestClientInsideTheVPC", "netlab/lab.TestSecurityGroupOfABackendJudgesClientsOfTheVIP"),
		inferred("Answers of backends go back through the CLB's node", "", "backends see the client's address and yet need no route", "netlab/forward.TestClientInsideTheVPC", "netlab/lab.TestClientsInTheVPCUseTheVIP"),
		documented("Backends need their reverse-path filter off", "it is", "SLB, diagnostics: rp_filter must be 0", "netlab/lab.TestClientsInTheVPCUseTheVIP"),
		unknown("One port of one client, through two CLBs to one backend", "the second connection fails", "the backend can't tell the two apart; follows from passthrough, and no document says"),
		documented("A listener serves as soon as its CLB is created", "", "console; one that the API creates is stopped until StartLoadBalancerListener", "netlab/lab.TestFrankfurtServesThroughItsEndpoint"),
		documented("A backend can't call its own VIP", "no answer", "SLB FAQ", "netlab/lab.TestBackendCannotCallItsOwnVIP", "netlab/forward.TestBackendCannotCallItsOwnVIP"),
		documented("wrr: shares follow the weights", v.fallback("Listener.scheduler")+" is the default", "SLB API, Scheduler", "netlab/forward.TestWeightedRoundRobinIsExact", "netlab/lab.TestWeightsShareTenThousandConnections", "cmd/netlab.TestShippedScenariosRun/schedulers"),
		inferred("wrr: turns are spread out evenly", "", "as LVS and nginx do it", "sim/control.TestWRR", "sim/control.TestWRRSharesAreExactAndSmooth"),
		documented("rr: shares are equal, whatever the weights", "", "SLB API, Scheduler", "netlab/forward.TestRoundRobinIgnoresWeights", "cmd/netlab.TestShippedScenariosRun/schedulers"),
		documented("sch: consistent hash of the source address", "", "SLB API, Scheduler", "netlab/forward.TestSourceHashIgnoresThePort", "cmd/netlab.TestShippedScenariosRun/schedulers"),
		documented("tch: consistent hash of both addresses and ports", "", "SLB API, Scheduler", "netlab/forward.TestConsistentHashingMovesFewFlows/tch", "cmd/netlab.TestShippedScenariosRun/schedulers"),
		inferred("How consistent: of n backends one goes, and its share and at most 5 % move", "Maglev, 4,099 slots", "the algorithm is not named", "netlab/forward.TestConsistentHashingMovesFewFlows", "sim/control.TestMaglevMovesFewFlowsWhenAServerGoes", "sim/control.TestMaglevSharesFollowTheWeights"),
		inferred("Both zones' nodes choose alike with sch and tch", "", "needed where open connections outlive a zone switch", "netlab/forward.TestOpenConnectionsSurviveZoneSwitch"),
		documented("Persistence: a client's address keeps its backend (TCP)", v.span("Listener.persistence_timeout"), "SLB API, PersistenceTimeout", "netlab/forward.TestPersistenceKeepsClientsOnTheirBackend", "netlab/forward.TestPersistenceEnds", "netlab/lab.TestPersistence"),
		inferred("Persistence: every new connection starts the time anew", "", "as LVS does it", "netlab/forward.TestPersistenceEnds"),
		unknown("Persistence across a zone switch", "forgotten", "no document says"),
		documented("An idle TCP connection is reset at both ends", v.span("Listener.established_timeout")+", default "+short(v.listener("tcp", "tcp").EstablishedTimeout), "SLB API, EstablishedTimeout", "netlab/forward.TestIdleConnectionsAreResetAtBothEnds", "netlab/lab.TestIdleConnectionsAreReset"),
		documented("A silent UDP flow is remembered", short(cloud.UDPTimeout), "SLB FAQ", "netlab/forward.TestUDPFlowsAreRememberedAsDocumented"),
		documented("Connection drain: a backend that is removed or unhealthy keeps its open connections, and then they are closed (TCP)", v.span("Listener.connection_drain_timeout")+"; off by default", "SLB API, ConnectionDrain", "netlab/lab.TestConnectionDrainSparesOpenConnections", "netlab/lab.TestConnectionDrainEnds", "netlab/lab.TestDrainFailsNoRequest", "cmd/netlab.TestShippedScenariosRun/drain"),
		inferred("Without drain they are reset at once, at both ends", "", "what drain is there to avoid", "netlab/lab.TestRemovedBackendLosesItsConnections", "netlab/lab.TestFailedCheckEndsItsOwnListenersConnectionsOnly"),
		inferred("A backend that is back before the drain is over keeps its connections", "", "nothing is left to drain", "cmd/netlab.TestShippedScenariosRun/drain"),
		documented("Access control: black and white lists of client addresses", "", "SLB API, AclType", "netlab/forward.TestAccessControlLists", "netlab/lab.TestAccessControl"),
		documented("An empty whitelist", v.span("Profile.empty_whitelist"), "SLB API 2025: forwards all; the console of 2021: forwards none. A knob", "netlab/lab.TestAccessControl/empty white list", "netlab/lab.TestAccessControl/empty white list that refuses"),
		inferred("Behind an endpoint, all clients are one address to lists, sch and persistence", "", "the ENI translates the source", "netlab/lab.TestAccessControl/an endpoint is one address", "netlab/lab.TestPersistence"),
		documented("PROXY protocol version 2 (TCP)", "off by default", "SLB API, ProxyProtocolV2Enabled; HAProxy, proxy-protocol.txt", "netlab/forward.TestProxyProtocolHeader", "netlab/lab.TestProxyProtocolTellsBackendsTheClient"),
		inferred("With it, backends see the node's address in "+cloud.ProviderBlock.String(), "", "the header goes in front of the first byte, which translation can't do", "netlab/forward.TestProxyProtocolHeader"),
		unknown("PROXY protocol over UDP", "refused", "which datagrams carry the header is not documented", "netlab/forward.TestProxyProtocolOverUDPIsRefused"),
		documented("UDP: one flow, one backend", "", `SLB "UDP listeners"`, "netlab/forward.TestUDPListener"),
		documented("TCP and UDP may share a port", "", "SLB, by privilege; Frankfurt has it", "sim/cloud.TestTCPAndUDPShareAPort"),
		unknown("No backend is healthy", "no answer", "not found for CLB", "netlab/forward.TestNoSlotsGiveNoAnswer"),
		unknown("A port without a listener", "no answer", "no document says", "netlab/forward.TestPortWithoutListenerGivesNoAnswer"),
	}
}
