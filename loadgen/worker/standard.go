package worker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netlab/loadgen"
	"netlab/scenarios/protocol"
)

// A client is the standard library's, with the books over what it sends. Every connection is a
// transport of its own, so that "64 connections" means 64.
type client struct {
	plan       loadgen.Plan
	rec        *teller
	transports []*http.Transport
	request    *http.Request
	due        chan int64 // intended instants that wait for a connection

	mu    sync.Mutex
	acct  loadgen.Accounting
	names map[string]uint16
	opens atomic.Uint64
}

func runStandard(ctx context.Context, j job, due <-chan int64, rec *teller) (loadgen.Accounting, error) {
	c, err := newClient(j.Plan, rec)
	if err != nil {
		return loadgen.Accounting{}, err
	}
	var work sync.WaitGroup
	for i := range c.transports {
		for range streams(j.Plan) {
			if j.Closed {
				work.Go(func() { c.loop(ctx, i) })
			} else {
				work.Go(func() { c.serve(ctx, i) })
			}
		}
	}
	if !j.Closed {
		c.dispatch(ctx, due)
	}
	work.Wait()
	for _, t := range c.transports {
		t.CloseIdleConnections()
	}
	c.acct.Connects = c.opens.Load()
	return c.acct, nil
}

func newClient(p loadgen.Plan, rec *teller) (*client, error) {
	c := &client{plan: p, rec: rec, due: make(chan int64, 1<<16), names: map[string]uint16{"": 0}}
	c.acct.Failed, c.acct.Servers = map[loadgen.Failure]uint64{}, []string{""}
	var err error
	if c.request, err = http.NewRequest(p.Method, address(p), nil); err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	c.request.Host = p.Host
	config := &tls.Config{InsecureSkipVerify: p.Insecure, ServerName: serverName(p)}
	if len(p.Trust) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(p.Trust) {
			return nil, errors.New("no certificate in those to trust")
		}
	}
	for i := range max(1, p.Connections) {
		source := p.Source
		if len(p.Sources) > 0 {
			source = p.Sources[i%len(p.Sources)]
		}
		c.transports = append(c.transports, c.transport(config, source))
	}
	return c, nil
}

// address is the URL of a plan's requests.
func address(p loadgen.Plan) string {
	scheme := "http"
	if spoken, _ := protocol.Of(p.Protocol); spoken.TLS {
		scheme = "https"
	}
	return scheme + "://" + p.Target.String() + p.Path
}

// streams is how many requests a connection carries at a time.
func streams(p loadgen.Plan) int {
	if p.Protocol != protocol.HTTP2 {
		return 1
	}
	return max(1, p.Streams)
}

// serverName is the name that the server's certificate must bear.
func serverName(p loadgen.Plan) string {
	if p.Host == "" {
		return p.Target.Addr().String()
	}
	if host, _, err := net.SplitHostPort(p.Host); err == nil {
		return host
	}
	return p.Host
}

func (c *client) transport(config *tls.Config, source netip.Addr) *http.Transport {
	dialer := &net.Dialer{}
	if source.IsValid() {
		dialer.LocalAddr = &net.TCPAddr{IP: source.AsSlice()}
	}
	t := &http.Transport{
		TLSClientConfig:    config.Clone(),
		DisableCompression: true,
		DisableKeepAlives:  c.plan.FreshConnections,
		MaxConnsPerHost:    1,
		Protocols:          new(http.Protocols),
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err == nil {
				c.opens.Add(1)
			}
			return conn, err
		},
	}
	if c.plan.Protocol == protocol.HTTP2 {
		t.Protocols.SetHTTP2(true)
	} else {
		t.Protocols.SetHTTP1(true)
	}
	return t
}

// dispatch offers each request at its instant. It runs on a thread of its own, for Go's timers round to
// a millisecond (golang/go#44343).
func (c *client) dispatch(ctx context.Context, due <-chan int64) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // else up to 50 µs later
	defer close(c.due)
	for at := range due {
		for left := at - loadgen.Now(); left > 0 && ctx.Err() == nil; left = at - loadgen.Now() {
			t := unix.NsecToTimespec(min(left, int64(50*time.Millisecond)))
			_ = unix.Nanosleep(&t, nil) // interrupted or not, the clock decides
		}
		if ctx.Err() != nil {
			return
		}
		c.count(func(a *loadgen.Accounting) { a.Offered++ })
		if c.plan.MaxWaiting > 0 && len(c.due) >= c.plan.MaxWaiting {
			c.count(func(a *loadgen.Accounting) { a.Shed++ })
			c.rec.Record(&loadgen.Sample{Intended: at, Phase: loadgen.PhaseShed})
			continue
		}
		select {
		case c.due <- at:
		case <-ctx.Done():
			c.open(loadgen.Sample{Intended: at})
			return
		}
	}
}

// serve sends requests over one connection, one after the other, as they come due.
func (c *client) serve(ctx context.Context, conn int) {
	for at := range c.due {
		switch now := loadgen.Now(); {
		case ctx.Err() != nil:
			c.open(loadgen.Sample{Intended: at})
		case now >= at+int64(c.plan.Timeout):
			c.fail(loadgen.Sample{Intended: at, Done: now, Phase: loadgen.PhaseWait, Errno: loadgen.ErrTimeout})
		default:
			c.send(ctx, conn, at)
		}
	}
}

// loop sends requests over one connection in a closed loop.
func (c *client) loop(ctx context.Context, conn int) {
	at := c.plan.Start
	for {
		select {
		case <-time.After(time.Duration(at - loadgen.Now())):
		case <-ctx.Done():
			return
		}
		if c.plan.Duration > 0 && at >= c.plan.Start+int64(c.plan.Duration) {
			return
		}
		c.count(func(a *loadgen.Accounting) { a.Offered++ })
		pause := c.plan.Think
		if !c.send(ctx, conn, at) {
			pause = max(pause, 100*time.Millisecond) // as the other engines pause
		}
		at = loadgen.Now() + int64(pause)
	}
}

// send sends one request and says whether it was answered.
func (c *client) send(ctx context.Context, conn int, intended int64) bool {
	limited, cancel := context.WithTimeout(ctx, c.plan.Timeout)
	defer cancel()
	var connected, first atomic.Int64
	s := loadgen.Sample{Intended: intended, Sent: loadgen.Now(), Conn: uint32(conn)}
	c.count(func(a *loadgen.Accounting) { a.Sent++ })
	request := c.request.WithContext(httptrace.WithClientTrace(limited, &httptrace.ClientTrace{
		GotConn:              func(httptrace.GotConnInfo) { connected.Store(loadgen.Now()) },
		GotFirstResponseByte: func() { first.Store(loadgen.Now()) },
	}))
	answer, err := c.transports[conn].RoundTrip(request)
	if err == nil {
		s.Status, s.Server = uint16(answer.StatusCode), c.server(answer.Header.Get("X-Netlab-Instance"))
		_, err = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	s.Done, s.FirstByte = loadgen.Now(), first.Load()
	switch {
	case err == nil && s.Status < 400:
		c.count(func(a *loadgen.Accounting) { a.Answered++ })
		c.rec.Record(&s)
		return true
	case err == nil:
		s.Phase, s.Errno = loadgen.PhaseBody, loadgen.ErrStatus
	case ctx.Err() != nil:
		c.open(s)
		return false
	default:
		s.Phase, s.Errno = loadgen.PhaseConnect, errnoOf(err)
		if connected.Load() != 0 {
			s.Phase = loadgen.PhaseFirstByte
		}
		if s.FirstByte != 0 {
			s.Phase = loadgen.PhaseBody
		}
	}
	c.fail(s)
	return false
}

// errnoOf is what an error of the client comes to.
func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	var late net.Error
	switch {
	case errors.As(err, &errno):
		return errno
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &late) && late.Timeout():
		return loadgen.ErrTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return loadgen.ErrClosed
	}
	return loadgen.ErrProtocol
}

func (c *client) fail(s loadgen.Sample) {
	c.count(func(a *loadgen.Accounting) { a.Failed[loadgen.Failure{Phase: s.Phase, Errno: s.Errno}]++ })
	c.rec.Record(&s)
}

func (c *client) open(s loadgen.Sample) {
	s.Phase, s.Done = loadgen.PhaseOpen, 0
	c.count(func(a *loadgen.Accounting) { a.Open++ })
	c.rec.Record(&s)
}

func (c *client) count(f func(*loadgen.Accounting)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.acct)
}

// server gives each answering instance a number.
func (c *client) server(name string) uint16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, known := c.names[name]
	if !known && len(c.acct.Servers) < 4096 {
		n = uint16(len(c.acct.Servers))
		c.names[name] = n
		c.acct.Servers = append(c.acct.Servers, name)
	}
	return n
}
