// Package workertest lets a test's program be the worker process, too.
package workertest

import (
	"fmt"
	"os"
	"testing"

	"netlab/loadgen/worker"
)

// Main is what TestMain does in a package whose tests use the engines of package worker.
func Main(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == worker.Verb {
		if err := worker.Inside(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
