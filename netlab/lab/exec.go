package lab

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"netlab/netlab/workload"
)

// Hosts are the lab's hosts in order of the topology.
func (l *Lab) Hosts() []string {
	var names []string
	for _, h := range l.topology.Hosts {
		names = append(names, h.Name)
	}
	return names
}

// Exec runs a program on a host, with the host's name, the resolver of its VPC, and the names of
// the VPC's instances.
func (l *Lab) Exec(host string, command []string, dir string, stdin io.Reader, stdout, stderr io.Writer) (*workload.Process, error) {
	h, ok := l.hosts[host]
	if !ok {
		return nil, fmt.Errorf("no host %s in this lab: there are %s", host, strings.Join(l.Hosts(), ", "))
	}
	if len(command) == 0 || slices.Contains(command[:1], "") {
		return nil, fmt.Errorf("no command for %s", host)
	}
	names := map[string]netip.Addr{}
	for _, in := range l.cloud.Instances {
		if in.VSwitch.VPC.Name == h.spec.VPC {
			names[in.Name] = in.PrivateIP
		}
	}
	return workload.Start(h.ns.FD(), workload.Spec{
		Command:  command,
		Dir:      dir,
		Hostname: host,
		Resolver: l.cloud.Profile.Resolver,
		Hosts:    names,
	}, stdin, stdout, stderr)
}
