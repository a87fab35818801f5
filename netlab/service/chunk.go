package service

// chunkByte reads one byte of a chunk's framing or of the trailers.
func (r *request) chunkByte(c byte) event {
	if r.line++; r.line > maxLine {
		return r.refuse()
	}
	switch r.state {
	case inChunkSize:
		if d := hexDigit(c); d >= 0 {
			if r.digits++; r.digits > 15 {
				return r.refuse()
			}
			r.left = r.left<<4 | int64(d)
			return needMore
		}
		if r.digits == 0 || c != '\r' && c != '\n' && c != ';' && c != ' ' && c != '\t' {
			return r.refuse()
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
			return r.refuse()
		}
	case inTrailer:
		switch {
		case c == '\n' && r.blank:
			return requestWhole
		case c == '\n':
			r.blank = true
		case c != '\r':
			r.blank = false
		}
	}
	return needMore
}

func (r *request) refuse() event {
	r.status = 400
	return requestRefused
}

func (r *request) chunkBegins() {
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
