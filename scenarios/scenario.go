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
//	as       how a string or number is written: name, zone, rate, ratio, size, bandwidth, …
//	enum     the allowed words (as:"engine" has those of package protocol)
//	range    the allowed numbers, lowest..highest
//	length   the allowed number of characters, lowest..highest
//	items    the allowed number of a list's items, lowest..highest
//	forms    on a blank field: which keys go together; one form must fit
//
// What the language can say and netlab cannot do yet is no matter of this package: see
// cloud.NotEmulated.
package scenarios

import "time"

// A Scenario is one decoded file, defaults filled in. Slices keep the order of the file.
type Scenario struct {
	Version     int       `yaml:"netlab,required" range:"1..1"`           // version of the language
	Name        string    `yaml:"name,required" as:"name"`                // of the run and its folder
	Description string    `yaml:"description"`                            // what the drill is about, for the report
	Seed        uint64    `yaml:"seed" default:"1"`                       // decides arrivals, hashes and impairments
	TimeScale   float64   `yaml:"time_scale" default:"1" range:"1..1000"` // control-plane times are divided by this; 1 is the documented speed
	Cloud       Cloud     `yaml:"cloud,required"`
	Links       Links     `yaml:"links"`
	Services    []Service `yaml:"services,keyed"`           // what instances can run
	Procedure   []Step    `yaml:"procedure"`                // empty: create everything, accept every connection
	Load        []Load    `yaml:"load" items:"0..1000"`     // traffic whose latency counts
	Probes      []Probe   `yaml:"probes" items:"0..1000"`   // fresh connections that look for outages
	Run         Run       `yaml:"run,required"`             // how long
	Timeline    []Entry   `yaml:"timeline" items:"0..1000"` // what happens while it runs
	Expect      []string  `yaml:"expect" items:"0..1000"`   // what must come of it

	Source *Source `yaml:"-"` // where each value stands in the file
}

// A Service is what an instance can run: exactly one of the fields after Name is set.
type Service struct {
	_       struct{}      `forms:"http; https; tcp_echo; udp_echo; bulk; exec [ready] [user]"`
	Name    string        `yaml:"-"`
	HTTP    *HTTPService  `yaml:"http"`     // answers requests, and says which instance does
	HTTPS   *HTTPSService `yaml:"https"`    // the same over TLS, HTTP/1.1 and HTTP/2
	TCPEcho *EchoService  `yaml:"tcp_echo"` // sends back what it gets
	UDPEcho *EchoService  `yaml:"udp_echo"` // sends back what it gets
	Bulk    *EchoService  `yaml:"bulk"`     // sends and swallows as many bytes as the path takes
	Exec    *ExecService  `yaml:",inline"`
}

// EchoService is one of the built-in servers that have nothing but a port.
type EchoService struct {
	Port uint16 `yaml:"port,required"`
}

// HTTPService is the built-in HTTP server.
type HTTPService struct {
	Port         uint16 `yaml:"port" default:"80"`
	ResponseSize int    `yaml:"response_size" as:"size" default:"128B"` // bytes
}

// HTTPSService is the built-in HTTPS server. Its certificate is signed by the lab's own authority,
// which loads of the scenario trust.
type HTTPSService struct {
	Port         uint16 `yaml:"port" default:"443"`
	ResponseSize int    `yaml:"response_size" as:"size" default:"128B"` // bytes
}

// ExecService is any program, started inside the instance.
type ExecService struct {
	Command []string `yaml:"exec"`  // a program and its arguments
	Ready   Ready    `yaml:"ready"` // left out: ready at once
	// Who it is outside of its instance, to this machine's files: who asked for the lab (under sudo, who called it), or root, which
	// takes --allow-root-exec as well.
	User string `yaml:"user" default:"invoker" enum:"invoker root"`
}

// Root says whether the program is to be root outside of its instance.
func (e *ExecService) Root() bool { return e.User == "root" }

// Ready says when an exec'd program counts as started.
type Ready struct {
	TCP uint16 `yaml:"tcp,required"` // the port that must accept a connection
}

// A Step is one control-plane call of the procedure: exactly one of the fields is set.
type Step struct {
	_      struct{}    `forms:"create; allow; accept; reject; expect"`
	Create string      `yaml:"create" as:"name"` // a load balancer, endpoint service or endpoint
	Allow  *AllowStep  `yaml:"allow"`            // an account to see an endpoint service
	Accept string      `yaml:"accept" as:"name"` // an endpoint
	Reject string      `yaml:"reject" as:"name"` // an endpoint
	Expect *ExpectStep `yaml:"expect"`           // what must hold at this point
}

// An AllowStep puts an account on an endpoint service's whitelist.
type AllowStep struct {
	Service string `yaml:"service,required" as:"name"`
	Account string `yaml:"account,required" as:"name"`
}

// An ExpectStep waits for nothing: it states what must hold at this point of the procedure.
type ExpectStep struct {
	_                struct{} `forms:"endpoint connection_status; create error"`
	Endpoint         string   `yaml:"endpoint" as:"name"`
	ConnectionStatus string   `yaml:"connection_status" enum:"Pending Connecting Connected Disconnecting Disconnected Deleting ServiceDeleted"`
	Create           string   `yaml:"create" as:"name"` // an endpoint that can't be created yet
	Error            string   `yaml:"error" enum:"EndpointServiceNotFound EndpointServiceNotAuthorized"`
}

// Run says how long the measured part is.
type Run struct {
	WarmUp   time.Duration `yaml:"warm_up" default:"2s" range:"0s..24h"` // driven, not measured
	Duration time.Duration `yaml:"duration,required" range:"100ms..24h"` // the measured part
}
