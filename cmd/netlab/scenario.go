package main

import (
	"fmt"
	"io"
	"os"

	"netlab/scenarios"
	"netlab/sim/cloud"
)

// loadScenario reads a scenario file. Warnings go to standard error; errors too, all of them.
func loadScenario(file string) ([]byte, *scenarios.Scenario, *cloud.Cloud, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, nil, exit{exitUsage, fmt.Errorf("read scenario: %w", err)}
	}
	s, c, diagnostics := cloud.Load(file, src)
	printDiagnostics(os.Stderr, diagnostics)
	if n := len(diagnostics.Errors()); n > 0 {
		return nil, nil, nil, exit{exitUsage, fmt.Errorf("%s is not valid: %s", file, count(n, "error"))}
	}
	return src, s, c, nil
}

func printDiagnostics(w io.Writer, all scenarios.Diagnostics) {
	for _, d := range all {
		fmt.Fprintln(w, d)
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
