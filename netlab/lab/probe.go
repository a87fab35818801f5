package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"

	"netlab/sim/cloud"
	"netlab/sim/control"
)

// A prober sends one health check of a load balancer's node.
type prober struct {
	node    *host
	backend netip.AddrPort
	check   cloud.HealthCheck
}

// probe is one health check as the cloud sends it, from the node's address in 100.64.0.0/10. It
// returns why the backend is not healthy, or nil.
func (l *Lab) probe(p control.Probe) error {
	ctx, cancel := context.WithTimeout(l.alive, p.Timeout)
	defer cancel()
	via := prober{l.hosts[nodeHost(p.Node)], p.Backend, p.Check}
	switch p.Check.Type {
	case "http":
		return via.http(ctx)
	case "udp":
		return via.udp(ctx)
	}
	return via.tcp(ctx)
}

func (p prober) dial(ctx context.Context, network string, local net.Addr) (conn net.Conn, err error) {
	err = p.node.ns.Do(func() error {
		conn, err = dialer(local).DialContext(ctx, network, p.backend.String())
		return err
	})
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	return conn, conn.SetDeadline(deadline)
}

// dialTCP opens a connection that ends with a reset, as the cloud's do.
func (p prober) dialTCP(ctx context.Context) (net.Conn, error) {
	source := netip.AddrPortFrom(p.node.spec.CLB.Probe, 0)
	return p.dial(ctx, "tcp4", net.TCPAddrFromAddrPort(source))
}

// tcp sends SYN, SYN+ACK, ACK, RST (documented: SLB "Health check overview").
func (p prober) tcp(ctx context.Context) error {
	conn, err := p.dialTCP(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

// http compares the status with the accepted classes (documented: a TCP listener's HTTP
// checks use GET, unless asked otherwise, and the user agent KeepAliveClient).
func (p prober) http(ctx context.Context) error {
	conn, err := p.dialTCP(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	check := p.check
	request, err := http.NewRequestWithContext(ctx, strings.ToUpper(check.Method), "http://"+conn.RemoteAddr().String()+check.URI, nil)
	if err != nil {
		return err
	}
	if check.Domain != "" {
		request.Host = check.Domain
	}
	request.Header.Set("User-Agent", "KeepAliveClient")
	if err := request.Write(conn); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if class := fmt.Sprintf("http_%dxx", response.StatusCode/100); !slices.Contains(check.Codes, class) {
		return fmt.Errorf("status %s", response.Status)
	}
	return nil
}

// udp sends one datagram. ICMP port unreachable is down; silence is up, unless an answer was
// asked for, which must match (documented: SLB "UDP health checks").
func (p prober) udp(ctx context.Context) error {
	source := netip.AddrPortFrom(p.node.spec.CLB.Probe, 0)
	conn, err := p.dial(ctx, "udp4", net.UDPAddrFromAddrPort(source))
	if err != nil {
		return err
	}
	defer conn.Close()
	check := p.check
	if _, err := conn.Write([]byte(check.Request)); err != nil {
		return err
	}
	answer := make([]byte, 65535)
	n, err := conn.Read(answer)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && check.Response == "":
		return nil
	case err != nil:
		return err
	case check.Response != "" && string(answer[:n]) != check.Response:
		return fmt.Errorf("answer is %.64q, not %q", answer[:n], check.Response)
	}
	return nil
}
