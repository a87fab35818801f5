package lab

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"

	"netlab/netlab/dns"
)

// Resolve asks the instance's own resolver, by a query from the instance.
func (l *Lab) Resolve(ctx context.Context, instance, name string) ([]netip.Addr, error) {
	return dns.Lookup(ctx, l.hosts[instance].ns, l.cloud.Profile.Resolver, name)
}

// Dial opens a TCP connection from an instance. Close resets it.
func (l *Lab) Dial(ctx context.Context, instance string, to netip.AddrPort) (conn net.Conn, err error) {
	err = l.hosts[instance].ns.Do(func() error {
		// An address, not a name: a dialer resolves names on threads outside the namespace.
		conn, err = dialer(nil).DialContext(ctx, "tcp4", to.String())
		return err
	})
	return conn, err
}

// Get asks for / by HTTP, from an instance, and returns the name of the instance that answered.
func (l *Lab) Get(ctx context.Context, instance, host string, at netip.AddrPort) (string, error) {
	conn, err := l.Dial(ctx, instance, at)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return "", err
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+"/", nil)
	if err != nil {
		return "", err
	}
	request.Close = true
	if err := request.Write(conn); err != nil {
		return "", err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("answer is %s", response.Status)
	}
	return response.Header.Get("X-Netlab-Instance"), nil
}

// NetNS is the descriptor of a host's network namespace, valid until Close.
func (l *Lab) NetNS(host string) int { return l.hosts[host].ns.FD() }
