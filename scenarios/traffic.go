package scenarios

import (
	"net/netip"
	"time"

	"netlab/scenarios/protocol"
)

// A Load is traffic whose latency is measured from the intended send time.
type Load struct {
	Name   string `yaml:"name,required" as:"label"`
	From   string `yaml:"from,required" as:"name"` // an instance
	Target Target `yaml:"target,required"`
	// what sends the requests; left out: the first that speaks the target's protocol
	Engine protocol.Engine `yaml:"engine" as:"engine"`
	// at random, evenly, or one after the other's answer
	Arrivals    string        `yaml:"arrivals" default:"poisson" enum:"poisson constant closed"`
	Rate        float64       `yaml:"rate" as:"rate" range:"0/s..10000000/s"`     // none for closed
	Connections int           `yaml:"connections" default:"64" range:"1..100000"` // at most so many at a time
	Timeout     time.Duration `yaml:"timeout" default:"1s" range:"1ms..1h"`       // for a free connection, and then for the answer
	// Of a closed loop: how long a connection waits between an answer and the next request.
	ThinkTime time.Duration `yaml:"think_time" range:"0s..1h"`
	// A connection of its own for every request.
	FreshConnections bool `yaml:"fresh_connections" default:"false"`
	// Of a target with TLS: take any certificate, as curl -k does.
	Insecure bool `yaml:"insecure" default:"false"`
}

// A Probe opens a fresh connection each time, to find outages.
type Probe struct {
	Name    string        `yaml:"name,required" as:"label"`
	From    string        `yaml:"from,required" as:"name"` // an instance
	Target  Target        `yaml:"target,required"`
	Rate    float64       `yaml:"rate" as:"rate" default:"1000/s" range:"0/s..10000000/s"`
	Timeout time.Duration `yaml:"timeout" default:"500ms" range:"1ms..1h"` // below the 1 s after which TCP sends a lost SYN again
}

// A Target is a parsed target URL.
type Target struct {
	Scheme string     // of a protocol, see package protocol
	Host   string     // an endpoint, an instance, a load balancer, or a literal address
	Zone   string     // endpoint@zone: the zone domain instead of the endpoint's
	ENI    bool       // endpoint@zone#eni: the ENI's address instead of a domain
	Addr   netip.Addr // for a literal address
	Port   uint16
	Path   string
}
