// Package scenarios reads scenario files: the one YAML document that says everything about a
// drill. Decode gives a Scenario with every default filled in, or every error and warning at
// once, each with file:line:col, the YAML path, what is wrong and what to write instead.
//
// The package knows the language, not the cloud: what a name refers to and whether the cloud
// would allow it is sim/cloud's business.
package scenarios

import (
	"net/netip"
	"time"
)

// A Scenario is one decoded file, defaults filled in. Slices keep the order of the file.
type Scenario struct {
	Version     int
	Name        string
	Description string
	Seed        uint64
	TimeScale   float64 // control-plane times are divided by this; 1 is the documented speed
	Cloud       Cloud
	Links       Links
	Services    []Service
	Procedure   []Step // empty: create everything, accept every connection
	Load        []Load
	Probes      []Probe
	Run         Run
	Timeline    []Entry
	Expect      []string

	Source *Source // where each value stands in the file
}

// Links says what the wires are like.
type Links struct {
	InterZone Impairment // between two zones, one way
}

// An Impairment is what a link does to packets, one way.
type Impairment struct {
	Delay time.Duration
}

// A Service is what an instance can run: exactly one of the fields after Name is set.
type Service struct {
	Name string
	HTTP *HTTPService
	Exec *ExecService
}

// HTTPService is the built-in HTTP server.
type HTTPService struct {
	Port         uint16
	ResponseSize int // bytes
}

// ExecService is any program, started inside the instance.
type ExecService struct {
	Command []string
	Ready   Ready
}

// Ready says when an exec'd program counts as started.
type Ready struct {
	TCP uint16 // the port that must accept a connection
}

// A Step is one control-plane call of the procedure: exactly one of the fields is set.
type Step struct {
	Create string // a load balancer, endpoint service or endpoint
	Accept string // an endpoint
	Reject string // an endpoint
	Expect *ExpectStep
}

// An ExpectStep waits for nothing: it states what must hold at this point of the procedure.
type ExpectStep struct {
	Endpoint         string
	ConnectionStatus string
}

// A Load is traffic whose latency is measured from the intended send time.
type Load struct {
	Name        string
	From        string // an instance
	Target      Target
	Arrivals    string  // poisson | constant | closed
	Rate        float64 // per second; 0 for closed
	Connections int
	Timeout     time.Duration
}

// A Probe opens a fresh connection each time, to find outages.
type Probe struct {
	Name    string
	From    string
	Target  Target
	Rate    float64
	Timeout time.Duration
}

// A Target is a parsed target URL.
type Target struct {
	Scheme string     // http | https | tcp | udp | bulk+tcp
	Host   string     // an endpoint, an instance, a load balancer, or a literal address
	Zone   string     // endpoint@zone: the zone domain instead of the endpoint's
	ENI    bool       // endpoint@zone#eni: the ENI's address instead of a domain
	Addr   netip.Addr // for a literal address
	Port   uint16
	Path   string
}

// Run says how long the measured part is.
type Run struct {
	WarmUp   time.Duration
	Duration time.Duration
}

// An Entry is one line of the timeline: a verb at a time after the end of warm-up.
type Entry struct {
	Name string
	At   time.Duration
	For  time.Duration // healed after that; 0: stays
	Fail *Fail
}

// A Fail says what dies: exactly one of Zone (alone), CLBCluster (with Zone) and Instance (with
// Mode) is set.
type Fail struct {
	Zone       string
	CLBCluster string
	Instance   string
	Mode       string // crash | hang | refuse
}

// Cloud is the scenario's cloud section as written, names unresolved.
type Cloud struct {
	Provider         string
	Region           string
	VPCs             []VPC
	SecurityGroups   []SecurityGroup
	Instances        []Instance
	LoadBalancers    []LoadBalancer
	EndpointServices []EndpointService
	Endpoints        []Endpoint
}
