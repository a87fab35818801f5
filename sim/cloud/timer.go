package cloud

import "time"

// Timers that packets start and end, at their documented length.
const (
	// EstablishedTimeout is how long a TCP connection through a load balancer may be idle unless
	// its listener says otherwise, and the most that one may say (documented: SLB API,
	// EstablishedTimeout, 10–900 s).
	EstablishedTimeout = 900 * time.Second
	// UDPTimeout is how long a load balancer remembers a silent UDP flow (documented: SLB FAQ).
	UDPTimeout = 90 * time.Second
	// SessionTimeout is how long a security group remembers a silent session (documented: ECS
	// "Security groups": at most 910 s).
	SessionTimeout = 910 * time.Second
)
