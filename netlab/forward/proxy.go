package forward

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/vishvananda/netlink"

	"netlab/netlab/kernel"
)

// A proxy serves a listener with PROXY protocol. The header goes in front of the client's first
// byte, which address translation can't do, so the node ends the client's connection and opens
// one of its own, from its address in 100.64.0.0/10, as its health checks have. (Documented: the
// header. That backends then see the node's address is inferred.)
type proxy struct {
	namespace *kernel.Namespace
	listen    net.Listener
	local     netip.Addr     // the node's own address
	frontend  netip.AddrPort // what the header tells as the destination
	picker    picker

	mu     sync.Mutex
	open   map[netip.AddrPort]*proxied // by client
	closed bool
	run    sync.WaitGroup
}

// A proxied connection is one client's, with the backend's once that is open.
type proxied struct {
	client  *net.TCPConn
	server  *net.TCPConn
	backend netip.AddrPort
	abandon context.CancelFunc // of the dial to the backend
}

// backendDialTimeout is how long a client waits for its backend to answer (unknown).
const backendDialTimeout = 5 * time.Second

func newProxy(ns *kernel.Namespace, local netip.Addr, frontend netip.AddrPort) (*proxy, error) {
	p := &proxy{namespace: ns, local: local, frontend: frontend, open: map[netip.AddrPort]*proxied{}}
	err := ns.Do(func() (err error) {
		p.listen, err = net.Listen("tcp4", netip.AddrPortFrom(local, 0).String())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open proxy for %s: %w", frontend, err)
	}
	p.run.Go(p.accept)
	return p, nil
}

// address is where the node sends the listener's clients.
func (p *proxy) address() netip.AddrPort {
	return p.listen.Addr().(*net.TCPAddr).AddrPort()
}

func (p *proxy) accept() {
	for {
		c, err := p.listen.Accept()
		if err != nil {
			return // closed: a listening socket of our own namespace does not fail otherwise
		}
		p.run.Go(func() { p.serve(c.(*net.TCPConn)) })
	}
}

// serve carries one client's connection, from its header to its end.
func (p *proxy) serve(client *net.TCPConn) {
	from := client.RemoteAddr().(*net.TCPAddr).AddrPort()
	backend, ok := p.picker.pick(from, p.frontend, time.Now())
	if !ok {
		refuse(client)
		return
	}
	ctx, abandon := context.WithTimeout(context.Background(), backendDialTimeout)
	defer abandon()
	c := &proxied{client: client, backend: backend, abandon: abandon}
	if !p.add(from, c) {
		refuse(client)
		return
	}
	defer func() {
		p.mu.Lock()
		if p.open[from] == c {
			delete(p.open, from)
		}
		p.mu.Unlock()
	}()

	server, err := p.dial(ctx, backend)
	if err != nil {
		refuse(client)
		return
	}
	p.mu.Lock()
	c.server = server
	p.mu.Unlock()
	// An ended connection may have got its server only now.
	if ctx.Err() != nil {
		p.reset(c)
		return
	}
	if _, err := server.Write(proxyHeader(from, p.frontend)); err != nil {
		p.reset(c)
		return
	}
	both := make(chan error, 2)
	go func() { both <- pass(server, client) }()
	go func() { both <- pass(client, server) }()
	for range 2 {
		if err := <-both; err != nil {
			p.reset(c) // also wakes the other direction
		}
	}
	client.Close()
	server.Close()
}

// add notes a connection, unless the proxy is closed.
func (p *proxy) add(from netip.AddrPort, c *proxied) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.open[from] = c
	}
	return !p.closed
}

// pass copies one direction to its end and passes the end on.
func pass(to, from *net.TCPConn) error {
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return to.CloseWrite()
}

func (p *proxy) dial(ctx context.Context, backend netip.AddrPort) (*net.TCPConn, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(p.local, 0))}
	var c net.Conn
	err := p.namespace.Do(func() (err error) {
		c, err = d.DialContext(ctx, "tcp4", backend.String())
		return err
	})
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

// refuse resets a connection, as the client would see a backend do it.
func refuse(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}

// reset resets the connection at both ends.
func (p *proxy) reset(c *proxied) {
	c.abandon()
	p.mu.Lock()
	server := c.server
	p.mu.Unlock()
	refuse(c.client)
	if server != nil {
		refuse(server)
	}
}

// end resets the connections that match and says how many those were.
func (p *proxy) end(match func(client, backend netip.AddrPort) bool) int {
	p.mu.Lock()
	var ended []*proxied
	for client, c := range p.open {
		if match(client, c.backend) {
			ended = append(ended, c)
		}
	}
	p.mu.Unlock()
	for _, c := range ended {
		p.reset(c)
	}
	return len(ended)
}

// retire takes no more clients; those that it has stay.
func (p *proxy) retire() { p.listen.Close() }

// close takes no more clients and resets those that it has.
func (p *proxy) close() {
	p.listen.Close()
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.end(func(netip.AddrPort, netip.AddrPort) bool { return true })
	p.run.Wait()
}

// proxyHeader is a PROXY protocol header, version 2, for TCP over IPv4 (HAProxy,
// proxy-protocol.txt, section 2.2).
func proxyHeader(client, frontend netip.AddrPort) []byte {
	const (
		version2, proxied = 0x20, 0x01
		inet, stream      = 0x10, 0x01
		addresses         = 12
	)
	h := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), version2|proxied, inet|stream, 0, addresses)
	h = append(h, client.Addr().AsSlice()...)
	h = append(h, frontend.Addr().AsSlice()...)
	h = append(h, portBytes(client.Port())...)
	return append(h, portBytes(frontend.Port())...)
}

// addProxy sends the listener's clients to its proxy, which it makes when there is none.
func (c *CLB) addProxy(l *listener) error {
	if l.proxy == nil {
		p, err := newProxy(c.namespace, c.table.Probe, netip.AddrPortFrom(c.table.VIP, l.wish.FrontendPort))
		if err != nil {
			return err
		}
		l.proxy = p
		c.proxies = append(c.proxies, p)
	}
	l.proxy.picker.set(l.wish, l.slots)
	if len(l.slots) > 0 {
		c.add(l.chain, to(l.proxy.address()))
	}
	return nil
}

// endProxied ends connections that the proxies of a frontend port carry.
func (c *CLB) endProxied(match func(client, backend netip.AddrPort) bool, port uint16) int {
	n := 0
	for _, p := range c.allProxies() {
		if p.frontend.Port() == port {
			n += p.end(match)
		}
	}
	return n
}

// carrier is the proxy that carries the client's connection, or nil.
func carrier(proxies []*proxy, f *netlink.ConntrackFlow) *proxy {
	for _, p := range proxies {
		if at := p.address(); address(f.Reverse.SrcIP) == at.Addr() && f.Reverse.SrcPort == at.Port() {
			return p
		}
	}
	return nil
}

func (c *CLB) allProxies() []*proxy {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.proxies)
}
