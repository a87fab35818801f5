package http1_test

import (
	"fmt"

	"netlab/netlab/http1"
)

// An answer comes in two reads, and the second holds the beginning of the next one.
func ExampleResponse() {
	var r http1.Response
	used, p := r.Feed([]byte("HTTP/1.1 200 OK\r\nContent-Le"))
	fmt.Println(used, p == http1.More)
	used, p = r.Feed([]byte("ngth: 5\r\n\r\nhelloHTTP/1.1"))
	fmt.Println(used, p == http1.Whole, r.Status, r.Keep)
	// Output:
	// 27 true
	// 16 true 200 true
}

// What looks like smuggling is refused.
func ExampleRequest() {
	var r http1.Request
	_, p := r.Feed([]byte("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"))
	fmt.Println(p == http1.Malformed, r.Status)
	// Output: true 400
}
