package fidelity

import (
	"fmt"

	"netlab/sim/cloud"
)

func networks(v values) []Row {
	return []Row{
		documented("A VPC's block has a mask of so many bits", "8–28", "VPC API, CreateVpc",
			"scenarios.TestErrorsReadAsWritten/vpc-mask-too-long"),
		documented("A block has no host bits set", "", "VPC API, CreateVpc and CreateVSwitch", "scenarios.TestErrorsReadAsWritten/vpc-host-bits",
			"scenarios.TestErrorsReadAsWritten/vswitch-host-bits"),
		documented("Blocks that neither a VPC nor a vSwitch may use", cloud.ProviderBlock.String()+", 224.0.0.0/4, 127.0.0.0/8, 169.254.0.0/16",
			"VPC API, CreateVpc", "scenarios.TestErrorsReadAsWritten/vpc-multicast"),
		documented("Blocks of two VPCs may overlap; a warning says so", "",
			`PrivateLink "Getting started": resolves IP address conflicts (an older tutorial forbids it)`,
			"scenarios.TestErrorsReadAsWritten/vpc-overlap", "netlab/forward.TestConsumerAndProviderMayOverlap"),
		documented("VPCs reach each other through endpoints only", "", "VPC overview", "cmd/netlab.TestRunFailsOverAndBack",
			"netlab/forward.TestConsumerReachesNothingBehindTheENI"),
		documented("A vSwitch's block has a mask of so many bits", "16–29", "VPC API, CreateVSwitch",
			"scenarios.TestErrorsReadAsWritten/vswitch-mask"),
		documented("A vSwitch's block lies inside its VPC's", "", "VPC API, CreateVSwitch", "scenarios.TestErrorsReadAsWritten/vswitch-outside"),
		documented("vSwitches of one VPC do not overlap", "", "VPC API, CreateVSwitch", "scenarios.TestErrorsReadAsWritten/vswitch-overlap"),
		documented("A vSwitch's first and last three addresses are the provider's", "", "VPC API, CreateVSwitch",
			"scenarios.TestErrorsReadAsWritten/instance-reserved-first", "scenarios.TestErrorsReadAsWritten/instance-reserved-last",
			"scenarios.TestErrorsReadAsWritten/clb-address-reserved"),
		unknown("Which of them is the gateway", "none: routers have no address in a vSwitch", "no document says"),
		unknown("An address that is left out", "the lowest free one", "netlab's choice", "sim/cloud.TestAssignedAddressesKeepOutOfTheWay"),
		documented("Hosts see no broadcast and no ARP: links are routed", "", "VPC: no multicast or broadcast",
			"netlab/kernel.TestPacketsCrossRoutedLinks"),
		documented("MTU", "1500", `ECS "Set the MTU size": 1500, jumbo frames do not pass an SLB; PrivateLink's own is unknown`,
			"cmd/netlab.TestConstantsOfTheFidelityDocument"),
		unknown("Delay between zones", "what links.inter_zone says", "no document gives any"),
		documented("A zone belongs to the scenario's region", "", "VPC API, DescribeZones",
			"scenarios.TestErrorsReadAsWritten/zone-other-region"),
	}
}

func securityGroups(v values) []Row {
	return []Row{
		documented("Basic group without a matching rule", "in: drop, out: accept", `ECS "Security groups: overview"`,
			"sim/cloud.TestAdmitsWithoutAMatchingRule", "netlab/lab.TestSecurityGroupOfABackend"),
		documented("Advanced group without a matching rule", "in: drop, out: drop", `ECS "Advanced security groups"`,
			"sim/cloud.TestAdmitsWithoutAMatchingRule", "netlab/lab.TestEnterpriseGroupDeniesEgress"),
		documented("Priority: the lowest number decides", v.span("SecurityGroupRule.priority"), "ECS API, AuthorizeSecurityGroup",
			"sim/cloud.TestAdmits", "netlab/forward.TestSecurityGroups/lower number wins: drop"),
		documented("At the same priority drop wins", "", "ECS API, AuthorizeSecurityGroup", "sim/cloud.TestAdmits",
			"netlab/forward.TestSecurityGroups/drop wins ties", "cmd/netlab.TestShippedScenariosRun/security-group"),
		documented("Drop is silent: a timeout, no reset", "", `ECS "Security groups: overview"`, "netlab/lab.TestSecurityGroupOfABackend",
			"cmd/netlab.TestShippedScenariosRun/security-group"),
		documented("Rules of all groups of an interface count together", "", `ECS "Security groups: overview"`,
			"netlab/forward.TestSecurityGroups/groups are read as one", "netlab/forward.TestFirewallAgreesWithTheModel"),
		documented("Groups are stateful: what is open survives a change of rules", "", `ECS "Security groups: overview"`,
			"netlab/forward.TestSecurityGroupsAreStateful", "cmd/netlab.TestShippedScenariosRun/security-group"),
		documented("A silent session is remembered", cloud.SessionTimeout.String(), `ECS "Security groups": at most 910 s`,
			"netlab/forward.TestSecurityGroupsRememberSessionsAsDocumented"),
		unknown("A packet of a session that an instance's group has forgotten", "judged as if it opened one", "no document says"),
		documented("Members of a basic group reach each other unless inner_access_policy is Drop", "",
			"ECS API, ModifySecurityGroupPolicy: Accept beats all rules",
			"netlab/lab.TestMembersOfAGroup/members of a basic group reach each other",
			"netlab/lab.TestMembersOfAGroup/not when its inner access is off"),
		documented("Members of an advanced group are isolated, always", "", `ECS "Advanced security groups"`,
			"netlab/lab.TestMembersOfAGroup/members of an enterprise group do not", "scenarios.TestErrorsReadAsWritten/group-inner-access"),
		documented("A group as a rule's source: basic groups only", "", `ECS "Advanced security groups"`,
			"netlab/lab.TestMembersOfAGroup/a group as a source", "scenarios.TestErrorsReadAsWritten/rule-source-of-enterprise"),
		documented("Groups of one interface are of one type", "", "ECS limits; PrivateLink API, SecurityGroupTypeOnlySingleTypeSupporteded",
			"scenarios.TestErrorsReadAsWritten/group-types-mixed"),
		documented("Health checks pass without a rule", fmt.Sprintf("sources in %s", cloud.ProviderBlock), `SLB "Health check overview"`,
			"netlab/lab.TestSecurityGroupOfABackend"),
		inferred("PrivateLink's clients pass a backend's group without a rule", "", "they come from the provider's own block",
			"netlab/lab.TestSecurityGroupOfABackend"),
		documented("A group on an endpoint's ENI judges clients of the VPC", "", "PrivateLink, tutorial: rules must allow access from clients",
			"netlab/forward.TestSecurityGroups", "cmd/netlab.TestShippedScenariosRun/security-group"),
		unknown("Rules that an ENI has of its own", "none", "no document names any", "netlab/forward.TestSecurityGroups/no group"),
		unknown("An instance without a group", "open to everything", "in the cloud there is none; netlab leaves the choice",
			"netlab/lab.TestClientsInTheVPCUseTheVIP"),
	}
}
