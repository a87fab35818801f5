package loadgen

import "bytes"

// statusLine reads "HTTP/1.1 200 OK".
func (r *response) statusLine(line []byte) bool {
	if len(line) < 12 || string(line[:7]) != "HTTP/1." || line[8] != ' ' || len(line) > 12 && line[12] != ' ' {
		return false
	}
	r.minor = line[7]
	if r.minor != '0' && r.minor != '1' {
		return false
	}
	status := 0
	for _, c := range line[9:12] {
		if c < '0' || c > '9' {
			return false
		}
		status = status*10 + int(c-'0')
	}
	r.status = uint16(status)
	r.keep = r.minor == '1'
	return status >= 100 && status < 600
}

// field reads one header field; only those that frame the answer or name the instance matter.
func (r *response) field(line []byte) bool {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || line[0] == ' ' || line[0] == '\t' || line[colon-1] == ' ' {
		return false // no name, a folded line, or a space that smuggles (RFC 9112, section 5.1)
	}
	name := line[:colon]
	switch len(name) {
	case len("Connection"):
		if equalFold(name, "connection") {
			r.connection(trim(line[colon+1:]))
		}
	case len("Content-Length"):
		if equalFold(name, "content-length") {
			return r.contentLength(trim(line[colon+1:]))
		}
	case len("Transfer-Encoding"): // and X-Netlab-Instance, which is as long
		if equalFold(name, "transfer-encoding") {
			r.chunked = equalFold(trim(line[colon+1:]), "chunked")
			return r.chunked && r.minor == '1' // we ask for no other encoding
		}
		if equalFold(name, "x-netlab-instance") {
			r.server = r.names.number(trim(line[colon+1:]))
		}
	}
	return true
}

func (r *response) connection(value []byte) {
	for len(value) > 0 {
		token := value
		if i := bytes.IndexByte(value, ','); i >= 0 {
			token, value = value[:i], value[i+1:]
		} else {
			value = nil
		}
		switch token = trim(token); {
		case equalFold(token, "close"):
			r.keep = false
			return
		case equalFold(token, "keep-alive") && r.minor == '0':
			r.keep = true
		}
	}
}

func (r *response) contentLength(value []byte) bool {
	if len(value) == 0 || len(value) > 18 {
		return false
	}
	var n int64
	for _, c := range value {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int64(c-'0')
	}
	if r.length >= 0 && r.length != n {
		return false // two lengths that differ
	}
	r.length = n
	return true
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
