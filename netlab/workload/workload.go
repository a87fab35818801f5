// Package workload runs third-party programs on the hosts of a lab, each host being a machine of
// its own to them: with its network, its processes, its name, hosts file and resolv.conf.
//
// All programs of a lab live in one user namespace, in which they are root and outside of which
// they are the user who asked for the lab, also under sudo (see Invoker). The network namespaces
// of their hosts belong to it. Three kinds of process take part, all of them netlab:
//
//   - a lab's own process calls Open, makes hosts and starts programs;
//   - the guests' keeper, first in the user namespace, makes network namespaces and hosts' inits;
//   - a host's init, PID 1 to the programs of that host, prepares their files, starts them with
//     fewer capabilities than its own and reaps what they leave behind.
//
// The file system is the machine's, as far as the user may use it.
package workload

import "net/netip"

// Verb is the hidden verb of netlab that calls Inside with the argument after it.
const Verb = "workload"

// HostVariable is the environment variable that tells a program which host of a lab it runs on.
const HostVariable = "NETLAB_HOST"

// A Look is what a host looks like to its programs.
type Look struct {
	Hostname string
	Resolver netip.Addr            // the nameserver in resolv.conf
	Search   string                // search domain; "" for none
	Hosts    map[string]netip.Addr // further lines of the hosts file
}

// A Program is what to run.
type Program struct {
	Command []string
	Dir     string // working directory; "" for that of netlab
}
