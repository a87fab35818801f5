package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"netlab/loadgen"
)

// A Target is where requests go.
type Target struct {
	Text     string
	Protocol loadgen.Protocol
	Address  netip.AddrPort
	Host     string // as it was written: the Host header, and the name that a certificate must bear
	Path     string
}

// schemes are what a target may begin with, and the port that it means when it names none.
var schemes = map[string]struct {
	protocol loadgen.Protocol
	port     uint16
}{
	"http": {loadgen.HTTP, 80}, "https": {loadgen.HTTPS, 443}, "h2": {loadgen.HTTP2, 443},
	"tcp": {loadgen.TCPConnect, 0}, "tcp-echo": {loadgen.TCPEcho, 7}, "udp": {loadgen.UDPEcho, 7}, "bulk+tcp": {loadgen.BulkTCP, 0},
}

// ErrForeign is the refusal of a target that may belong to somebody else.
var ErrForeign = errors.New("load goes to loopback or to a lab's hosts only, unless you say that the target is yours: --i-own-this-target")

// parse reads a target such as http://localhost:8080/path; without a scheme it is HTTP.
func parse(text string) (Target, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return Target{}, fmt.Errorf("target %s: %w", text, errors.Unwrap(err))
	}
	scheme, known := schemes[u.Scheme]
	switch {
	case !known:
		return Target{}, fmt.Errorf("target %s: unknown scheme %q; write http, https, h2, tcp, tcp-echo, udp or bulk+tcp", text, u.Scheme)
	case u.Hostname() == "":
		return Target{}, fmt.Errorf("target %s names no host", text)
	}
	port := scheme.port
	if u.Port() != "" {
		n, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil || n == 0 {
			return Target{}, fmt.Errorf("target %s: port %s is not between 1 and 65535", text, u.Port())
		}
		port = uint16(n)
	}
	if port == 0 {
		return Target{}, fmt.Errorf("target %s names no port", text)
	}
	t := Target{Text: text, Protocol: scheme.protocol, Host: u.Host, Path: u.RequestURI()}
	t.Address = netip.AddrPortFrom(netip.Addr{}, port)
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		t.Address = netip.AddrPortFrom(ip.Unmap(), port)
	}
	return t, nil
}

// resolve finds the address of a target that is a name, IPv4 first.
func (t *Target) resolve(ctx context.Context) error {
	if t.Address.Addr().IsValid() {
		return nil
	}
	name := t.Host
	if host, _, err := net.SplitHostPort(t.Host); err == nil {
		name = host
	}
	for _, family := range []string{"ip4", "ip6"} {
		addresses, err := net.DefaultResolver.LookupNetIP(ctx, family, name)
		if err == nil && len(addresses) > 0 {
			t.Address = netip.AddrPortFrom(addresses[0].Unmap(), t.Address.Port())
			return nil
		}
		if family == "ip6" {
			return fmt.Errorf("target %s: %w", t.Text, err)
		}
	}
	return nil
}
