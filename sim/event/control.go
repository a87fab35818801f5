package event

import (
	"net/netip"

	"netlab/sim/cloud"
)

// A Call is a call of the control plane's API that the procedure, a verb or a person makes. Changes of a server are told by
// what follows from them.
type Call struct {
	Call         string     `json:"call"`     // create, allow, accept, reject, disable, enable, replace, authorize, revoke
	Resource     string     `json:"resource"` // that it is about
	Zone         cloud.Zone `json:"zone,omitempty"`
	Account      string     `json:"account,omitempty"`       // that is allowed
	LoadBalancer string     `json:"load_balancer,omitempty"` // that replaces another
}

// A Refusal is a call that the cloud had to refuse, and did, with the code of its API.
type Refusal struct {
	Call     string `json:"call"`
	Resource string `json:"resource"`
	Want     string `json:"want"` // code
	Got      string `json:"got"`  // code
	Why      string `json:"why,omitempty"`
}

// A Resource is the kind of thing that a Transition is about; it says which statuses From and To
// are.
type Resource string

const (
	Service       Resource = "service"        // cloud.ServiceStatus
	Endpoint      Resource = "endpoint"       // cloud.EndpointStatus
	Connection    Resource = "connection"     // cloud.ConnectionStatus; Name is the endpoint
	EndpointZone  Resource = "zone"           // cloud.ZoneStatus; Name is the endpoint, Part the zone
	SecurityGroup Resource = "security_group" // cloud.GroupStatus; Name is the endpoint, Part the group
)

// A Transition is one change of a documented status. From is "" for a resource that has just come
// into being, To is cloud.Deleted for one that is gone.
type Transition struct {
	Resource Resource `json:"resource"`
	Name     string   `json:"name"`
	Part     string   `json:"part,omitempty"`
	From     string   `json:"from,omitempty"`
	To       string   `json:"to"`
}

// A Record is a DNS name that resolves from now on.
type Record struct {
	Name      string       `json:"name"`
	Addresses []netip.Addr `json:"addresses"`
}

// Health is a backend's change of status, as one node of a load balancer finds it for a listener.
type Health struct {
	LoadBalancer string             `json:"load_balancer"`
	Zone         cloud.Zone         `json:"zone"` // of the node
	Listener     cloud.ListenerID   `json:"listener"`
	Backend      string             `json:"backend"`
	From         cloud.HealthStatus `json:"from"`
	To           cloud.HealthStatus `json:"to"`
	Cause        string             `json:"cause,omitempty"` // of the last probe's failure
}

// Node is a load balancer's node found down, or up again.
type Node struct {
	LoadBalancer string           `json:"load_balancer"`
	Zone         cloud.Zone       `json:"zone"`
	From         cloud.NodeStatus `json:"from"`
	To           cloud.NodeStatus `json:"to"`
}

// A Route is a load balancer's address that a zone's node serves from now on.
type Route struct {
	LoadBalancer string     `json:"load_balancer"`
	From         cloud.Zone `json:"from,omitempty"` // "": it had no address before
	To           cloud.Zone `json:"to"`
	TookUS       float64    `json:"took_us,omitempty"`
}

// Slots are the backends that a listener's new connections go to on one node, from now on.
type Slots struct {
	LoadBalancer string           `json:"load_balancer"`
	Zone         cloud.Zone       `json:"zone"`
	Listener     cloud.ListenerID `json:"listener"`
	Backends     []string         `json:"backends"`
}

func (Call) Kind() Kind       { return "control.call" }
func (Refusal) Kind() Kind    { return "control.refusal" }
func (Transition) Kind() Kind { return "control.transition" }
func (Record) Kind() Kind     { return "control.dns" }
func (Health) Kind() Kind     { return "health.status" }
func (Node) Kind() Kind       { return "failover.node" }
func (Route) Kind() Kind      { return "failover.route" }
func (Slots) Kind() Kind      { return "forward.slots" }
