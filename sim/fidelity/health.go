package fidelity

import (
	"fmt"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

func healthChecks(v values) []Row {
	tcp, udp, http := v.listener("tcp", "tcp").HealthCheck, v.listener("udp", "udp").HealthCheck, v.listener("tcp", "http").HealthCheck
	defaults := func(h cloud.HealthCheck) string {
		return fmt.Sprintf("interval %s, timeout %s, thresholds %d and %d", h.Interval, h.Timeout, h.HealthyThreshold, h.UnhealthyThreshold)
	}
	return []Row{
		documented("Defaults, TCP and HTTP", defaults(tcp), "SLB API; Terraform slb_listener", "sim/control.TestHealthWindowsOfTheDocuments",
			"cmd/netlab.TestDeadBackendIsFoundByHealthChecks"),
		documented("Defaults, UDP", defaults(udp), "console documents; Terraform gives 2 s and 5 s",
			"sim/control.TestHealthWindowsOfTheDocuments"),
		documented("Interval", v.span("Listener.health_check_interval"), "SLB API", "scenarios.TestErrorsReadAsWritten/health-interval-range"),
		documented("Timeout", v.span("Listener.health_check_timeout"), "SLB API", "scenarios.TestErrorsReadAsWritten/health-timeout-range"),
		documented("Thresholds", v.span("Listener.healthy_threshold"), "SLB API", "scenarios.TestErrorsReadAsWritten/health-threshold-range"),
		documented("A dead backend whose port refuses is found after", window(control.FailWindow(tcp, 0)),
			`SLB "Health check overview": timeout × U + interval × (U − 1)`, "sim/control.TestHealthFindsADeathWithinItsWindow",
			"cmd/netlab.TestDeadBackendIsFoundByHealthChecks"),
		documented("One that swallows packets is found after", window(control.FailWindow(tcp, tcp.Timeout)), `SLB "Health check overview"`,
			"sim/control.TestHealthFindsADeathWithinItsWindow", "cmd/netlab.TestDeadBackendIsFoundByHealthChecks"),
		documented("One that is back is found after", window(control.ReturnWindow(tcp, 0)), `SLB "Health check overview": interval × (H − 1)`,
			"sim/control.TestHealthFindsADeathWithinItsWindow"),
		inferred("Up to an interval of that is the wait for the first failing probe", "", "the documents count from that probe",
			"sim/control.TestHealthWindowIsTight"),
		inferred("Probes are serial: the interval counts from the answer or the timeout of the last one", "",
			"with interval 2 s and timeout 5 s they would overlap", "sim/control.TestHealthWindowIsTight"),
		documented("A status changes after a threshold of equal results in a row", "", `SLB "Health check overview"`,
			"sim/control.TestHealthNeverFlapsWithinAThreshold"),
		documented("A timeout below the interval counts as the interval", "", "Terraform slb_listener",
			"sim/control.TestHealthTakesAShortTimeoutAsTheInterval", "scenarios.TestErrorsReadAsWritten/health-http-timeout"),
		documented("Statuses", fmt.Sprintf("%s, %s, %s", cloud.Normal, cloud.Abnormal, cloud.Unavailable), "SLB API, DescribeHealthStatus",
			"sim/control.TestHealthStartsUnavailable"),
		documented("A backend of weight 0 is reported normal", "", `SLB "FAQ about health checks"`,
			"sim/control.TestHealthOfADrainedServerIsNormal"),
		inferred("Its probes go on", "", "so that its true status is known when the weight returns",
			"sim/control.TestHealthOfADrainedServerIsNormal"),
		inferred("A node that comes up has every backend unavailable until its check has finished", "", "unavailable stands for: not finished",
			"sim/control.TestAClusterThatComesUpChecksAfresh"),
		documented("An abnormal backend gets no new connections", "", `SLB "Health check overview"`,
			"netlab/lab.TestDeadBackendLeavesTheSlotTable"),
		documented("Every node checks on its own, from "+cloud.ProviderBlock.String(), "one node a zone", `SLB "Health check overview"`,
			"netlab/lab.TestTCPHealthCheckOnTheWire"),
		documented("TCP, on the wire: SYN, SYN+ACK, ACK, RST", "", `SLB "Health check overview"`, "netlab/lab.TestTCPHealthCheckOnTheWire"),
		documented("HTTP checks of a TCP listener", fmt.Sprintf("%s %s, User-Agent KeepAliveClient", http.Method, http.URI), "SLB API",
			"netlab/lab.TestHTTPHealthCheck"),
		documented("HTTP codes that count as health", fmt.Sprintf("default %s", http.Codes[0]), "SLB API; the console takes http_3xx too",
			"netlab/lab.TestHTTPHealthCheck"),
		documented("HTTP check: URI and domain", v.key("Listener.health_check_uri").Range+", "+v.key("Listener.health_check_domain").Range,
			"SLB API", "netlab/lab.TestHTTPHealthCheck", "scenarios.TestErrorsReadAsWritten/health-uri-without-slash"),
		documented("UDP: ICMP port unreachable is death, silence is health", "", `SLB "UDP health checks"`,
			"netlab/lab.TestUDPHealthCheck/silence is health", "cmd/netlab.TestShippedScenariosRun/udp"),
		documented("UDP: with a request and an answer given, the answer must match", v.key("Listener.health_check_exp").Range, "SLB API",
			"netlab/lab.TestUDPHealthCheck/an answer is awaited", "cmd/netlab.TestShippedScenariosRun/udp"),
		documented("UDP: a dead backend that sends few ICMP messages is taken for healthy", "Linux: one a second",
			`SLB "FAQ about health checks"`, "netlab/lab.TestUDPHealthCheckIsFooledByTooFewICMPMessages"),
		documented("The check's port", "the backend's own", "SLB API; Terraform", "netlab/lab.TestFailedCheckEndsItsOwnListenersConnectionsOnly"),
		documented("Checks of TCP and UDP listeners can't be switched off", "", "SLB FAQ; Terraform",
			"scenarios.TestErrorsReadAsWritten/health-off-on-tcp"),
	}
}

func zones(v values) []Row {
	failover := control.NewFailover(0, v.LoadBalancers[0], v.Profile)
	return []Row{
		documented("Traffic moves only when the whole primary cluster is down", "", `SLB "High availability"`,
			"netlab/lab.TestClusterOutageMovesToTheBackupZoneAndBack", "sim/control.TestFailoverUnderAnyOutages",
			"cmd/netlab.TestShippedScenariosRun/frankfurt"),
		{"That takes", v.Profile.FailoverTime.String(), v.label("FailoverTime"), `SLB "High availability": about 30 s; "within 30 seconds"`,
			[]string{"sim/control.TestFailoverTakesFailoverTime", "cmd/netlab.TestRunFailsOverAndBack"}},
		documented("Traffic returns by itself when the primary recovers", "", `SLB "High availability"`,
			"netlab/lab.TestClusterOutageMovesToTheBackupZoneAndBack", "cmd/netlab.TestRunFailsOverAndBack"),
		{"After the primary answered for", v.Profile.FailbackTime.String(), v.label("FailbackTime"),
			"chosen equal to the failover time: a node that flaps faster never serves in between",
			[]string{"sim/control.TestFailoverOfTheFrankfurtDrill"}},
		unknown("A recovered primary serves only once its health checks have finished", "", "netlab's choice: it has backends then",
			"sim/control.TestFailoverWaitsForReadinessBeforeTheFailback"),
		unknown("How the cloud watches its clusters",
			fmt.Sprintf("a heartbeat every %s, from the backup zone; three may go missing", failover.Heartbeat()), "no document says",
			"sim/control.TestFailoverBearsLostHeartbeats"),
		unknown("A watcher that hears nobody", "moves nothing", "it may itself be cut off",
			"sim/control.TestFailoverOfACutOffMonitorMovesNothing"),
		documented("A CLB in a single zone never moves", "", `SLB "High availability"`, "sim/control.TestFailoverOfASingleZoneNeverMoves"),
		inferred("The VIP is the same in both zones", "", "one address per instance in the API, and no DNS step",
			"netlab/lab.TestClusterOutageMovesToTheBackupZoneAndBack"),
		documented("When only the CLB's cluster fails, the backup still sends to backends of both zones", "", `SLB "High availability"`,
			"cmd/netlab.TestShippedScenariosRun/frankfurt"),
		documented("When a whole zone fails, everything in it is down", "", `SLB "High availability"`, "cmd/netlab.TestNothingSurvivesZoneB",
			"cmd/netlab.TestZoneASurvivesZoneB", "cmd/netlab.TestShippedScenariosRun/frankfurt-multizone"),
		unknown("Open connections at a zone switch",
			"they go on where both nodes choose the same backend (sch, tch), else the new backend resets them",
			"documents describe synchronisation within a cluster only", "netlab/forward.TestOpenConnectionsSurviveZoneSwitch",
			"netlab/forward.TestTakeover"),
		documented("The backup zone is another zone than the primary", "", "SLB API, CreateLoadBalancer",
			"scenarios.TestErrorsReadAsWritten/clb-same-zones"),
	}
}
