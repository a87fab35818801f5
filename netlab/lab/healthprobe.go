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
	"time"
)

// probe is one health check as the cloud sends it, from the node's address in 100.64.0.0/10. It
// returns why the backend is not healthy, or nil.
func (c *backendCheck) probe(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	switch c.listener.HealthCheck.Type {
	case "http":
		return c.probeHTTP(ctx)
	case "udp":
		return c.probeUDP(ctx)
	}
	return c.probeTCP(ctx)
}

func (c *backendCheck) dial(ctx context.Context, network string, local net.Addr) (conn net.Conn, err error) {
	port := c.listener.HealthCheck.Port
	if port == 0 {
		port = c.member.port // documented: the check port defaults to the backend's
	}
	target := netip.AddrPortFrom(c.member.instance.PrivateIP, port).String()
	err = c.node.host.ns.Do(func() error {
		conn, err = dialer(local).DialContext(ctx, network, target)
		return err
	})
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	return conn, conn.SetDeadline(deadline)
}

// dialTCP opens a connection that ends with a reset, as the cloud's do.
func (c *backendCheck) dialTCP(ctx context.Context) (net.Conn, error) {
	source := netip.AddrPortFrom(c.node.host.spec.CLB.Probe, 0)
	return c.dial(ctx, "tcp4", net.TCPAddrFromAddrPort(source))
}

// probeTCP: SYN, SYN+ACK, ACK, RST (documented: SLB "Health check overview").
func (c *backendCheck) probeTCP(ctx context.Context) error {
	conn, err := c.dialTCP(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

// probeHTTP compares the status with the accepted classes (documented: a TCP listener's HTTP
// checks use GET, unless asked otherwise, and the user agent KeepAliveClient).
func (c *backendCheck) probeHTTP(ctx context.Context) error {
	conn, err := c.dialTCP(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	check := c.listener.HealthCheck
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

// probeUDP sends one datagram. ICMP port unreachable is down; silence is up, unless an answer was
// asked for, which must match (documented: SLB "UDP health checks").
func (c *backendCheck) probeUDP(ctx context.Context) error {
	source := netip.AddrPortFrom(c.node.host.spec.CLB.Probe, 0)
	conn, err := c.dial(ctx, "udp4", net.UDPAddrFromAddrPort(source))
	if err != nil {
		return err
	}
	defer conn.Close()
	check := c.listener.HealthCheck
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
