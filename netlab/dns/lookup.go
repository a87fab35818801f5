package dns

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	miekg "github.com/miekg/dns"

	"netlab/netlab/kernel"
)

// Lookup asks the resolver for the IPv4 addresses of name by a query from inside the namespace: the
// answer is the one that a program there would get. An answer without addresses is a
// *net.DNSError; IsNotFound tells whether it was a plain no.
//
// It asks up to three times, a second each, as a query or its answer may get lost.
func Lookup(ctx context.Context, n *kernel.Namespace, resolver netip.Addr, name string) ([]netip.Addr, error) {
	query := new(miekg.Msg).SetQuestion(miekg.Fqdn(name), miekg.TypeA)
	query.SetEdns0(maxUDP, false)
	at := netip.AddrPortFrom(resolver, port).String()
	var reply *miekg.Msg
	var err error
	for range 3 {
		if reply, err = exchange(ctx, n, "udp", at, query); err == nil && reply.Truncated {
			reply, err = exchange(ctx, n, "tcp", at, query)
		}
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", name, err)
	}
	addrs := addresses(reply)
	if len(addrs) == 0 {
		return nil, &net.DNSError{Name: name, Server: at, Err: outcome(reply.Rcode),
			IsNotFound: reply.Rcode == miekg.RcodeNameError || reply.Rcode == miekg.RcodeSuccess}
	}
	return addrs, nil
}

// exchange sends one query and waits a second for its answer.
func exchange(ctx context.Context, n *kernel.Namespace, network, at string, query *miekg.Msg) (*miekg.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var conn net.Conn
	err := n.Do(func() (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, network, at)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	// The client heeds the context's deadline, but not its cancellation.
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Now()) })
	defer stop()
	reply, _, err := new(miekg.Client).ExchangeWithConnContext(ctx, query, &miekg.Conn{Conn: conn})
	return reply, err
}

func addresses(reply *miekg.Msg) (addrs []netip.Addr) {
	for _, rr := range reply.Answer {
		if a, ok := rr.(*miekg.A); ok {
			if addr, ok := netip.AddrFromSlice(a.A.To4()); ok {
				addrs = append(addrs, addr)
			}
		}
	}
	return addrs
}

func outcome(rcode int) string {
	switch rcode {
	case miekg.RcodeSuccess:
		return "no IPv4 address"
	case miekg.RcodeNameError:
		return "no such name"
	}
	return "answered " + miekg.RcodeToString[rcode]
}
