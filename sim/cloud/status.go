package cloud

// A HealthStatus is what a load balancer's node says of a backend
// (documented: SLB API, DescribeHealthStatus).
type HealthStatus string

const (
	Unavailable HealthStatus = "unavailable" // the check has not finished yet
	Normal      HealthStatus = "normal"
	Abnormal    HealthStatus = "abnormal"
)

// A NodeStatus says whether a load balancer's node (its cluster in one zone) answers.
type NodeStatus string

const (
	Up   NodeStatus = "up"
	Down NodeStatus = "down"
)

// A ServiceStatus is an endpoint service's status
// (documented: PrivateLink API, GetVpcEndpointServiceAttribute).
type ServiceStatus string

const (
	ServiceCreating ServiceStatus = "Creating"
	ServiceActive   ServiceStatus = "Active"
	ServicePending  ServiceStatus = "Pending" // being modified
	ServiceDeleting ServiceStatus = "Deleting"
)

// An EndpointStatus is an endpoint's status (documented: PrivateLink API, GetVpcEndpointAttribute).
type EndpointStatus string

const (
	EndpointCreating EndpointStatus = "Creating"
	EndpointActive   EndpointStatus = "Active"
	EndpointPending  EndpointStatus = "Pending" // being modified
	EndpointDeleting EndpointStatus = "Deleting"
)

// A ConnectionStatus is the status of an endpoint's connection to its service
// (documented: PrivateLink API, ListVpcEndpointConnections).
type ConnectionStatus string

const (
	Disconnected       ConnectionStatus = "Disconnected"
	Connecting         ConnectionStatus = "Connecting"
	Connected          ConnectionStatus = "Connected"
	ConnectionPending  ConnectionStatus = "Pending" // being modified
	Disconnecting      ConnectionStatus = "Disconnecting"
	ConnectionDeleting ConnectionStatus = "Deleting"
	ServiceDeleted     ConnectionStatus = "ServiceDeleted"
)

// Transitional reports whether the status ends by itself.
func (s ConnectionStatus) Transitional() bool {
	return s == Connecting || s == Disconnecting || s == ConnectionPending || s == ConnectionDeleting
}

// A ZoneStatus is the status of a connection in one of the endpoint's zones
// (documented: ListVpcEndpointConnections; the last two are shown to the provider only).
type ZoneStatus string

const (
	ZoneCreating      ZoneStatus = "Creating"
	ZoneWait          ZoneStatus = "Wait" // waits for the connection to be accepted
	ZoneConnecting    ZoneStatus = "Connecting"
	ZoneConnected     ZoneStatus = "Connected"
	ZoneDisconnecting ZoneStatus = "Disconnecting"
	ZoneDisconnected  ZoneStatus = "Disconnected"
	ZoneDeleting      ZoneStatus = "Deleting"
	ZoneMigrating     ZoneStatus = "Migrating"
	ZoneMigrated      ZoneStatus = "Migrated"
)

// Transitional reports whether the status ends by itself.
func (s ZoneStatus) Transitional() bool {
	switch s {
	case ZoneWait, ZoneConnected, ZoneDisconnected, ZoneMigrated:
		return false
	}
	return true
}

// A GroupStatus says how far a security group is attached to an endpoint's ENIs
// (documented: ListVpcEndpointSecurityGroups).
type GroupStatus string

const (
	GroupAttaching GroupStatus = "Attaching"
	GroupAttached  GroupStatus = "Attached"
	GroupDetaching GroupStatus = "Detaching"
)

// Deleted is the status of a resource that can no longer be queried
// (documented: Terraform's name for it; the API then finds nothing).
const Deleted = "Deleted"

// A ReplaceMode says what happens to open connections when a zone's resource is replaced
// (documented: ResourceReplaceMode).
type ReplaceMode string

const (
	// Graceful keeps the old resource for the connections that it has: Migrating, then Migrated,
	// until it is cut.
	Graceful ReplaceMode = "Graceful"
	// Force cuts them: Migrating, then Connected (the way there is inferred).
	Force ReplaceMode = "Force"
)
