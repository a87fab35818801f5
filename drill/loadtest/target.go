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

	"netlab/scenarios/protocol"
)

// A Target is where requests go.
type Target struct {
	Text     string
	Protocol protocol.Name
	Address  netip.AddrPort
	Host     string // as it was written: the Host header, and the name that a certificate must bear
	Path     string
}

// ErrForeign is the refusal of a target that may belong to somebody else.
var ErrForeign = errors.New("load goes to loopback or to a lab's hosts only, unless you say that the target is yours: --i-own-this-target")

// Forms are the targets that there are, one a line, with what one request to each is and the engines that
// speak it.
func Forms() string {
	var b strings.Builder
	for p := range protocol.All() {
		form := string(p.Name) + "://HOST:PORT"
		if p.Port != 0 {
			form = string(p.Name) + "://HOST[:PORT]"
		}
		if p.Path {
			form += "/PATH"
		}
		fmt.Fprintf(&b, "  %-26s%s (%s)\n", form, p.Request, protocol.List(p.Engines))
	}
	return b.String()
}

func schemes() []string { return protocol.Names(func(protocol.Protocol) bool { return true }) }

// parse reads a target such as http://localhost:8080/path; without a scheme it is HTTP.
func parse(text string) (Target, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return Target{}, fmt.Errorf("target %s: %w", text, errors.Unwrap(err))
	}
	spoken, known := protocol.Of(protocol.Name(u.Scheme))
	switch {
	case !known:
		return Target{}, fmt.Errorf("target %s: unknown scheme %q; write %s", text, u.Scheme, protocol.List(schemes()))
	case u.Hostname() == "":
		return Target{}, fmt.Errorf("target %s names no host", text)
	}
	port := spoken.Port
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
	t := Target{Text: text, Protocol: spoken.Name, Host: u.Host, Path: u.RequestURI()}
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
