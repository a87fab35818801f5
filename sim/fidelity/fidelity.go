// Package fidelity says of every behaviour of the emulated cloud what it is, how well it is known,
// who says so, and which test shows it. docs/fidelity.md is made of it:
//
//	go generate ./sim/fidelity
//
// Values are asked of the code that has them, and a test of this package holds the rest to its
// word: the document is current, every test that a row names is in the tree, and only what is
// unknown may go without one.
package fidelity

//go:generate go test . -run TestDocument -update

import "netlab/sim/cloud"

// A Row is one behaviour.
type Row struct {
	Behaviour string
	Value     string // "" where the behaviour says it all
	Label     cloud.Fidelity
	Source    string // of what is documented; why, of what is inferred or chosen
	// Tests that show it: "package.TestName", or "package.TestName/case" where the case is a file
	// of testdata, a shipped scenario, or a string of the test's source.
	Tests []string
}

// A Section is a part of the cloud.
type Section struct {
	Title string
	Rows  []Row
}

// Sections is everything that there is to say.
func Sections() []Section {
	v := readValues()
	return []Section{
		{"VPC and vSwitch", networks(v)},
		{"Security groups", securityGroups(v)},
		{"CLB: specification and servers", loadBalancers(v)},
		{"CLB: listeners", listeners(v)},
		{"CLB: health checks", healthChecks(v)},
		{"CLB: primary and backup zone", zones(v)},
		{"PrivateLink: control plane", privateLink(v)},
		{"PrivateLink: data plane", privateLinkPath(v)},
		{"Names", names(v)},
		{"Quotas", quotas()},
	}
}

func documented(behaviour, value, source string, tests ...string) Row {
	return Row{behaviour, value, cloud.Documented, source, tests}
}

func inferred(behaviour, value, why string, tests ...string) Row {
	return Row{behaviour, value, cloud.Inferred, why, tests}
}

func unknown(behaviour, value, why string, tests ...string) Row {
	return Row{behaviour, value, cloud.Unknown, why, tests}
}
