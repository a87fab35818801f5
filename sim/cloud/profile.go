package cloud

import (
	"net/netip"
	"time"

	"netlab/scenarios"
)

// A Profile holds the provider's control-plane constants, at their documented speed.
type Profile struct {
	Name string
	// FailoverTime is how long a dead primary cluster goes unanswered before the backup zone
	// serves (documented: about 30 s, "within 30 seconds").
	FailoverTime time.Duration
	// FailbackTime is how long a recovered primary answers before it serves again (unknown:
	// the documents only say that it happens by itself).
	FailbackTime time.Duration
	// TransitionTime is how long a PrivateLink resource stays in a transitional state
	// (unknown: operations are documented as asynchronous, without a duration).
	TransitionTime time.Duration
	Resolver       netip.Addr // the VPC's DNS server (documented: Terraform DHCP options set)
	// RefuseOnEmptyWhitelist: a whitelist without entries lets nobody in. The API says that it
	// lets everybody in, the console of 2021 that it does not.
	RefuseOnEmptyWhitelist bool
	// ResetOnExceed answers new connections beyond a specification's limits with a reset
	// (documented: they are dropped).
	ResetOnExceed bool
}

// A Fidelity says how well a behaviour of the emulated cloud is known.
type Fidelity string

const (
	Documented Fidelity = "documented" // a source says so
	Inferred   Fidelity = "inferred"   // follows from what sources say
	Unknown    Fidelity = "unknown"    // no source reached; netlab chose
)

// alibaba is Alibaba Cloud. The failback time is chosen equal to the failover time, so that a
// node which flaps faster than it is declared dead never serves in between; the transition time
// is chosen short, because nothing is measured during the procedure.
func alibaba() Profile {
	return Profile{
		Name:           "alibaba-clb",
		FailoverTime:   30 * time.Second,
		FailbackTime:   30 * time.Second,
		TransitionTime: 2 * time.Second,
		Resolver:       netip.AddrFrom4([4]byte{100, 100, 2, 136}),
	}
}

// profile is the provider's, with what the scenario replaces.
func profile(in scenarios.Profile) Profile {
	p := alibaba()
	if (in == scenarios.Profile{}) {
		return p // a scenario that was not decoded
	}
	p.FailoverTime, p.FailbackTime, p.TransitionTime = in.FailoverTime, in.FailbackTime, in.TransitionTime
	p.RefuseOnEmptyWhitelist, p.ResetOnExceed = in.EmptyWhitelist == "refuse", in.Exceed == "reset"
	return p
}

// Label says how well a constant of the profile is known, by the name of its field.
func (p Profile) Label(field string) Fidelity {
	switch field {
	case "FailoverTime", "Resolver":
		return Documented
	}
	return Unknown
}
