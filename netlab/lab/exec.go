package lab

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"

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

// guests are the programs that run as one user.
type guests struct {
	*workload.Guests
	said *os.File // takes what services that are programs say
}

// openGuests gets ready to run programs, as each user that there may be any of.
func (l *Lab) openGuests() error {
	for _, user := range l.runs {
		if l.guests[user] != nil {
			continue
		}
		g, err := openGuests(user)
		if err != nil {
			return err
		}
		l.guests[user] = g
	}
	return nil
}

func openGuests(user workload.User) (*guests, error) {
	from, said, err := os.Pipe()
	if err == nil {
		err = said.Chown(user.UID, user.GID) // who opens /dev/stderr anew needs to own it
	}
	if err != nil {
		return nil, fmt.Errorf("make a pipe for what programs say: %w", err)
	}
	go func() {
		io.Copy(os.Stderr, from) // until the last program is gone, which may be after Close
		from.Close()
	}()
	opened, err := workload.Open(user)
	if err != nil {
		return nil, errors.Join(err, said.Close())
	}
	return &guests{opened, said}, nil
}

// programs are those of one host. The host's init is started with the first of them.
type programs struct {
	guests *workload.Guests

	mu   sync.Mutex
	host *workload.Host
}

func (p *programs) start(netns int, look workload.Look) (*workload.Host, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.host == nil {
		host, err := p.guests.Host(netns, look)
		if err != nil {
			return nil, err
		}
		p.host = host
	}
	return p.host, nil
}

func (p *programs) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.host == nil {
		return nil
	}
	return p.host.Close()
}

// Exec runs a program on a host, with the host's name, the resolver of its VPC, and the names of
// the VPC's instances.
func (l *Lab) Exec(host string, command []string, dir string, stdin *os.File, stdout, stderr io.Writer) (*workload.Process, error) {
	h, ok := l.hosts[host]
	if !ok {
		return nil, fmt.Errorf("no host %s in this lab: there are %s", host, strings.Join(l.Hosts(), ", "))
	}
	if len(command) == 0 || slices.Contains(command[:1], "") {
		return nil, fmt.Errorf("no command for %s", host)
	}
	if h.programs == nil {
		return nil, fmt.Errorf("host %s was not made to run programs", host)
	}
	names := map[string]netip.Addr{}
	for _, in := range l.cloud.Instances {
		if in.VSwitch.VPC.Name == h.spec.VPC {
			names[in.Name] = in.PrivateIP
		}
	}
	machine, err := h.programs.start(h.ns.FD(), workload.Look{Hostname: host, Resolver: l.cloud.Profile.Resolver, Hosts: names})
	if err != nil {
		return nil, err
	}
	return machine.Start(workload.Program{Command: command, Dir: dir}, stdin, stdout, stderr)
}
