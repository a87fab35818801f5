package scenarios

import (
	"net/netip"
	"time"
)

// A LoadBalancer is a Classic Load Balancer (CLB).
type LoadBalancer struct {
	Name               string `yaml:"name,required" as:"name"`
	LoadBalancerName   string `yaml:"load_balancer_name" length:"1..80"`         // left out: name
	Spec               string `yaml:"load_balancer_spec" default:"slb.s1.small"` // limits connections, and new ones a second
	AddressType        string `yaml:"address_type" default:"intranet" enum:"intranet internet"`
	AddressIPVersion   string `yaml:"address_ip_version" default:"ipv4" enum:"ipv4 ipv6"`
	PaymentType        string `yaml:"payment_type" default:"PayAsYouGo" enum:"PayAsYouGo Subscription"` // PrivateLink takes PayAsYouGo only
	InstanceChargeType string `yaml:"instance_charge_type" default:"PayBySpec" enum:"PayBySpec PayByCLCU"`
	InternetChargeType string `yaml:"internet_charge_type" default:"PayByTraffic" enum:"PayByTraffic PayByBandwidth"` // has no effect
	// left out: 5 Gbit/s, what an internal-facing CLB carries
	Bandwidth        int64  `yaml:"bandwidth" as:"bandwidth" range:"1Mbit/s..5120Mbit/s"`
	DeleteProtection string `yaml:"delete_protection" default:"off" enum:"on off"` // has no effect
	// has no effect
	ModificationProtectionStatus string `yaml:"modification_protection_status" default:"NonProtection" enum:"NonProtection ConsoleProtection"`

	VSwitch                 string             `yaml:"vswitch,required" as:"name"`
	Address                 netip.Addr         `yaml:"address"`               // left out: the lowest free one of the vSwitch
	MasterZone              string             `yaml:"master_zone" as:"zone"` // left out: the vSwitch's
	SlaveZone               string             `yaml:"slave_zone" as:"zone"`  // left out: no backup zone
	Listeners               []Listener         `yaml:"listeners"`
	Servers                 []Server           `yaml:"servers"`       // the default server group
	ServerGroups            []ServerGroup      `yaml:"server_groups"` // vServer groups
	MasterSlaveServerGroups []MasterSlaveGroup `yaml:"master_slave_server_groups"`
	Tags                    []Tag              `yaml:"tags"` // have no effect
}

// A Listener takes connections on a port of the load balancer.
type Listener struct {
	_            struct{} `forms:"[server_group]; master_slave_server_group"`
	Protocol     string   `yaml:"protocol,required" enum:"tcp udp http https"`
	FrontendPort uint16   `yaml:"frontend_port,required"`
	BackendPort  uint16   `yaml:"backend_port"`                // of the default server group; other groups have ports of their own
	Description  string   `yaml:"description" length:"1..256"` // has no effect
	// consistent hashing: sch of the source address, tch of both addresses and ports
	Scheduler              string `yaml:"scheduler" default:"wrr" enum:"wrr rr sch tch qch wlc"`
	ServerGroup            string `yaml:"server_group" as:"name"`              // instead of the default server group
	MasterSlaveServerGroup string `yaml:"master_slave_server_group" as:"name"` // instead of the default server group
	Bandwidth              int64  `yaml:"bandwidth" as:"bandwidth" range:"1Mbit/s..5120Mbit/s"`
	ProxyProtocolV2Enabled bool   `yaml:"proxy_protocol_v2_enabled" default:"false"` // TCP: backends get the client's address in a header
	ACLStatus              string `yaml:"acl_status" default:"off" enum:"on off"`
	ACLType                string `yaml:"acl_type" enum:"white black"` // white lets in, black keeps out
	ACL                    string `yaml:"acl" as:"name"`               // the list

	// TCP: a client's address keeps its backend; 0s: off
	PersistenceTimeout time.Duration `yaml:"persistence_timeout" default:"0s" range:"0s..3600s"`
	EstablishedTimeout time.Duration `yaml:"established_timeout" range:"10s..900s"` // TCP: an idle connection is reset; left out: 900s
	// TCP: a backend that goes keeps its connections for a while
	ConnectionDrain        string        `yaml:"connection_drain" default:"off" enum:"on off"`
	ConnectionDrainTimeout time.Duration `yaml:"connection_drain_timeout" range:"10s..900s"` // needed with connection_drain: on

	StickySession     string        `yaml:"sticky_session" enum:"on off"` // HTTP from here
	StickySessionType string        `yaml:"sticky_session_type" enum:"insert server"`
	CookieTimeout     time.Duration `yaml:"cookie_timeout" range:"1s..86400s"`
	Cookie            string        `yaml:"cookie" as:"cookie" length:"1..200"`
	IdleTimeout       time.Duration `yaml:"idle_timeout" range:"1s..60s"`
	RequestTimeout    time.Duration `yaml:"request_timeout" range:"1s..180s"`
	Gzip              bool          `yaml:"gzip" default:"true"`

	HealthCheck     string        `yaml:"health_check" enum:"on off"`            // off for HTTP only
	HealthCheckType string        `yaml:"health_check_type" enum:"tcp http udp"` // left out: the protocol's own; TCP may use http
	HealthCheckPort uint16        `yaml:"health_check_connect_port"`             // left out: the backend's
	HealthInterval  time.Duration `yaml:"health_check_interval" range:"1s..50s"` // left out: 2s, of UDP 5s; time_scale divides it
	// left out: 5s, of UDP 10s; time_scale divides it
	HealthTimeout      time.Duration `yaml:"health_check_timeout" range:"1s..300s"`
	HealthyThreshold   int           `yaml:"healthy_threshold" default:"3" range:"2..10"`   // good probes in a row
	UnhealthyThreshold int           `yaml:"unhealthy_threshold" default:"3" range:"2..10"` // bad probes in a row
	// left out: get of TCP, head of HTTP listeners
	HealthCheckMethod string `yaml:"health_check_method" enum:"head get"`
	HealthCheckDomain string `yaml:"health_check_domain" as:"domain" length:"1..80"` // left out: the backend's address
	HealthCheckURI    string `yaml:"health_check_uri" as:"uri" length:"2..80"`       // left out: /
	// what counts as health; left out: http_2xx
	HealthCheckHTTPCode []string `yaml:"health_check_http_code" enum:"http_2xx http_3xx http_4xx http_5xx"`
	HealthCheckRequest  string   `yaml:"health_check_req" as:"alphanumeric" length:"1..64"` // UDP: what is sent; left out: nothing
	// UDP: what must come back; left out: silence is health
	HealthCheckResponse string `yaml:"health_check_exp" as:"alphanumeric" length:"1..64"`
}

// A Server is a backend in the default server group.
type Server struct {
	Instance    string `yaml:"instance,required" as:"name"`
	Weight      int    `yaml:"weight" default:"100" range:"0..100"` // 0 takes no new connections
	Description string `yaml:"description" length:"1..80"`          // has no effect
}

// A ServerGroup is a vServer group: backends with ports of their own.
type ServerGroup struct {
	Name    string        `yaml:"name,required" as:"name"`
	Title   string        `yaml:"server_group_name" length:"1..80"` // left out: name
	Servers []GroupServer `yaml:"servers"`
}

// A GroupServer is a backend in a vServer group.
type GroupServer struct {
	Instance    string `yaml:"instance,required" as:"name"`
	Port        uint16 `yaml:"port,required"`
	Weight      int    `yaml:"weight" default:"100" range:"0..100"` // 0 takes no new connections
	Description string `yaml:"description" length:"1..80"`          // has no effect
}

// A MasterSlaveGroup is a primary/secondary server group: exactly two backends, of which the
// secondary serves while the primary is unhealthy.
type MasterSlaveGroup struct {
	Name    string              `yaml:"name,required" as:"name"`
	Title   string              `yaml:"master_slave_server_group_name" length:"1..80"` // left out: name
	Servers []MasterSlaveMember `yaml:"servers,required" items:"2..2"`
}

// A MasterSlaveMember is one of the two.
type MasterSlaveMember struct {
	Instance   string `yaml:"instance,required" as:"name"`
	Port       uint16 `yaml:"port,required"`
	Weight     int    `yaml:"weight" default:"100" range:"0..100"`
	ServerType string `yaml:"server_type,required" enum:"Master Slave"`
}
