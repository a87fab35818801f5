package event

import "netlab/sim/cloud"

// BuildBegun: a lab is being built.
type BuildBegun struct {
	Scenario string `json:"scenario"`
}

// BuildHost: a host's namespace, NICs and routes are up.
type BuildHost struct {
	Host string     `json:"host"`
	Zone cloud.Zone `json:"zone,omitempty"`
}

// BuildDone: everything that the topology names exists.
type BuildDone struct {
	Namespaces int     `json:"namespaces"`
	Links      int     `json:"links"`
	TookMS     float64 `json:"took_ms"`
}

// BuildRemoved: nothing of the lab is left.
type BuildRemoved struct {
	TookMS float64 `json:"took_ms"`
}

func (BuildBegun) Kind() Kind   { return "build.begun" }
func (BuildHost) Kind() Kind    { return "build.host" }
func (BuildDone) Kind() Kind    { return "build.done" }
func (BuildRemoved) Kind() Kind { return "build.removed" }
