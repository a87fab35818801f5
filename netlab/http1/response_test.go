package http1

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
		want   Progress
		status uint16
		keep   bool
		unused int
	}{
		"counted":             {input: ok + "Content-Length: 5\r\n\r\nhello", want: Whole, status: 200, keep: true},
		"counted, unfinished": {input: ok + "Content-Length: 5\r\n\r\nhell", status: 200, keep: true},
		"counted, too much":   {input: ok + "Content-Length: 5\r\n\r\nhello!", want: Whole, status: 200, keep: true, unused: 1},
		"empty":               {input: ok + "content-length:0\r\n\r\n", want: Whole, status: 200, keep: true},
		"lengths agree":       {input: ok + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", want: Whole, status: 200, keep: true},
		"lengths differ":      {input: ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", want: Malformed},
		"length negative":     {input: ok + "Content-Length: -1\r\n\r\n", want: Malformed},
		"length empty":        {input: ok + "Content-Length: \r\n\r\n", want: Malformed},
		"length beyond all":   {input: ok + "Content-Length: 9999999999999999999\r\n\r\n", want: Malformed},
		"HEAD":                {input: ok + "Content-Length: 5\r\n\r\n", head: true, want: Whole, status: 200, keep: true},
		"no content":          {input: "HTTP/1.1 204 No Content\r\n\r\n", want: Whole, status: 204, keep: true},
		"not modified":        {input: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", want: Whole, status: 304, keep: true},
		"no reason":           {input: "HTTP/1.1 204\r\n\r\n", want: Whole, status: 204, keep: true},
		"close":               {input: ok + "Connection: x, Close\r\nContent-Length: 0\r\n\r\n", want: Whole, status: 200},
		"HTTP/1.0":            {input: "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", want: Whole, status: 200},
		"HTTP/1.0 kept": {
			input: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", want: Whole, status: 200, keep: true,
		},
		"until the end": {input: ok + "\r\nhello", status: 200},
		"chunked": {
			input: ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nT: u\r\n\r\n", want: Whole, status: 200,
			keep: true,
		},
		"chunked, bare line feeds": {input: ok + "Transfer-Encoding: chunked\n\n1\nx\n0\n\n", want: Whole, status: 200, keep: true},
		"chunked beats length": {
			input: ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", want: Whole, status: 200, keep: true,
		},
		"chunk size missing":      {input: ok + "Transfer-Encoding: chunked\r\n\r\n\r\n", want: Malformed},
		"chunk size too long":     {input: ok + "Transfer-Encoding: chunked\r\n\r\n1000000000000000\r\n", want: Malformed},
		"chunk longer than said":  {input: ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n", want: Malformed},
		"chunk extension endless": {input: ok + "Transfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", 4<<10), want: Malformed},
		"trailers endless":        {input: ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("a:b\r\n", 4<<10), want: Malformed},
		"another coding":          {input: ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", want: Malformed},
		"chunked in HTTP/1.0":     {input: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", want: Malformed},
		"interim": {
			input: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok + "Content-Length: 0\r\n\r\n", want: Whole,
			status: 200, keep: true,
		},
		"interim for ever": {input: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", maxInterim+1), want: Malformed},
		"another protocol": {input: "HTTP/1.1 101 Switching Protocols\r\n\r\n", want: Malformed},
		"header endless":   {input: ok + "X: " + strings.Repeat("x", maxAnswerHead), want: Malformed},
		"header full": {
			input: ok + "Content-Length: 1\r\nX: " + strings.Repeat("x", maxAnswerHead-60) + "\r\n\r\nx", want: Whole, status: 200, keep: true,
		},
		"bare line feeds":           {input: "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", want: Whole, status: 200, keep: true},
		"a banner":                  {input: "SSH-2.0-OpenSSH_9.2\r\n", want: Malformed},
		"another version":           {input: "HTTP/2.0 200 OK\r\n\r\n", want: Malformed},
		"status of two digits":      {input: "HTTP/1.1 20 OK\r\n\r\n", want: Malformed},
		"status of four digits":     {input: "HTTP/1.1 2000 OK\r\n\r\n", want: Malformed},
		"status beyond all":         {input: "HTTP/1.1 600 OK\r\n\r\n", want: Malformed},
		"a field without colon":     {input: ok + "hello\r\n\r\n", want: Malformed},
		"a field without name":      {input: ok + ": x\r\n\r\n", want: Malformed},
		"a space before the colon":  {input: ok + "Content-Length : 1\r\n\r\n", want: Malformed},
		"a folded field":            {input: ok + "X: y\r\n z: w\r\n\r\n", want: Malformed},
		"begins with an empty line": {input: "\r\n" + ok + "\r\n", want: Malformed},
	} {
		for _, size := range []int{1 << 20, 1000, 3, 2, 1} {
			if size < 1000 && len(c.input) > 4096 {
				continue
			}
			t.Run(fmt.Sprintf("%s in pieces of %d", name, size), func(t *testing.T) {
				r := Response{HEAD: c.head}
				got, unused := feedInPieces(&r, c.input, size)
				if got != c.want {
					t.Fatalf("progress %d, want %d", got, c.want)
				}
				if c.want == Malformed || size < 1<<20 && c.unused > 0 {
					return
				}
				if c.want == Whole && (r.Keep != c.keep || unused != c.unused) || r.Status != c.status {
					t.Errorf("status %d, keep %t, %d bytes left over", r.Status, r.Keep, unused)
				}
			})
		}
	}
}

func feedInPieces(r *Response, input string, size int) (Progress, int) {
	for input != "" {
		n := min(size, len(input))
		used, p := r.Feed([]byte(input[:n]))
		if p != More {
			return p, n - used
		}
		input = input[n:]
	}
	return More, 0
}

func TestEndOfStream(t *testing.T) {
	for input, want := range map[string]Progress{
		"HTTP/1.1 200 OK\r\n\r\nhello":                     Whole,
		"HTTP/1.1 200 OK\r\n\r\n":                          Whole,
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell": Malformed,
		"HTTP/1.1 200 OK\r\n":                              Malformed,
	} {
		r := Response{}
		r.Feed([]byte(input))
		if got := r.Closed(); got != want {
			t.Errorf("%q: %d, want %d", input, got, want)
		}
	}
}

func TestWatchedField(t *testing.T) {
	numbers := map[string]uint16{"ecs2": 2, "ecs3": 3}
	r := Response{Watch: "x-netlab-instance", Number: func(value []byte) uint16 { return numbers[string(value)] }}
	const rest = "Content-Length: 0\r\n\r\n"
	for _, c := range []struct {
		fields string
		want   uint16
	}{
		{"x-NETLAB-instance: \tecs2 \r\n", 2},
		{"X-Netlab-Instance: ecs3\r\n", 3},
		{"", 0},
		{"X-Netlab-Instances: ecs3\r\n", 0},
	} {
		r.Next()
		if _, p := r.Feed([]byte("HTTP/1.1 200 OK\r\n" + c.fields + rest)); p != Whole || r.Watched != c.want {
			t.Errorf("%q: %d, %d, want %d", c.fields, p, r.Watched, c.want)
		}
	}
}

func TestFeedDoesNotAllocate(t *testing.T) {
	r := Response{Watch: "x-netlab-instance", Number: func([]byte) uint16 { return 1 }}
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Netlab-Instance: ecs2\r\nContent-Length: 5\r\n\r\nhello")
	if n := testing.AllocsPerRun(1000, func() {
		r.Next()
		if _, p := r.Feed(answer); p != Whole {
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
		once := Response{HEAD: head}
		used, want := once.Feed(input)

		twice := Response{HEAD: head}
		at := min(int(cut), len(input))
		n, got := twice.Feed(input[:at])
		if got == More {
			n, got = twice.Feed(input[at:])
			n += at
		}
		if got != want || want == Whole && (n != used || once.Status != twice.Status || once.Keep != twice.Keep) {
			t.Fatalf("%q: progress %d after %d bytes at once, %d after %d when cut at %d", input, want, used, got, n, at)
		}
		if want == Whole {
			agree(t, input[:used], once.Status, head)
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

func BenchmarkResponse(b *testing.B) {
	r := Response{Watch: "x-netlab-instance", Number: func([]byte) uint16 { return 1 }}
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-Netlab-Instance: ecs2\r\n\r\nhello")
	b.ReportAllocs()
	for b.Loop() {
		r.Next()
		if _, p := r.Feed(answer); p != Whole {
			b.Fatal(p)
		}
	}
}
