package loadgen

import (
	"bytes"

	"netlab/netlab/http1"
)

// Bounds on what a server may make us hold or read: beyond them an answer is malformed.
const (
	maxHead    = 64 << 10 // bytes of one header section
	maxInterim = 16       // 1xx answers before the real one
)

// A response reads one HTTP/1.1 answer after the other from bytes as they come. It keeps no body
// and, unless a read ends within a header line, no header either.
type response struct {
	names  *names
	isHead bool // the request was HEAD: no body follows

	state   section
	status  uint16
	server  uint16
	keep    bool  // the connection stays open after this answer
	left    int64 // bytes of the body still to come
	chunks  http1.Body
	interim int    // 1xx answers seen
	size    int    // bytes of the header section so far
	begun   bool   // the status line was read
	part    []byte // a header line's first part, when a read ended within it
	fields
}

// fields are what a header says about the body.
type fields struct {
	length  int64 // -1: not said
	chunked bool
	minor   byte
}

type section uint8

const (
	inHead section = iota
	inBody
	inBodyToEOF
	inChunks
)

type progress = http1.Progress

const (
	needMore  = http1.More
	whole     = http1.Whole
	malformed = http1.Malformed
)

// reset makes r ready for the next answer on the connection.
func (r *response) reset() {
	r.state, r.status, r.server, r.interim, r.size, r.begun = inHead, 0, 0, 0, 0, false
	r.part = r.part[:0]
}

// feed takes the next bytes and says how many of them belong to this answer.
func (r *response) feed(b []byte) (used int, p progress) {
	for used < len(b) {
		rest := b[used:]
		switch r.state {
		case inHead:
			n, p := r.headLine(rest)
			used += n
			if p != needMore {
				return used, p
			}
		case inBody:
			n := min(int64(len(rest)), r.left)
			used += int(n)
			if r.left -= n; r.left > 0 {
				return used, needMore
			}
			return used, whole
		case inBodyToEOF:
			return len(b), needMore
		case inChunks:
			n, p := r.chunks.Feed(rest)
			return used + n, p
		}
	}
	return used, needMore
}

// closed says what the end of the stream means: some answers end so.
func (r *response) closed() progress {
	if r.state == inBodyToEOF {
		return whole
	}
	return malformed
}

// headLine reads one line of a header section, or keeps its first part for later.
func (r *response) headLine(b []byte) (int, progress) {
	end := bytes.IndexByte(b, '\n')
	n := end + 1
	if end < 0 {
		n, end = len(b), len(b)
	}
	if r.size += n; r.size > maxHead {
		return n, malformed
	}
	line := b[:end]
	if len(r.part) > 0 || n == end {
		r.part = append(r.part, line...)
		line = r.part
	}
	if n == end {
		return n, needMore
	}
	r.part = r.part[:0] // line keeps the bytes until the next append
	if len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	return n, r.takeLine(line)
}

// takeLine reads a status line, a field, or the empty line that ends the section.
func (r *response) takeLine(line []byte) progress {
	switch {
	case !r.begun:
		r.begun, r.server, r.fields = true, 0, fields{length: -1}
		if !r.statusLine(line) {
			return malformed
		}
	case len(line) > 0:
		if !r.field(line) {
			return malformed
		}
	default:
		r.begun, r.size = false, 0
		return r.framing()
	}
	return needMore
}

// echo reads an answer that must be the request.
func (r *response) echo(b, want []byte) (int, progress) {
	r.keep = true
	if r.state == inHead {
		r.state, r.left = inBody, int64(len(want))
	}
	rest := want[int64(len(want))-r.left:]
	n := min(len(b), len(rest))
	if !bytes.Equal(b[:n], rest[:n]) {
		return n, malformed
	}
	if r.left -= int64(n); r.left > 0 {
		return n, needMore
	}
	return n, whole
}

// framing decides how the body ends (RFC 9112, section 6.3).
func (r *response) framing() progress {
	switch {
	case r.status == 101:
		return malformed // we never ask for another protocol
	case r.status < 200:
		if r.interim++; r.interim > maxInterim {
			return malformed
		}
		return needMore // state stays inHead: the real answer follows
	case r.isHead || r.status == 204 || r.status == 304:
		return whole
	case r.chunked:
		r.state, r.chunks = inChunks, http1.Body{}
	case r.length == 0:
		return whole
	case r.length > 0:
		r.state, r.left = inBody, r.length
	default:
		r.state, r.keep = inBodyToEOF, false
	}
	return needMore
}
