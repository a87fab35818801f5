// Package http1 reads HTTP/1.1 (RFC 9112) from bytes as they come: requests for the built-in server,
// answers for the load generator, and the bodies that both may have. It finds where a message ends and
// what follows for its connection, and allocates nothing for a message that comes in one piece. It keeps no
// body and no header, and writes nothing.
package http1

// A Progress is what the bytes so far come to.
type Progress uint8

const (
	More Progress = iota
	Whole
	Malformed
	Continue // a request's header is whole, and its body waits for "100 Continue"
)
