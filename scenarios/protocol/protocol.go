// Package protocol says once what is known of each protocol that a load or a probe may speak. The
// language, its schema and its documentation, netlab load, the drill, the report and the engines
// read it here; what a protocol does on the wire is the engines' business (package loadgen).
//
// It is plain data and imports nothing of netlab's.
package protocol

import (
	"iter"
	"slices"
)

// A Name is the scheme of a protocol's targets, and what plans and results call it.
type Name string

const (
	HTTP       Name = "http"
	HTTPS      Name = "https"
	HTTP2      Name = "h2"
	TCPConnect Name = "tcp"
	TCPEcho    Name = "tcp-echo"
	UDPEcho    Name = "udp"
	BulkTCP    Name = "bulk+tcp"
)

// A Protocol is what one request is, and what follows from that.
type Protocol struct {
	Name    Name
	Request string   // what one request is, for people
	Port    uint16   // of a target that names none; 0: it has to
	Path    bool     // targets have one
	TLS     bool     // the server shows a certificate
	Engines []Engine // those that speak it, the default first
	Keeps   bool     // a connection, or a datagram socket, carries many requests
	// Connections is how many netlab load keeps when it is told no number.
	Connections int
	Load        bool // a scenario may speak it
	Probe       bool // its probes may, too: a request opens a connection, or sends a datagram, and nothing more
}

var all = []Protocol{
	{Name: HTTP, Request: "an HTTP request", Port: 80, Path: true, Keeps: true, Connections: 10, Load: true,
		Engines: []Engine{Epoll, IOUring, Standard, Hey}},
	{Name: HTTPS, Request: "an HTTP request over TLS", Port: 443, Path: true, TLS: true, Keeps: true, Connections: 10, Load: true,
		Engines: []Engine{Standard, Hey}},
	{Name: HTTP2, Request: "an HTTP/2 request over TLS", Port: 443, Path: true, TLS: true, Keeps: true, Connections: 10,
		Engines: []Engine{Standard, Hey}},
	{Name: TCPConnect, Request: "a connection, opened and closed", Load: true, Probe: true,
		Engines: []Engine{Epoll, IOUring}},
	{Name: TCPEcho, Request: "bytes that are sent and come back", Port: 7, Keeps: true, Connections: 10,
		Engines: []Engine{Epoll, IOUring}},
	{Name: UDPEcho, Request: "a datagram and its answer", Port: 7, Keeps: true, Connections: 1, Load: true, Probe: true,
		Engines: []Engine{Epoll}},
	{Name: BulkTCP, Request: "100 ms of as many bytes as get through", Keeps: true, Connections: 1, Load: true,
		Engines: []Engine{Epoll}},
}

// All are the protocols, in the order in which people are told of them.
func All() iter.Seq[Protocol] { return slices.Values(all) }

// Of is the protocol with a name.
func Of(name Name) (p Protocol, known bool) {
	i := slices.IndexFunc(all, func(p Protocol) bool { return p.Name == name })
	if i < 0 {
		return Protocol{}, false
	}
	return all[i], true
}

// Names are those of the protocols for which something holds.
func Names(holds func(Protocol) bool) []string {
	var names []string
	for _, p := range all {
		if holds(p) {
			names = append(names, string(p.Name))
		}
	}
	return names
}

// Speaks says whether the engine speaks the protocol.
func (e Engine) Speaks(name Name) bool {
	p, _ := Of(name)
	return slices.Contains(p.Engines, e)
}
