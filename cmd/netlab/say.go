package main

import (
	"fmt"
	"io"
	"os"

	"netlab/scenarios/visible"
)

// say writes for people, or a document for programs, on a standard stream. File names, scenarios, labs and servers are not netlab's
// own words: nothing in them reaches the terminal that steers it. What is laid out in colours passes through results/terminal instead.
func say(to *os.File, format string, args ...any) error {
	_, err := fmt.Fprintf(stream(to), format, args...)
	return err
}

// stream is a standard stream for what writes by itself.
func stream(to *os.File) io.Writer { return visible.Writer(to) }
