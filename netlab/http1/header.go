package http1

import "bytes"

// A header is what the fields of one message say about its body and its connection.
type header struct {
	Minor   uint8 // of the version: HTTP/1.0 or HTTP/1.1
	Keep    bool  // the connection stays open after this message
	length  int64 // -1: not said
	chunked bool
}

// begin forgets the message before and takes the version of this one.
func (h *header) begin(minor uint8) { *h = header{Minor: minor, Keep: minor == 1, length: -1} }

// Statuses that a server refuses a request with.
const (
	badRequest     = 400
	headerTooLarge = 431
	notImplemented = 501
	badVersion     = 505
)

// field reads one line. Of the field that is watched for it gives the value, of a line that is wrong the status
// that refuses such a request.
func (h *header) field(line []byte, watch string) (watched []byte, status int) {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || line[0] == ' ' || line[0] == '\t' || line[colon-1] == ' ' || line[colon-1] == '\t' {
		return nil, badRequest // no name, a folded line, or a space that smuggles (section 5.1)
	}
	name := line[:colon]
	switch len(name) {
	case len("connection"):
		if is(name, "connection") {
			h.connection(trim(line[colon+1:]))
		}
	case len("content-length"):
		if is(name, "content-length") {
			return nil, h.contentLength(trim(line[colon+1:]))
		}
	case len("transfer-encoding"):
		if is(name, "transfer-encoding") {
			return nil, h.transferEncoding(trim(line[colon+1:]))
		}
	}
	if is(name, watch) {
		return trim(line[colon+1:]), 0
	}
	return nil, 0
}

func (h *header) connection(value []byte) {
	for len(value) > 0 {
		token := value
		if i := bytes.IndexByte(value, ','); i >= 0 {
			token, value = value[:i], value[i+1:]
		} else {
			value = nil
		}
		switch token = trim(token); {
		case is(token, "close"):
			h.Keep = false
			return
		case is(token, "keep-alive") && h.Minor == 0:
			h.Keep = true
		}
	}
}

func (h *header) contentLength(value []byte) (status int) {
	if len(value) == 0 || len(value) > 18 {
		return badRequest
	}
	var n int64
	for _, c := range value {
		if c < '0' || c > '9' {
			return badRequest
		}
		n = n*10 + int64(c-'0')
	}
	if h.length >= 0 && h.length != n {
		return badRequest // two lengths that differ
	}
	h.length = n
	return 0
}

// transferEncoding knows one coding. HTTP/1.0 has none: a message that says so is framed wrongly (section 6.1).
func (h *header) transferEncoding(value []byte) (status int) {
	switch {
	case !is(value, "chunked"):
		return notImplemented
	case h.Minor == 0:
		return badRequest
	}
	h.chunked = true
	return 0
}

func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// withoutCR is a line without the carriage return before its line feed.
func withoutCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// is says whether a name is this lower-case one, in whatever case.
func is(name []byte, lower string) bool {
	if len(name) != len(lower) {
		return false
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
