package service

import (
	"bytes"

	"netlab/netlab/http1"
)

// maxHead bounds the bytes of one header section that a client may make the server hold.
const maxHead = 16 << 10

// A request reads one HTTP/1.1 request after the other from bytes as they come. Bodies are read and
// thrown away.
type request struct {
	state   section
	part    []byte // a header's first part, when a read ended within it
	left    int64  // bytes of the body still to come
	chunks  http1.Body
	chunked bool
	expects bool

	// What the answer depends on.
	head   bool // HEAD: no body
	keep   bool
	minor  uint8
	status int // when refused
}

type section uint8

const (
	inHead section = iota
	inBody
	inChunks
)

type event uint8

const (
	needMore event = iota
	expectsContinue
	requestWhole
	requestRefused
)

// next makes r ready for the next request.
func (r *request) next() { *r = request{part: r.part[:0]} }

// forget lets go of what a connection held.
func (r *request) forget() { *r = request{} }

// feed takes the next bytes and says how many it used and what came of them.
func (r *request) feed(b []byte) (int, event) {
	switch r.state {
	case inHead:
		return r.header(b)
	case inBody:
		n := min(int64(len(b)), r.left)
		if r.left -= n; r.left > 0 {
			return int(n), needMore
		}
		return int(n), requestWhole
	}
	n, progress := r.chunks.Feed(b)
	switch progress {
	case http1.Whole:
		return n, requestWhole
	case http1.Malformed:
		r.status = 400
		return n, requestRefused
	}
	return n, needMore
}

// header reads a header section from b, or keeps b for later when it is not whole yet.
func (r *request) header(b []byte) (int, event) {
	if len(r.part) == 0 {
		if n := headerEnd(b, 0); n > 0 && n <= maxHead {
			return n, r.parse(b[:n])
		}
	}
	held := len(r.part)
	room := maxHead - held
	r.part = append(r.part, b[:min(len(b), room)]...)
	n := headerEnd(r.part, max(0, held-3))
	switch {
	case n > 0:
		e := r.parse(r.part[:n])
		r.part = r.part[:0]
		return n - held, e
	case len(b) >= room:
		r.status = 431
		return len(b), requestRefused
	}
	return len(b), needMore
}

// headerEnd is where the section that ends with an empty line ends, 0 if it does not within b; from
// says how far the search got before. Empty lines before a request are part of its section.
func headerEnd(b []byte, from int) int {
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
func (r *request) parse(b []byte) event {
	b = bytes.TrimLeft(b, "\r\n") // RFC 9112, section 2.2
	line, b, _ := bytes.Cut(b, []byte("\n"))
	if r.status = r.requestLine(bytes.TrimSuffix(line, []byte("\r"))); r.status != 0 {
		return requestRefused
	}
	length := int64(-1)
	for {
		line, b, _ = bytes.Cut(b, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			break
		}
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found || len(name) == 0 || bytes.ContainsAny(name, " \t") {
			r.status = 400
			return requestRefused
		}
		if r.status = r.field(name, bytes.Trim(value, " \t"), &length); r.status != 0 {
			return requestRefused
		}
	}
	if r.chunked && length >= 0 {
		r.status = 400 // request smuggling looks like this
		return requestRefused
	}
	return r.framing(length)
}

func (r *request) framing(length int64) event {
	switch {
	case r.chunked:
		r.state, r.chunks = inChunks, http1.Body{}
	case length > 0:
		r.state, r.left = inBody, length
	default:
		return requestWhole
	}
	if r.expects {
		return expectsContinue
	}
	return needMore
}

// requestLine reads "GET / HTTP/1.1" and returns the status to refuse it with, or 0.
func (r *request) requestLine(line []byte) int {
	method, rest, _ := bytes.Cut(line, []byte(" "))
	target, version, found := bytes.Cut(rest, []byte(" "))
	if !found || len(method) == 0 || len(target) == 0 || len(version) != 8 || string(version[:5]) != "HTTP/" {
		return 400
	}
	switch string(version[5:]) {
	case "1.1":
		r.minor, r.keep = 1, true
	case "1.0":
		r.minor, r.keep = 0, false
	default:
		return 505
	}
	r.head = string(method) == "HEAD"
	if string(method) == "CONNECT" {
		return 501
	}
	return 0
}

// field reads one header field and returns the status to refuse it with, or 0.
func (r *request) field(name, value []byte, length *int64) int {
	switch {
	case len(name) == 10 && equalFold(name, "connection"):
		for token := range bytes.SplitSeq(value, []byte(",")) {
			switch token = bytes.Trim(token, " \t"); {
			case equalFold(token, "close"):
				r.keep = false
				return 0
			case equalFold(token, "keep-alive"):
				r.keep = true
			}
		}
	case len(name) == 14 && equalFold(name, "content-length"):
		n := int64(0)
		if len(value) == 0 || len(value) > 18 {
			return 400
		}
		for _, d := range value {
			if d < '0' || d > '9' {
				return 400
			}
			n = n*10 + int64(d-'0')
		}
		if *length >= 0 && *length != n {
			return 400
		}
		*length = n
	case len(name) == 17 && equalFold(name, "transfer-encoding"):
		if !equalFold(value, "chunked") {
			return 501
		}
		r.chunked = true
	case len(name) == 6 && equalFold(name, "expect"):
		r.expects = r.minor == 1 && equalFold(value, "100-continue")
	}
	return 0
}

// equalFold compares with a lower-case ASCII name.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
