package loadgen

import (
	"bytes"
)

// Bounds on what a server may make us hold or read: beyond them an answer is malformed.
const (
	maxHead    = 64 << 10 // bytes of one header section
	maxInterim = 16       // 1xx answers before the real one
	maxLine    = 4 << 10  // bytes of a chunk-size line or a trailer section
)

// A response reads one HTTP/1.1 answer after the other from bytes as they come. It keeps no body
// and, unless a header is split over two reads, no header either.
type response struct {
	names  *names
	isHead bool // the request was HEAD: no body follows

	state   section
	status  uint16
	server  uint16
	keep    bool   // the connection stays open after this answer
	left    int64  // bytes of the body or chunk still to come
	line    int    // bytes of the chunk-size line or trailers read so far
	digits  int    // hexadecimal digits of the chunk size so far
	blank   bool   // trailers: the line so far is empty
	interim int    // 1xx answers seen
	scanned int    // bytes of part known to hold no end of header
	part    []byte // a header's first part, when a read ended within it
}

type section uint8

const (
	inHead section = iota
	inBody
	inBodyToEOF
	inChunkSize // hexadecimal digits
	inChunkExt  // the rest of the size line
	inChunk
	inChunkEnd // CRLF after a chunk
	inTrailer
)

type progress uint8

const (
	needMore progress = iota
	whole
	malformed
)

// reset makes r ready for the next answer on the connection.
func (r *response) reset() {
	r.state, r.status, r.server, r.interim, r.scanned = inHead, 0, 0, 0, 0
	r.part = r.part[:0]
}

// feed takes the next bytes and says how many of them belong to this answer.
func (r *response) feed(b []byte) (used int, p progress) {
	for used < len(b) {
		rest := b[used:]
		switch r.state {
		case inHead:
			n, p := r.head(rest)
			used += n
			if p != needMore || r.state == inHead && n == len(rest) {
				return used, p
			}
		case inBody, inChunk:
			n := min(int64(len(rest)), r.left)
			used += int(n)
			if r.left -= n; r.left > 0 {
				return used, needMore
			}
			if r.state == inBody {
				return used, whole
			}
			r.state, r.line = inChunkEnd, 0
		case inBodyToEOF:
			return len(b), needMore
		default:
			used++
			if p := r.chunkByte(rest[0]); p != needMore {
				return used, p
			}
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

// head reads a header section from b, or keeps b for later when it is not whole yet.
func (r *response) head(b []byte) (int, progress) {
	if len(r.part) == 0 {
		n, p := r.parse(b)
		if p == needMore && n == 0 {
			return len(b), r.keepPart(b)
		}
		return n, p
	}
	held := len(r.part)
	if p := r.keepPart(b); p != needMore {
		return len(b), p
	}
	if !r.endsWithin() {
		return len(b), needMore
	}
	n, p := r.parse(r.part)
	r.part, r.scanned = r.part[:0], 0
	if n < held { // the end was found within what was held already
		return 0, malformed
	}
	return n - held, p
}

func (r *response) keepPart(b []byte) progress {
	if len(r.part)+len(b) > maxHead {
		// A read may bring the end of a header and much of the body: only the header is bounded.
		b = b[:maxHead-len(r.part)]
		r.part = append(r.part, b...)
		if r.endsWithin() {
			return needMore
		}
		return malformed
	}
	r.part = append(r.part, b...)
	return needMore
}

// endsWithin looks for an empty line in the part of the header not searched before.
func (r *response) endsWithin() bool {
	from := max(0, r.scanned-3)
	r.scanned = len(r.part)
	for at := from; ; {
		i := bytes.IndexByte(r.part[at:], '\n')
		if i < 0 {
			return false
		}
		at += i + 1
		rest := r.part[at:]
		if len(rest) >= 1 && rest[0] == '\n' || len(rest) >= 2 && rest[0] == '\r' && rest[1] == '\n' {
			return true
		}
	}
}

// fields are what a header says about the body.
type fields struct {
	length  int64 // -1: not said
	chunked bool
	minor   byte
}

// parse reads a whole header section from the start of b. It returns 0 and needMore when the
// section does not end within b.
func (r *response) parse(b []byte) (int, progress) {
	line, at := nextLine(b, 0)
	if at == 0 {
		return 0, r.unfinished(b)
	}
	f := fields{length: -1}
	if !r.statusLine(line, &f) {
		return at, malformed
	}
	r.server = 0
	for {
		begin := at
		line, at = nextLine(b, begin)
		if at == 0 {
			return 0, r.unfinished(b)
		}
		if len(line) == 0 {
			return at, r.framing(&f)
		}
		if !r.field(line, &f) {
			return at, malformed
		}
	}
}

func (r *response) unfinished(b []byte) progress {
	if len(b) > maxHead {
		return malformed
	}
	return needMore
}

// nextLine returns the line at b[from:] without its end, and where the next begins; 0: none ends.
func nextLine(b []byte, from int) ([]byte, int) {
	i := bytes.IndexByte(b[from:], '\n')
	if i < 0 {
		return nil, 0
	}
	line := b[from : from+i]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, from + i + 1
}

// framing decides how the body ends (RFC 9112, section 6.3).
func (r *response) framing(f *fields) progress {
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
	case f.chunked:
		r.state, r.line, r.digits, r.left = inChunkSize, 0, 0, 0
	case f.length == 0:
		return whole
	case f.length > 0:
		r.state, r.left = inBody, f.length
	default:
		r.state, r.keep = inBodyToEOF, false
	}
	return needMore
}

// chunkByte reads one byte of a chunk's framing or of the trailers.
func (r *response) chunkByte(c byte) progress {
	if r.line++; r.line > maxLine {
		return malformed
	}
	switch r.state {
	case inChunkSize:
		if d := hexDigit(c); d >= 0 {
			if r.digits++; r.digits > 15 {
				return malformed
			}
			r.left = r.left<<4 | int64(d)
			return needMore
		}
		if r.digits == 0 || c != '\r' && c != '\n' && c != ';' && c != ' ' && c != '\t' {
			return malformed
		}
		r.state = inChunkExt
		if c == '\n' {
			r.chunkBegins()
		}
	case inChunkExt:
		if c == '\n' {
			r.chunkBegins()
		}
	case inChunkEnd:
		switch {
		case c == '\r' && r.line == 1:
		case c == '\n':
			r.state, r.line, r.digits, r.left = inChunkSize, 0, 0, 0
		default:
			return malformed
		}
	case inTrailer:
		switch {
		case c == '\n' && r.blank:
			return whole
		case c == '\n':
			r.blank = true
		case c != '\r':
			r.blank = false
		}
	}
	return needMore
}

func (r *response) chunkBegins() {
	r.state, r.line = inChunk, 0
	if r.left == 0 {
		r.state, r.blank = inTrailer, true
	}
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
