package loadgen

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"netlab/scenarios/protocol"
)

// maxFresh bounds how many fresh connections one plan has open when it names no number.
const maxFresh = 16384

// maxDatagram is the largest payload of an IPv4 datagram.
const maxDatagram = 65507

// MaxRate is the highest rate of a plan, in requests a second: a hundred times what one core sends. Requests
// that wait take memory, so a typing error must not order 10^18 of them. A scenario's rates have the same bound (package scenarios).
const MaxRate = 1e7

// Validate says what is wrong with a plan for an engine.
func (p *Plan) Validate(e protocol.Engine) error {
	if err := p.Check(); err != nil {
		return err
	}
	if !e.Speaks(p.Protocol) {
		return fmt.Errorf("load %s: protocol %q: %w by this engine", p.Name, p.Protocol, errors.ErrUnsupported)
	}
	return nil
}

// Check says what is wrong with a plan for any engine.
func (p *Plan) Check() error {
	switch {
	case !p.Target.IsValid():
		return fmt.Errorf("load %s: no target", p.Name)
	case p.Timeout <= 0:
		return fmt.Errorf("load %s: timeout must be positive, got %s", p.Name, p.Timeout)
	case p.Connections < 0 || p.Connections > math.MaxInt32:
		return fmt.Errorf("load %s: %d connections", p.Name, p.Connections)
	case p.Pacer != nil && p.peak() > MaxRate:
		return fmt.Errorf("load %s: a rate of %v/s, at most %d/s", p.Name, p.peak(), int(MaxRate))
	case p.Size < 0 || p.Size > maxDatagram:
		return fmt.Errorf("load %s: an echo of %d bytes, at most %d fit a datagram", p.Name, p.Size, maxDatagram)
	case strings.ContainsFunc(p.Method+p.Host+p.Path, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return fmt.Errorf("load %s: method, host or path holds a blank or control character", p.Name)
	}
	for i := range max(1, len(p.Sources)) {
		if a := p.source(uint32(i)); a.IsValid() && a.Unmap().Is4() != p.Target.Addr().Unmap().Is4() {
			return fmt.Errorf("load %s: source %s can't reach target %s", p.Name, a, p.Target.Addr())
		}
	}
	return nil
}

// keeps says whether connections outlive their request.
func (p *Plan) keeps() bool {
	spoken, _ := protocol.Of(p.Protocol)
	return spoken.Keeps && !p.FreshConnections
}

// connections is how many connections the plan may have.
func (p *Plan) connections() int {
	if p.Connections > 0 {
		return p.Connections
	}
	if p.keeps() || p.Pacer == nil {
		return 1
	}
	return int(min(maxFresh, 16+p.peak()*p.Timeout.Seconds()))
}

// source is the source address of a connection.
func (p *Plan) source(conn uint32) netip.Addr {
	if len(p.Sources) > 0 {
		return p.Sources[int(conn)%len(p.Sources)]
	}
	return p.Source
}

// end is the instant before which every intended time lies.
func (p *Plan) end() int64 {
	if p.Duration <= 0 {
		return never
	}
	return p.Start + int64(p.Duration)
}

// peak is the highest rate of the schedule, as far as a hundred looks tell.
func (p *Plan) peak() float64 {
	var peak float64
	for i := range 101 {
		peak = max(peak, p.Pacer.Rate(time.Duration(i)*p.Duration/100))
	}
	return peak
}

// size is how many bytes an echo carries.
func (p *Plan) size() int {
	if p.Size == 0 {
		return 64
	}
	return p.Size
}

// requestBytes are the bytes of every request.
func (p *Plan) requestBytes() []byte {
	if p.Protocol == protocol.TCPEcho {
		return bytes.Repeat([]byte("netlab echo "), p.size()/12+1)[:p.size()]
	}
	if p.Protocol != protocol.HTTP {
		return nil
	}
	var b strings.Builder
	method, path, host := p.Method, p.Path, p.Host
	if method == "" {
		method = "GET"
	}
	if path == "" {
		path = "/"
	}
	if host == "" {
		host = p.Target.String()
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: netlab\r\n", method, path, host)
	if p.FreshConnections {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}
