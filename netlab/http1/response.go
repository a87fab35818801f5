package http1

import "bytes"

// Bounds on what a server may make us hold or read: beyond them an answer is malformed.
const (
	maxAnswerHead = 64 << 10 // bytes of one header section
	maxInterim    = 16       // 1xx answers before the real one
)

// A Response reads one answer after the other. Unless a read ends within a header line, it keeps nothing.
type Response struct {
	HEAD bool // the request was HEAD: no body follows
	// Watch is the lower-case name of a field to look for. Number makes a number of its value, and
	// Watched is that of this answer, or 0.
	Watch   string
	Number  func(value []byte) uint16
	Watched uint16
	Status  uint16
	header

	state   section
	left    int64 // bytes of the body still to come
	chunks  Body
	interim int    // 1xx answers seen
	size    int    // bytes of the header section so far
	begun   bool   // the status line was read
	part    []byte // a header line's first part, when a read ended within it
}

type section uint8

const (
	inHead section = iota
	inBody
	inBodyToEOF
	inChunks
)

// Next makes r ready for the next answer on the connection.
func (r *Response) Next() {
	r.state, r.Status, r.Watched, r.interim, r.size, r.begun = inHead, 0, 0, 0, 0, false
	r.part = r.part[:0]
}

// Feed takes the next bytes and says how many of them belong to this answer.
func (r *Response) Feed(b []byte) (used int, p Progress) {
	for used < len(b) {
		rest := b[used:]
		switch r.state {
		case inHead:
			n, p := r.headLine(rest)
			used += n
			if p != More {
				return used, p
			}
		case inBody:
			n := min(int64(len(rest)), r.left)
			used += int(n)
			if r.left -= n; r.left > 0 {
				return used, More
			}
			return used, Whole
		case inBodyToEOF:
			return len(b), More
		case inChunks:
			n, p := r.chunks.Feed(rest)
			return used + n, p
		}
	}
	return used, More
}

// Closed says what the end of the connection means: some answers end so.
func (r *Response) Closed() Progress {
	if r.state == inBodyToEOF {
		return Whole
	}
	return Malformed
}

// headLine reads one line of a header section, or keeps its first part for later.
func (r *Response) headLine(b []byte) (int, Progress) {
	end := bytes.IndexByte(b, '\n')
	n := end + 1
	if end < 0 {
		n, end = len(b), len(b)
	}
	if r.size += n; r.size > maxAnswerHead {
		return n, Malformed
	}
	line := b[:end]
	if len(r.part) > 0 || n == end {
		r.part = append(r.part, line...)
		line = r.part
	}
	if n == end {
		return n, More
	}
	r.part = r.part[:0] // line keeps the bytes until the next append
	return n, r.takeLine(withoutCR(line))
}

// takeLine reads a status line, a field, or the empty line that ends the section.
func (r *Response) takeLine(line []byte) Progress {
	switch {
	case !r.begun:
		r.begun, r.Watched = true, 0
		if !r.statusLine(line) {
			return Malformed
		}
	case len(line) > 0:
		watched, status := r.field(line, r.Watch)
		if status != 0 {
			return Malformed
		}
		if watched != nil {
			r.Watched = r.Number(watched)
		}
	default:
		r.begun, r.size = false, 0
		return r.framing()
	}
	return More
}

// statusLine reads "HTTP/1.1 200 OK".
func (r *Response) statusLine(line []byte) bool {
	if len(line) < 12 || string(line[:7]) != "HTTP/1." || line[8] != ' ' || len(line) > 12 && line[12] != ' ' {
		return false
	}
	if line[7] != '0' && line[7] != '1' {
		return false
	}
	status := 0
	for _, c := range line[9:12] {
		if c < '0' || c > '9' {
			return false
		}
		status = status*10 + int(c-'0')
	}
	r.Status = uint16(status)
	r.begin(line[7] - '0')
	return status >= 100 && status < 600
}

// framing decides how the body ends (section 6.3).
func (r *Response) framing() Progress {
	switch {
	case r.Status == 101:
		return Malformed // we never ask for another protocol
	case r.Status < 200:
		if r.interim++; r.interim > maxInterim {
			return Malformed
		}
		return More // state stays inHead: the real answer follows
	case r.HEAD || r.Status == 204 || r.Status == 304:
		return Whole
	case r.chunked:
		r.state, r.chunks = inChunks, Body{}
	case r.length == 0:
		return Whole
	case r.length > 0:
		r.state, r.left = inBody, r.length
	default:
		r.state, r.Keep = inBodyToEOF, false
	}
	return More
}
