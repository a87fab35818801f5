package service

import (
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"netlab/netlab/http1"
)

// HTTPConfig says what a built-in HTTP server is.
type HTTPConfig struct {
	Address      netip.AddrPort // port 0: any free one
	Instance     string         // goes into every answer as X-Netlab-Instance
	ResponseSize int            // bytes of body
	IdleTimeout  time.Duration  // 0: 75 s
	// Poll is how long the server looks for more requests before it sleeps: at the cost of a core
	// it answers without the 50 µs that it takes to wake up.
	Poll      time.Duration
	Behaviour Behaviour
}

// An HTTPServer answers every HTTP/1.1 request with the same body.
type HTTPServer struct{ *loop }

// HTTP starts a server that listens in the network namespace nsfd; -1 is the caller's own.
func HTTP(nsfd int, cfg HTTPConfig) (*HTTPServer, error) {
	if cfg.IdleTimeout == 0 {
		cfg.IdleTimeout = 75 * time.Second
	}
	answers := newHTTPAnswers(cfg)
	l, err := newLoop(nsfd, cfg.Address, cfg.IdleTimeout, cfg.Poll, answers.does, answers)
	if err != nil {
		return nil, err
	}
	return &HTTPServer{l}, nil
}

// httpAnswers are the bytes of every possible answer, made once.
type httpAnswers struct {
	body    int64
	open    [2][]byte // the connection stays: HTTP/1.0, where it must be said, and HTTP/1.1
	ends    []byte
	whole   []byte // open[1] and the body in one, when that is small
	refused map[int][]byte
	spoiled []byte // the answer of a failure that has a status
	does    *behaviour
}

// joined is the largest body that is kept together with its head.
const joined = 64 << 10

func newHTTPAnswers(cfg HTTPConfig) *httpAnswers {
	head := func(more string) []byte {
		return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nX-Netlab-Instance: %s\r\n%s\r\n",
			cfg.ResponseSize, cfg.Instance, more)
	}
	a := &httpAnswers{
		body:    int64(cfg.ResponseSize),
		open:    [2][]byte{head("Connection: keep-alive\r\n"), head("")},
		ends:    head("Connection: close\r\n"),
		refused: map[int][]byte{},
		does:    newBehaviour(cfg.Behaviour),
	}
	if cfg.ResponseSize <= joined {
		a.whole = append(head(""), filler[:cfg.ResponseSize]...)
	}
	for status, reason := range map[int]string{
		400: "Bad Request", 431: "Request Header Fields Too Large", 501: "Not Implemented", 505: "HTTP Version Not Supported",
	} {
		a.refused[status] = fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nX-Netlab-Instance: %s\r\nConnection: close\r\n\r\n",
			status, reason, cfg.Instance)
	}
	if status := cfg.Behaviour.Failure.Status; status != 0 {
		a.spoiled = fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nX-Netlab-Instance: %s\r\n\r\n",
			status, http.StatusText(status), cfg.Instance)
	}
	return a
}

var goOn = []byte("HTTP/1.1 100 Continue\r\n\r\n")

func (a *httpAnswers) received(c *conn, b []byte) int {
	at := 0
	for at < len(b) && c.stage == serving {
		used, progress := c.request.Feed(b[at:])
		at += used
		switch progress {
		case http1.Continue:
			c.owed = append(c.owed, answer{head: goOn})
		case http1.Whole:
			if a.does.slow() {
				c.stage = working
			} else {
				a.answer(c)
			}
		case http1.Malformed:
			c.owed = append(c.owed, answer{head: a.refused[c.request.Status]})
			c.stage = refusing
		}
	}
	return at
}

func (a *httpAnswers) answer(c *conn) {
	r := &c.request
	body := a.body
	if r.HEAD {
		body = 0
	}
	switch fails := a.does.fails(); {
	case fails && a.spoiled == nil:
		c.stage = failing
	case fails:
		c.owed = append(c.owed, answer{head: a.spoiled})
		if !r.Keep {
			c.stage = finishing
		}
	case !r.Keep:
		c.owed = append(c.owed, answer{head: a.ends, body: body})
		c.stage = finishing
	case r.Minor == 1 && body > 0 && a.whole != nil:
		c.owed = append(c.owed, answer{head: a.whole})
	default:
		c.owed = append(c.owed, answer{head: a.open[r.Minor], body: body})
	}
	r.Next()
}
