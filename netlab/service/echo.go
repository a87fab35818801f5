package service

import (
	"net/netip"
	"time"

	"netlab/netlab/kernel"
)

// An EchoConfig says what a built-in TCP server other than HTTP's is.
type EchoConfig struct {
	Address     netip.AddrPort // port 0: any free one
	IdleTimeout time.Duration  // 0: 75 s
}

// A TCPServer is a built-in TCP server without configuration of its own.
type TCPServer struct{ *loop }

// TCPEcho starts a server that sends every byte back.
func TCPEcho(nsfd int, cfg EchoConfig) (*TCPServer, error) { return startTCP(nsfd, cfg, echo{}) }

// Bulk starts a server for bulk transfers: a client that begins with the byte 'u' may send as much as it
// likes, one that begins with 'd' is sent bytes until it hangs up.
func Bulk(nsfd int, cfg EchoConfig) (*TCPServer, error) { return startTCP(nsfd, cfg, bulk{}) }

func startTCP(nsfd int, cfg EchoConfig, p protocol) (*TCPServer, error) {
	if cfg.IdleTimeout == 0 {
		cfg.IdleTimeout = 75 * time.Second
	}
	l, err := newLoop(nsfd, cfg.Address, cfg.IdleTimeout, 0, newBehaviour(Behaviour{}), p)
	if err != nil {
		return nil, err
	}
	return &TCPServer{l}, nil
}

type echo struct{}

func (echo) received(c *conn, b []byte) int {
	c.owed = append(c.owed, answer{head: b, borrowed: true})
	return len(b)
}

func (echo) answer(*conn) {} // it never works on anything

type bulk struct{}

func (bulk) received(c *conn, b []byte) int {
	switch {
	case c.commanded:
	case b[0] == 'u':
		c.commanded = true
	case b[0] == 'd':
		block, err := kernel.BulkBlock(c.fd)
		if err != nil {
			c.stage = failing // reset meanwhile
			break
		}
		c.commanded, c.block = true, int64(block)
		c.owed = append(c.owed, answer{body: 1 << 62})
	default:
		c.stage = finishing // not one of our clients
	}
	return len(b)
}

func (bulk) answer(*conn) {}
