package loadgen

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestResponses(t *testing.T) {
	ok := "HTTP/1.1 200 OK\r\n"
	for name, c := range map[string]struct {
		input  string
		head   bool
		want   progress
		status uint16
		keep   bool
		unused int
	}{
		"counted":                   {input: ok + "Content-Length: 5\r\n\r\nhello", want: whole, status: 200, keep: true},
		"counted, unfinished":       {input: ok + "Content-Length: 5\r\n\r\nhell", status: 200, keep: true},
		"counted, too much":         {input: ok + "Content-Length: 5\r\n\r\nhello!", want: whole, status: 200, keep: true, unused: 1},
		"empty":                     {input: ok + "content-length:0\r\n\r\n", want: whole, status: 200, keep: true},
		"lengths agree":             {input: ok + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", want: whole, status: 200, keep: true},
		"lengths differ":            {input: ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", want: malformed},
		"length negative":           {input: ok + "Content-Length: -1\r\n\r\n", want: malformed},
		"length empty":              {input: ok + "Content-Length: \r\n\r\n", want: malformed},
		"length beyond all":         {input: ok + "Content-Length: 9999999999999999999\r\n\r\n", want: malformed},
		"HEAD":                      {input: ok + "Content-Length: 5\r\n\r\n", head: true, want: whole, status: 200, keep: true},
		"no content":                {input: "HTTP/1.1 204 No Content\r\n\r\n", want: whole, status: 204, keep: true},
		"not modified":              {input: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", want: whole, status: 304, keep: true},
		"no reason":                 {input: "HTTP/1.1 204\r\n\r\n", want: whole, status: 204, keep: true},
		"close":                     {input: ok + "Connection: x, Close\r\nContent-Length: 0\r\n\r\n", want: whole, status: 200},
		"HTTP/1.0":                  {input: "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", want: whole, status: 200},
		"HTTP/1.0 kept":             {input: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", want: whole, status: 200, keep: true},
		"until the end":             {input: ok + "\r\nhello", status: 200},
		"chunked":                   {input: ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nT: u\r\n\r\n", want: whole, status: 200, keep: true},
		"chunked, bare line feeds":  {input: ok + "Transfer-Encoding: chunked\n\n1\nx\n0\n\n", want: whole, status: 200, keep: true},
		"chunked beats length":      {input: ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", want: whole, status: 200, keep: true},
		"chunk size missing":        {input: ok + "Transfer-Encoding: chunked\r\n\r\n\r\n", want: malformed},
		"chunk size too long":       {input: ok + "Transfer-Encoding: chunked\r\n\r\n1000000000000000\r\n", want: malformed},
		"chunk longer than said":    {input: ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n", want: malformed},
		"chunk extension endless":   {input: ok + "Transfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", 4<<10), want: malformed},
		"trailers endless":          {input: ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("a:b\r\n", 4<<10), want: malformed},
		"another coding":            {input: ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", want: malformed},
		"chunked in HTTP/1.0":       {input: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", want: malformed},
		"interim":                   {input: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok + "Content-Length: 0\r\n\r\n", want: whole, status: 200, keep: true},
		"interim for ever":          {input: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", maxInterim+1), want: malformed},
		"another protocol":          {input: "HTTP/1.1 101 Switching Protocols\r\n\r\n", want: malformed},
		"header endless":            {input: ok + "X: " + strings.Repeat("x", maxHead), want: malformed},
		"header full":               {input: ok + "Content-Length: 1\r\nX: " + strings.Repeat("x", maxHead-60) + "\r\n\r\nx", want: whole, status: 200, keep: true},
		"bare line feeds":           {input: "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", want: whole, status: 200, keep: true},
		"a banner":                  {input: "SSH-2.0-OpenSSH_9.2\r\n", want: malformed},
		"another version":           {input: "HTTP/2.0 200 OK\r\n\r\n", want: malformed},
		"status of two digits":      {input: "HTTP/1.1 20 OK\r\n\r\n", want: malformed},
		"status of four digits":     {input: "HTTP/1.1 2000 OK\r\n\r\n", want: malformed},
		"status beyond all":         {input: "HTTP/1.1 600 OK\r\n\r\n", want: malformed},
		"a field without colon":     {input: ok + "hello\r\n\r\n", want: malformed},
		"a field without name":      {input: ok + ": x\r\n\r\n", want: malformed},
		"a space before the colon":  {input: ok + "Content-Length : 1\r\n\r\n", want: malformed},
		"a folded field":            {input: ok + "X: y\r\n z: w\r\n\r\n", want: malformed},
		"begins with an empty line": {input: "\r\n" + ok + "\r\n", want: malformed},
	} {
		for _, size := range []int{1 << 20, 1000, 3, 2, 1} {
			if size < 1000 && len(c.input) > 4096 {
				continue
			}
			t.Run(fmt.Sprintf("%s in pieces of %d", name, size), func(t *testing.T) {
				r := response{names: newNames(), isHead: c.head}
				got, unused := feedInPieces(&r, c.input, size)
				if got != c.want {
					t.Fatalf("progress %d, want %d", got, c.want)
				}
				if c.want == malformed || size < 1<<20 && c.unused > 0 {
					return
				}
				if c.want == whole && (r.keep != c.keep || unused != c.unused) || r.status != c.status {
					t.Errorf("status %d, keep %t, %d bytes left over", r.status, r.keep, unused)
				}
			})
		}
	}
}

func feedInPieces(r *response, input string, size int) (progress, int) {
	for input != "" {
		n := min(size, len(input))
		used, p := r.feed([]byte(input[:n]))
		if p != needMore {
			return p, n - used
		}
		input = input[n:]
	}
	return needMore, 0
}

func TestEndOfStream(t *testing.T) {
	for input, want := range map[string]progress{
		"HTTP/1.1 200 OK\r\n\r\nhello":                     whole,
		"HTTP/1.1 200 OK\r\n\r\n":                          whole,
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell": malformed,
		"HTTP/1.1 200 OK\r\n":                              malformed,
	} {
		r := response{names: newNames()}
		r.feed([]byte(input))
		if got := r.closed(); got != want {
			t.Errorf("%q: %d, want %d", input, got, want)
		}
	}
}

func TestInstanceName(t *testing.T) {
	names := newNames()
	for _, want := range []string{"ecs2", "ecs3", "ecs2"} {
		r := response{names: names}
		r.feed([]byte("HTTP/1.1 200 OK\r\nx-NETLAB-instance: \t" + want + " \r\nContent-Length: 0\r\n\r\n"))
		if got := names.list[r.server]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if len(names.list) != 3 {
		t.Errorf("names %q", names.list)
	}
	for i := range 2 * maxNames {
		names.number([]byte(fmt.Sprint(i)))
	}
	if len(names.list) != maxNames {
		t.Errorf("%d names kept", len(names.list))
	}
}

func TestFeedDoesNotAllocate(t *testing.T) {
	r := response{names: newNames()}
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Netlab-Instance: ecs2\r\nContent-Length: 5\r\n\r\nhello")
	if n := testing.AllocsPerRun(1000, func() {
		r.reset()
		if _, p := r.feed(answer); p != whole {
			t.Fatal(p)
		}
	}); n != 0 {
		t.Errorf("%v allocations an answer", n)
	}
}

// FuzzResponse: no input panics, how the input is cut makes no difference, and what we take for a
// whole answer net/http reads alike.
func FuzzResponse(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), uint16(20), false)
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), uint16(50), false)
	f.Add([]byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 Not Found\r\nConnection: keep-alive\r\n\r\nx"), uint16(3), true)
	f.Fuzz(func(t *testing.T, input []byte, cut uint16, head bool) {
		once := response{names: newNames(), isHead: head}
		used, want := once.feed(input)

		twice := response{names: newNames(), isHead: head}
		at := min(int(cut), len(input))
		n, got := twice.feed(input[:at])
		if got == needMore {
			n, got = twice.feed(input[at:])
			n += at
		}
		if got != want || want == whole && (n != used || once.status != twice.status || once.keep != twice.keep) {
			t.Fatalf("%q: progress %d after %d bytes at once, %d after %d when cut at %d", input, want, used, got, n, at)
		}
		if want == whole {
			agree(t, input[:used], once.status, head)
		}
	})
}

func agree(t *testing.T, input []byte, status uint16, head bool) {
	request := &http.Request{Method: "GET"}
	if head {
		request.Method = "HEAD"
	}
	b := bufio.NewReader(bytes.NewReader(input))
	for {
		answer, err := http.ReadResponse(b, request)
		if err != nil {
			return // net/http is stricter about characters that frame nothing
		}
		if answer.StatusCode < 200 {
			continue
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return
		}
		if answer.StatusCode != int(status) || b.Buffered() > 0 {
			t.Fatalf("%q: net/http reads status %d and leaves %d bytes, we read %d", input, answer.StatusCode, b.Buffered(), status)
		}
		return
	}
}
