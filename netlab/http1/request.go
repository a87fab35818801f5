package http1

import "bytes"

// maxRequestHead bounds the bytes of one header section that a client may make the server hold.
const maxRequestHead = 16 << 10

// A Request reads one request after the other. Bodies are read and thrown away.
type Request struct {
	HEAD   bool // the answer has no body
	Status int  // of a malformed request: what refuses it
	header

	state   section
	part    []byte // a header's first part, when a read ended within it
	left    int64  // bytes of the body still to come
	chunks  Body
	expects bool
}

// Next makes r ready for the next request.
func (r *Request) Next() { *r = Request{part: r.part[:0]} }

// Forget lets go of what a connection held.
func (r *Request) Forget() { *r = Request{} }

// Feed takes the next bytes and says how many it used and what came of them.
func (r *Request) Feed(b []byte) (int, Progress) {
	switch r.state {
	case inHead:
		return r.head(b)
	case inBody:
		n := min(int64(len(b)), r.left)
		if r.left -= n; r.left > 0 {
			return int(n), More
		}
		return int(n), Whole
	}
	n, p := r.chunks.Feed(b)
	if p == Malformed {
		r.Status = badRequest
	}
	return n, p
}

// head reads a header section from b, or keeps b for later when it is not whole yet.
func (r *Request) head(b []byte) (int, Progress) {
	if len(r.part) == 0 {
		if n := headEnd(b, 0); n > 0 && n <= maxRequestHead {
			return n, r.parse(b[:n])
		}
	}
	held := len(r.part)
	room := maxRequestHead - held
	r.part = append(r.part, b[:min(len(b), room)]...)
	n := headEnd(r.part, max(0, held-3))
	switch {
	case n > 0:
		p := r.parse(r.part[:n])
		r.part = r.part[:0]
		return n - held, p
	case len(b) >= room:
		r.Status = headerTooLarge
		return len(b), Malformed
	}
	return len(b), More
}

// headEnd is where the section that ends with an empty line ends, 0 if it does not within b; from
// says how far the search got before. Empty lines before a request are part of its section.
func headEnd(b []byte, from int) int {
	begins := 0
	for begins < len(b) && (b[begins] == '\r' || b[begins] == '\n') {
		begins++
	}
	for at := max(from, begins); at < len(b); {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return 0
		}
		at += i + 1
		switch rest := b[at:]; {
		case len(rest) >= 1 && rest[0] == '\n':
			return at + 1
		case len(rest) >= 2 && rest[0] == '\r' && rest[1] == '\n':
			return at + 2
		}
	}
	return 0
}

// parse reads a whole header section.
func (r *Request) parse(b []byte) Progress {
	b = bytes.TrimLeft(b, "\r\n") // section 2.2
	end := bytes.IndexByte(b, '\n')
	if r.Status = r.requestLine(withoutCR(b[:end])); r.Status != 0 {
		return Malformed
	}
	for b = b[end+1:]; ; b = b[end+1:] {
		end = bytes.IndexByte(b, '\n')
		line := withoutCR(b[:end])
		if len(line) == 0 {
			break
		}
		expect, status := r.field(line, "expect")
		if status == 0 && bytes.ContainsAny(line[:bytes.IndexByte(line, ':')], " \t") {
			status = badRequest // what stands before the colon is no name
		}
		if r.Status = status; status != 0 {
			return Malformed
		}
		if expect != nil {
			r.expects = r.Minor == 1 && is(expect, "100-continue")
		}
	}
	return r.framing()
}

func (r *Request) framing() Progress {
	switch {
	case r.chunked && r.length >= 0:
		r.Status = badRequest // request smuggling looks like this
		return Malformed
	case r.chunked:
		r.state, r.chunks = inChunks, Body{}
	case r.length > 0:
		r.state, r.left = inBody, r.length
	default:
		return Whole
	}
	if r.expects {
		return Continue
	}
	return More
}

// requestLine reads "GET / HTTP/1.1" and returns the status to refuse it with, or 0.
func (r *Request) requestLine(line []byte) int {
	method, rest, _ := bytes.Cut(line, []byte(" "))
	target, version, found := bytes.Cut(rest, []byte(" "))
	if !found || len(method) == 0 || len(target) == 0 || len(version) != 8 || string(version[:5]) != "HTTP/" {
		return badRequest
	}
	switch string(version[5:]) {
	case "1.1":
		r.begin(1)
	case "1.0":
		r.begin(0)
	default:
		return badVersion
	}
	r.HEAD = string(method) == "HEAD"
	if string(method) == "CONNECT" {
		return notImplemented
	}
	return 0
}
