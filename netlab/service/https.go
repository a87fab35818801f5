package service

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// An HTTPSServer is the standard library's server: HTTP/1.1 and HTTP/2 over TLS, slower than
// HTTPServer.
type HTTPSServer struct {
	addr   netip.AddrPort
	server *http.Server
	done   chan error

	mu    sync.Mutex
	conns map[*net.TCPConn]struct{}
}

// HTTPS starts a server that listens in the network namespace nsfd; -1 is the caller's own. The
// authority certifies it for the names and addresses given and for the server's own address.
func HTTPS(nsfd int, cfg HTTPConfig, authority *Authority, names ...string) (*HTTPSServer, error) {
	if cfg.Behaviour != (Behaviour{}) {
		return nil, fmt.Errorf("serve HTTPS on %s: service times, stalls and failures: %w", cfg.Address, errors.ErrUnsupported)
	}
	if cfg.IdleTimeout == 0 {
		cfg.IdleTimeout = 75 * time.Second
	}
	fd, addr, err := listen(nsfd, cfg.Address, unix.SOCK_STREAM)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "listener")
	listener, err := net.FileListener(file) // has a descriptor of its own
	file.Close()
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	s := &HTTPSServer{addr: addr, done: make(chan error, 1), conns: map[*net.TCPConn]struct{}{}}
	pair, err := authority.certify(append(names, addr.Addr().String()))
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("serve HTTPS on %s: %w", addr, err)
	}
	s.server = &http.Server{
		Handler:           httpsAnswer(cfg),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{pair}},
		IdleTimeout:       cfg.IdleTimeout,
		ReadHeaderTimeout: cfg.IdleTimeout,
		ErrorLog:          log.New(io.Discard, "", 0), // of clients' faults, which the clients see
		ConnState:         s.track,
	}
	go func() { s.done <- s.server.ServeTLS(listener, "", "") }()
	return s, nil
}

// Addr is where the server listens.
func (s *HTTPSServer) Addr() netip.AddrPort { return s.addr }

// Close stops listening and resets every open connection.
func (s *HTTPSServer) Close() error {
	s.mu.Lock()
	for c := range s.conns {
		_ = c.SetLinger(0) // fails only on a connection that has ended
	}
	s.mu.Unlock()
	err := s.server.Close()
	if ended := <-s.done; !errors.Is(ended, http.ErrServerClosed) && err == nil {
		err = ended
	}
	s.done <- http.ErrServerClosed // for a second Close
	if err != nil {
		return fmt.Errorf("close server on %s: %w", s.addr, err)
	}
	return nil
}

// track knows the connections that are to be reset.
func (s *HTTPSServer) track(c net.Conn, state http.ConnState) {
	secure, ok := c.(*tls.Conn)
	if !ok {
		return
	}
	tcp, ok := secure.NetConn().(*net.TCPConn)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.conns[tcp] = struct{}{}
	case http.StateClosed, http.StateHijacked:
		delete(s.conns, tcp)
	}
}

func httpsAnswer(cfg HTTPConfig) http.Handler {
	body := bytes.Repeat(filler, cfg.ResponseSize/len(filler)+1)[:cfg.ResponseSize]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/plain")
		h.Set("Content-Length", strconv.Itoa(cfg.ResponseSize))
		h.Set("X-Netlab-Instance", cfg.Instance)
		_, _ = w.Write(body) // fails when the client has gone
	})
}
