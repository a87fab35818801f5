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

func TestRequests(t *testing.T) {
	get := "GET / HTTP/1.1\r\n"
	for name, c := range map[string]struct {
		input  string
		want   Progress
		status int // of a malformed one
		keep   bool
		head   bool
	}{
		"plain":                   {input: get + "Host: x\r\n\r\n", want: Whole, keep: true},
		"unfinished":              {input: get + "Host: x\r\n"},
		"HEAD":                    {input: "HEAD / HTTP/1.1\r\n\r\n", want: Whole, keep: true, head: true},
		"HTTP/1.0":                {input: "GET / HTTP/1.0\r\n\r\n", want: Whole},
		"HTTP/1.0 kept":           {input: "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", want: Whole, keep: true},
		"close":                   {input: get + "Connection: x, close\r\n\r\n", want: Whole},
		"close, then kept":        {input: get + "Connection: close\r\nConnection: keep-alive\r\n\r\n", want: Whole},
		"begins with empty lines": {input: "\r\n\n" + get + "\r\n", want: Whole, keep: true},
		"bare line feeds":         {input: "GET / HTTP/1.1\nHost: x\n\n", want: Whole, keep: true},
		"a body":                  {input: "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", want: Whole, keep: true},
		"a body, unfinished":      {input: "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhell", keep: true},
		"chunks": {
			input: "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", want: Whole, keep: true,
		},
		"chunks, wrong":             {input: "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx", want: Malformed, status: 400},
		"waits":                     {input: "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", want: Continue, keep: true},
		"nothing to wait for":       {input: get + "Expect: 100-continue\r\n\r\n", want: Whole, keep: true},
		"length and chunks":         {input: get + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", want: Malformed, status: 400},
		"lengths differ":            {input: get + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", want: Malformed, status: 400},
		"another coding":            {input: get + "Transfer-Encoding: gzip\r\n\r\n", want: Malformed, status: 501},
		"chunks in HTTP/1.0":        {input: "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", want: Malformed, status: 400},
		"another version":           {input: "GET / HTTP/2.0\r\n\r\n", want: Malformed, status: 505},
		"a tunnel":                  {input: "CONNECT x:1 HTTP/1.1\r\n\r\n", want: Malformed, status: 501},
		"no version":                {input: "GET /\r\n\r\n", want: Malformed, status: 400},
		"a folded field":            {input: get + "X: y\r\n z: w\r\n\r\n", want: Malformed, status: 400},
		"a space before the colon":  {input: get + "Content-Length : 1\r\n\r\n", want: Malformed, status: 400},
		"a space within the name":   {input: get + "Content Length: 1\r\n\r\n", want: Malformed, status: 400},
		"a field without a colon":   {input: get + "hello\r\n\r\n", want: Malformed, status: 400},
		"a header without an end":   {input: get + "X: " + strings.Repeat("x", maxRequestHead), want: Malformed, status: 431},
		"a header of the full size": {input: get + "X: " + strings.Repeat("x", maxRequestHead-len(get)-7) + "\r\n\r\n", want: Whole, keep: true},
	} {
		for _, size := range []int{1 << 20, 1000, 3, 2, 1} {
			if size < 1000 && len(c.input) > 4096 {
				continue
			}
			t.Run(fmt.Sprintf("%s in pieces of %d", name, size), func(t *testing.T) {
				var r Request
				got, used := More, 0
				for used < len(c.input) && got == More {
					var n int
					n, got = r.Feed([]byte(c.input[used:min(used+size, len(c.input))]))
					used += n
				}
				if got != c.want || r.Status != c.status {
					t.Fatalf("progress %d with status %d, want %d with %d", got, r.Status, c.want, c.status)
				}
				if c.want != Malformed && (used != len(c.input) || r.Keep != c.keep || r.HEAD != c.head) {
					t.Errorf("%d of %d bytes, keep %t, HEAD %t", used, len(c.input), r.Keep, r.HEAD)
				}
			})
		}
	}
}

// FuzzRequest: no input panics, how the input is cut makes no difference, and what we take for a whole request
// net/http reads alike.
func FuzzRequest(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), uint16(20))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), uint16(50))
	f.Add([]byte("\r\nPOST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx"), uint16(3))
	f.Fuzz(func(t *testing.T, input []byte, cut uint16) {
		read := func(pieces ...[]byte) (r Request, used int, p Progress) {
			for _, piece := range pieces {
				for len(piece) > 0 && p != Whole && p != Malformed {
					var n int
					n, p = r.Feed(piece)
					piece, used = piece[n:], used+n
				}
			}
			return r, used, p
		}
		once, used, want := read(input)
		at := min(int(cut), len(input))
		twice, n, got := read(input[:at], input[at:])
		if got != want && (want == Whole || want == Malformed) ||
			want == Whole && (n != used || once.Keep != twice.Keep || once.HEAD != twice.HEAD) {
			t.Fatalf("%q: progress %d after %d bytes at once, %d after %d when cut at %d", input, want, used, got, n, at)
		}
		if want != Whole {
			return
		}
		b := bufio.NewReader(bytes.NewReader(input[:used]))
		for { // net/http takes no empty lines before a request
			if next, err := b.Peek(1); err != nil || next[0] != '\r' && next[0] != '\n' {
				break
			}
			b.Discard(1)
		}
		request, err := http.ReadRequest(b)
		if err != nil {
			return // net/http is stricter about what frames nothing
		}
		if _, err := io.Copy(io.Discard, request.Body); err == nil && b.Buffered() > 0 {
			t.Fatalf("%q: net/http leaves %d bytes", input, b.Buffered())
		}
	})
}

func BenchmarkRequest(b *testing.B) {
	var r Request
	input := []byte("GET / HTTP/1.1\r\nHost: 192.168.24.2\r\nUser-Agent: netlab\r\nAccept: */*\r\n\r\n")
	b.ReportAllocs()
	for b.Loop() {
		r.Next()
		if _, p := r.Feed(input); p != Whole {
			b.Fatal(p)
		}
	}
}
