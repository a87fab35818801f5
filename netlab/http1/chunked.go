package http1

// maxLine bounds the bytes of a chunk-size line or of the trailers.
const maxLine = 4 << 10

// maxDigits is as many hexadecimal digits as a size may have: 60 bits.
const maxDigits = 15

// A Body finds the end of a body that comes in chunks (RFC 9112, section 7.1). Its zero value is at the beginning of one.
type Body struct {
	state  state
	left   int64 // bytes of the chunk still to come
	line   int   // bytes of the chunk-size line or trailers so far
	digits int   // of the size so far
	blank  bool  // trailers: the line so far is empty
}

type state uint8

const (
	inSize state = iota // hexadecimal digits
	inExtension
	inChunk
	inEnd // CRLF after a chunk
	inTrailers
)

// Feed takes the next bytes and says how many of them belong to the body.
func (b *Body) Feed(p []byte) (used int, progress Progress) {
	for used < len(p) {
		if b.state == inChunk {
			n := min(int64(len(p)-used), b.left)
			used += int(n)
			if b.left -= n; b.left == 0 {
				b.state, b.line = inEnd, 0
			}
			continue
		}
		used++
		if progress := b.framing(p[used-1]); progress != More {
			return used, progress
		}
	}
	return used, More
}

// framing reads a byte that is none of the content.
func (b *Body) framing(c byte) Progress {
	if b.line++; b.line > maxLine {
		return Malformed
	}
	switch b.state {
	case inSize:
		return b.size(c)
	case inExtension:
		if c == '\n' {
			b.begin()
		}
	case inEnd:
		switch {
		case c == '\r' && b.line == 1:
		case c == '\n':
			*b = Body{}
		default:
			return Malformed
		}
	case inTrailers:
		switch {
		case c == '\n' && b.blank:
			return Whole
		case c == '\n':
			b.blank = true
		case c != '\r':
			b.blank = false
		}
	}
	return More
}

func (b *Body) size(c byte) Progress {
	if d := hexDigit(c); d >= 0 {
		if b.digits++; b.digits > maxDigits {
			return Malformed
		}
		b.left = b.left<<4 | int64(d)
		return More
	}
	if b.digits == 0 || c != '\r' && c != '\n' && c != ';' && c != ' ' && c != '\t' {
		return Malformed
	}
	b.state = inExtension
	if c == '\n' {
		b.begin()
	}
	return More
}

// begin comes after a size line: the chunk, or the trailers after a size of 0.
func (b *Body) begin() {
	b.state, b.line = inChunk, 0
	if b.left == 0 {
		b.state, b.blank = inTrailers, true
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
