package scenarios

import "time"

// An Entry is one line of the timeline: a verb at a time after the end of warm-up. Exactly one of
// the verbs is set.
type Entry struct {
	_         struct{}      `forms:"fail; flap; partition; degrade; set; remove; add; reject; accept; disable; enable; replace"`
	_         struct{}      `forms:"revoke; authorize; load"`
	Name      string        `yaml:"name,required" as:"label"`
	At        time.Duration `yaml:"at,required"`                        // from the end of the warm-up
	For       time.Duration `yaml:"for"`                                // healed after that; 0: stays
	Fail      *Fail         `yaml:"fail"`                               // something dies
	Flap      *Flap         `yaml:"flap"`                               // a link goes down and up
	Partition [][]string    `yaml:"partition" as:"host" items:"2..100"` // groups of hosts that can't reach each other
	Degrade   *Degrade      `yaml:"degrade"`                            // links get worse
	Set       *ServerWeight `yaml:"set"`                                // the weight of a backend
	Remove    *ServerChange `yaml:"remove"`                             // a backend from its server group
	Add       *ServerWeight `yaml:"add"`                                // a backend to a server group
	Reject    string        `yaml:"reject" as:"name"`                   // the connection of an endpoint
	Accept    string        `yaml:"accept" as:"name"`                   // the connection of an endpoint
	Disable   *ZoneRef      `yaml:"disable"`                            // one zone of an endpoint's connection
	Enable    *ZoneRef      `yaml:"enable"`                             // likewise
	Replace   *Replacement  `yaml:"replace"`                            // the load balancer that serves a zone of an endpoint
	Revoke    *RuleChange   `yaml:"revoke"`                             // a rule from its security group
	Authorize *RuleChange   `yaml:"authorize"`                          // a rule in a security group
	Load      *LoadChange   `yaml:"load"`                               // the rate of a load
}

// A Fail says what dies: exactly one of Zone (alone), CLBCluster (with Zone), Instance (with
// Mode) and Link (with Mode) is set.
type Fail struct {
	_          struct{} `forms:"zone; clb_cluster zone; instance [mode]; link [mode]"`
	Zone       string   `yaml:"zone" as:"zone"`        // every namespace homed there loses its links
	CLBCluster string   `yaml:"clb_cluster" as:"name"` // only that load balancer's node in Zone
	Instance   string   `yaml:"instance" as:"name"`
	Link       []string `yaml:"link" as:"host" items:"2..2"`
	// of an instance: crash (the default), hang or refuse; of a link: down (the default) or blackhole
	Mode string `yaml:"mode" enum:"crash hang refuse down blackhole"`
}

// A Flap takes a link down and up again, over and over.
type Flap struct {
	Link  []string      `yaml:"link,required" as:"host" items:"2..2"`
	Every time.Duration `yaml:"every,required" range:"10ms..1h"` // from one going down to the next
}

// A Degrade makes a link, all links of a zone or those between zones worse.
type Degrade struct {
	_          struct{}         `forms:"link [Impairment]; zone [Impairment]; inter_zone"`
	Link       []string         `yaml:"link" as:"host" items:"2..2"`
	Zone       string           `yaml:"zone" as:"zone"`
	InterZone  *Impairment      `yaml:"inter_zone"`
	Impairment `yaml:",inline"` // of Link or Zone
}

// A ZoneRef names one zone of an endpoint's connection.
type ZoneRef struct {
	Endpoint string `yaml:"endpoint,required" as:"name"`
	Zone     string `yaml:"zone,required" as:"zone"`
}

// A Replacement gives a zone of an endpoint another load balancer of its service. Gracefully, open
// connections stay with the one before.
type Replacement struct {
	ZoneRef      `yaml:",inline"`
	LoadBalancer string `yaml:"load_balancer" as:"name"` // left out: another one of the service's
	Mode         string `yaml:"mode" default:"Graceful" enum:"Graceful Force"`
}

// A ServerRef names a backend in one of a load balancer's server groups.
type ServerRef struct {
	LoadBalancer string `yaml:"load_balancer,required" as:"name"`
	Instance     string `yaml:"instance,required" as:"name"`
	ServerGroup  string `yaml:"server_group" as:"name"` // left out: the default server group
}

// A ServerChange names the backend that something happens to.
type ServerChange struct {
	Server ServerRef `yaml:"server,required"`
}

// A ServerWeight gives a backend a weight. Weight 0 takes no new connections.
type ServerWeight struct {
	Server ServerRef `yaml:"server,required"`
	Weight int       `yaml:"weight" default:"100" range:"0..100"`
}

// A RuleChange names a security group and a rule.
type RuleChange struct {
	SecurityGroup string            `yaml:"security_group,required" as:"name"`
	Rule          SecurityGroupRule `yaml:"rule,required"`
}

// A LoadChange gives a load another rate: at once, or growing evenly over a time.
type LoadChange struct {
	Name string        `yaml:"name,required" as:"label"`
	Rate float64       `yaml:"rate,required" as:"rate" range:"0/s..10000000/s"`
	Over time.Duration `yaml:"over"` // 0: at once
}
