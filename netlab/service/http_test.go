package service

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/kernel"
	"netlab/netlab/kernel/kerneltest"
)

// web starts a server on loopback in a fresh namespace.
func web(t *testing.T, cfg HTTPConfig) (*HTTPServer, *kernel.Namespace) {
	t.Helper()
	ns := kerneltest.Namespace(t)
	cfg.Address = netip.MustParseAddrPort("127.0.0.1:80")
	cfg.Instance = "ecs2"
	s, err := HTTP(ns.FD(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, ns
}

func dial(t *testing.T, ns *kernel.Namespace, addr netip.AddrPort) *net.TCPConn {
	t.Helper()
	var c net.Conn
	err := ns.Do(func() (err error) {
		c, err = net.Dial("tcp", addr.String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

func TestHTTPAnswers(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-Netlab-Instance: ecs2\r\n"
	const ok = head + "\r\nnetla"
	const end = head + "Connection: close\r\n\r\nnetla"
	refused := func(status string) string {
		return "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nX-Netlab-Instance: ecs2\r\nConnection: close\r\n\r\n"
	}
	bye := "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
	for name, c := range map[string]struct{ send, want string }{
		"one":                 {bye, end},
		"kept alive":          {"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bye, ok + end},
		"pipelined":           {strings.Repeat("GET /a HTTP/1.1\r\n\r\n", 100) + bye, strings.Repeat(ok, 100) + end},
		"HEAD":                {"HEAD / HTTP/1.1\r\n\r\n" + bye, head + "\r\n" + end},
		"HTTP/1.0":            {"GET / HTTP/1.0\r\n\r\n", end},
		"HTTP/1.0 kept alive": {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" + bye, head + "Connection: keep-alive\r\n\r\nnetla" + end},
		"bare line feeds":     {"GET / HTTP/1.1\nHost: x\n\n" + bye, ok + end},
		"blank lines before":  {"\r\n\r\n" + bye, end},
		"a body":              {"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" + bye, ok + end},
		"a chunked body": {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: z\r\n\r\n" + bye,
			ok + end},
		"expect": {"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n" + "a" + bye,
			"HTTP/1.1 100 Continue\r\n\r\n" + ok + end},
		"no request":        {"hello\r\n\r\n", refused("400 Bad Request")},
		"another version":   {"GET / HTTP/3.0\r\n\r\n", refused("505 HTTP Version Not Supported")},
		"CONNECT":           {"CONNECT a:1 HTTP/1.1\r\n\r\n", refused("501 Not Implemented")},
		"a space in a name": {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", refused("400 Bad Request")},
		"two lengths":       {"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", refused("400 Bad Request")},
		"length and chunks": {"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", refused("400 Bad Request")},
		"a bad chunk":       {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", refused("400 Bad Request")},
		"an endless header": {"GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 1<<20), refused("431 Request Header Fields Too Large")},
	} {
		for _, pieces := range []int{1 << 20, 7, 1} {
			if len(c.send) > 4096 && pieces < 1<<20 {
				continue
			}
			t.Run(fmt.Sprintf("%s in pieces of %d", name, pieces), func(t *testing.T) {
				t.Parallel()
				s, ns := web(t, HTTPConfig{ResponseSize: 5})
				conn := dial(t, ns, s.Addr())
				go func() {
					for rest := c.send; rest != ""; rest = rest[min(pieces, len(rest)):] {
						if _, err := io.WriteString(conn, rest[:min(pieces, len(rest))]); err != nil {
							return // refused while still sending
						}
					}
					conn.CloseWrite()
				}()
				got, err := io.ReadAll(conn)
				if err != nil || string(got) != c.want {
					t.Errorf("got %q, %v\nwant %q", got, err, c.want)
				}
			})
		}
	}
}

// TestSlowReader owes a client more than the socket holds, many times over.
func TestSlowReader(t *testing.T) {
	const size, requests = 3 << 20, 9
	s, ns := web(t, HTTPConfig{ResponseSize: size})
	conn := dial(t, ns, s.Addr())
	if _, err := io.WriteString(conn, strings.Repeat("GET / HTTP/1.1\r\n\r\n", requests)); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for range requests {
		answer, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, answer.Body); n != size || err != nil {
			t.Fatalf("body of %d bytes, %v", n, err)
		}
	}
	if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil {
		t.Errorf("%d bytes too many, %v", len(rest), err)
	}
}

func TestCloseResetsAndRefuses(t *testing.T) {
	s, ns := web(t, HTTPConfig{})
	idle := dial(t, ns, s.Addr())
	used := dial(t, ns, s.Addr())
	if _, err := io.WriteString(used, "GET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := http.ReadResponse(bufio.NewReader(used), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	for name, c := range map[string]net.Conn{"idle": idle, "used": used} {
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s connection: %v, want reset", name, err)
		}
	}
	err := ns.Do(func() error {
		_, err := net.Dial("tcp", s.Addr().String())
		return err
	})
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial after Close: %v, want refused", err)
	}
	again, err := HTTP(ns.FD(), HTTPConfig{Address: s.Addr()})
	if err != nil {
		t.Fatalf("start again on the same port: %v", err)
	}
	again.Close()
}

// TestOddClients: what health checkers, port scanners and crashing clients do leaves nothing behind.
func TestOddClients(t *testing.T) {
	s, ns := web(t, HTTPConfig{ResponseSize: 1 << 20, IdleTimeout: 50 * time.Millisecond})
	for i := range 300 {
		c := dial(t, ns, s.Addr())
		switch i % 6 {
		case 1:
			io.WriteString(c, "GET / HT")
		case 2:
			io.WriteString(c, "GET / HTTP/1.1\r\n\r\n")
		case 3:
			io.WriteString(c, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
		case 4:
			c.CloseWrite()
		case 5:
			continue // never says a word, and stays
		}
		if err := c.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	// Answered in order, the last connection shows that the loop lives.
	c := dial(t, ns, s.Addr())
	io.WriteString(c, "HEAD / HTTP/1.1\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: "HEAD"}); err != nil {
		t.Fatal(err)
	}
	// Silent for too long it is dropped, and so by then is everyone before it.
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("silent connection: %v, want reset", err)
	}
	s.Close()
	for fd, c := range s.conns {
		if c != nil {
			t.Errorf("connection on descriptor %d left over", fd)
		}
	}
}

// TestNoDescriptors: when the process has no descriptor left, clients are turned away at once, and
// served again as soon as there are some.
func TestNoDescriptors(t *testing.T) {
	s, ns := web(t, HTTPConfig{})
	before := dial(t, ns, s.Addr())
	io.WriteString(before, "HEAD / HTTP/1.1\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(before), &http.Request{Method: "HEAD"}); err != nil {
		t.Fatal(err)
	}
	fd, err := ns.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := fill(t)
	sa := &unix.SockaddrInet4{Port: 80, Addr: [4]byte{127, 0, 0, 1}}
	if err := unix.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	if err := unix.Connect(fd, sa); err != nil {
		t.Fatal(err)
	}
	_, err = unix.Read(fd, make([]byte, 1))
	unix.Close(fd)
	for _, fd := range f {
		unix.Close(fd)
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("without descriptors: %v, want reset", err)
	}
	after := dial(t, ns, s.Addr())
	io.WriteString(after, "HEAD / HTTP/1.1\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(after), &http.Request{Method: "HEAD"}); err != nil {
		t.Fatal(err)
	}
}

// fill takes every descriptor that a lowered limit leaves.
func fill(t *testing.T) []int {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	low := limit
	low.Cur = 512
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Setrlimit(unix.RLIMIT_NOFILE, &limit) })
	var taken []int
	for {
		fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return taken
		}
		taken = append(taken, fd)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 3)
	f.Add([]byte("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\nGET / HTTP/1.0\n\n"), 1)
	f.Add([]byte("\r\nPUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na"), 2)
	f.Fuzz(func(t *testing.T, input []byte, cut int) {
		answers := newHTTPAnswers(HTTPConfig{ResponseSize: 1})
		atOnce, inTwo := &conn{}, &conn{}
		answers.received(atOnce, input)
		cut = min(max(0, cut), len(input))
		answers.received(inTwo, input[:cut])
		answers.received(inTwo, input[cut:])
		if len(atOnce.owed) != len(inTwo.owed) || atOnce.stage != inTwo.stage {
			t.Errorf("%q: %d answers, stage %d at once; %d answers, stage %d when cut at %d",
				input, len(atOnce.owed), atOnce.stage, len(inTwo.owed), inTwo.stage, cut)
		}
	})
}
