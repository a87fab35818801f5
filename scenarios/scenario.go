// Package scenarios reads scenario files: the one YAML document that says everything about a
// drill. Decode gives a Scenario with every default filled in, or every error and warning at
// once, each with file:line:col, the YAML path, what is wrong and what to write instead.
//
// The package knows the language, not the cloud: what a name refers to and whether the cloud
// would allow it is sim/cloud's business.
//
// The Go types are the language. A field's yaml tag is its key; further tags give the rule that
// a value must keep:
//
//	default  the value, in YAML, of a key that was left out; without it (and without
//	         ",required") the key is optional and has no value
//	as       how a string or number is written: name, label, zone, rate, ratio, size, version
//	enum     the allowed words
//	range    the allowed numbers, lowest..highest
//	length   the allowed number of characters, lowest..highest
//	forms    on a blank field: which keys go together; one form must fit
//	planned  keys or words that the language documents and netlab cannot run yet
package scenarios

import "time"

// A Scenario is one decoded file, defaults filled in. Slices keep the order of the file.
type Scenario struct {
	Version     int       `yaml:"netlab,required" range:"1..1"`
	Name        string    `yaml:"name,required" as:"name"`
	Description string    `yaml:"description"`
	Seed        uint64    `yaml:"seed" default:"1"`
	TimeScale   float64   `yaml:"time_scale" default:"1" range:"1..1000"` // control-plane times are divided by this; 1 is the documented speed
	Cloud       Cloud     `yaml:"cloud,required"`
	Links       Links     `yaml:"links"`
	Services    []Service `yaml:"services,keyed"`
	Procedure   []Step    `yaml:"procedure"` // empty: create everything, accept every connection
	Load        []Load    `yaml:"load"`
	Probes      []Probe   `yaml:"probes"`
	Run         Run       `yaml:"run,required"`
	Timeline    []Entry   `yaml:"timeline"`
	Expect      []string  `yaml:"expect"`

	Source *Source `yaml:"-"` // where each value stands in the file
}

// Links says what the wires are like.
type Links struct {
	InterZone Impairment `yaml:"inter_zone"` // between two zones, one way
}

// An Impairment is what a link does to packets, one way.
type Impairment struct {
	_     struct{}      `planned:"jitter distribution correlation loss burst_loss duplicate reorder corrupt rate queue mtu symmetric"`
	Delay time.Duration `yaml:"delay"`
}

// A Service is what an instance can run: exactly one of the fields after Name is set.
type Service struct {
	_    struct{}     `forms:"http; exec [ready]"`
	Name string       `yaml:"-"`
	HTTP *HTTPService `yaml:"http"`
	Exec *ExecService `yaml:",inline"`
}

// HTTPService is the built-in HTTP server.
type HTTPService struct {
	Port         uint16 `yaml:"port" default:"80"`
	ResponseSize int    `yaml:"response_size" as:"size" default:"128B"` // bytes
}

// ExecService is any program, started inside the instance.
type ExecService struct {
	Command []string `yaml:"exec"`
	Ready   Ready    `yaml:"ready"`
}

// Ready says when an exec'd program counts as started.
type Ready struct {
	TCP uint16 `yaml:"tcp,required"` // the port that must accept a connection
}

// A Step is one control-plane call of the procedure: exactly one of the fields is set.
type Step struct {
	_      struct{}    `forms:"create; accept; reject; expect"`
	Create string      `yaml:"create" as:"name"` // a load balancer, endpoint service or endpoint
	Accept string      `yaml:"accept" as:"name"` // an endpoint
	Reject string      `yaml:"reject" as:"name"` // an endpoint
	Expect *ExpectStep `yaml:"expect"`
}

// An ExpectStep waits for nothing: it states what must hold at this point of the procedure.
type ExpectStep struct {
	Endpoint         string `yaml:"endpoint,required" as:"name"`
	ConnectionStatus string `yaml:"connection_status,required" enum:"Pending Connecting Connected Disconnecting Disconnected Deleting ServiceDeleted"`
}

// Run says how long the measured part is.
type Run struct {
	WarmUp   time.Duration `yaml:"warm_up" default:"2s"`
	Duration time.Duration `yaml:"duration,required"`
}

// An Entry is one line of the timeline: a verb at a time after the end of warm-up.
type Entry struct {
	_    struct{}      `forms:"fail" planned:"flap partition degrade set remove add reject accept revoke authorize load"`
	Name string        `yaml:"name,required" as:"label"`
	At   time.Duration `yaml:"at,required"`
	For  time.Duration `yaml:"for"` // healed after that; 0: stays
	Fail *Fail         `yaml:"fail"`
}

// A Fail says what dies: exactly one of Zone (alone), CLBCluster (with Zone) and Instance (with
// Mode) is set.
type Fail struct {
	_          struct{} `forms:"zone; clb_cluster zone; instance [mode]" planned:"link"`
	Zone       string   `yaml:"zone" as:"zone"`
	CLBCluster string   `yaml:"clb_cluster" as:"name"`
	Instance   string   `yaml:"instance" as:"name"`
	Mode       string   `yaml:"mode" enum:"crash hang refuse"` // of an instance; left out: crash
}
