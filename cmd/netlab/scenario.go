package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"netlab/scenarios"
	"netlab/sim"
	"netlab/sim/cloud"
)

// overrideFlags gives a verb the flag --set and returns what was set.
func overrideFlags(cmd *cobra.Command) *[]string {
	overrides := new([]string)
	cmd.Flags().Var(&override{overrides, ""}, "set",
		"put `path=value` in place of what the file says, such as run.duration=5s; may be repeated")
	return overrides
}

// An override is the flag --set, or one that stands for --set path=….
type override struct {
	all  *[]string
	path string
}

func (o *override) Set(value string) error {
	if o.path != "" {
		value = o.path + "=" + value
	}
	*o.all = append(*o.all, value)
	return nil
}

func (o *override) String() string { return "" }
func (o *override) Type() string   { return "string" }

// loadScenario reads a scenario file, as resolved: with its variables and overrides put in.
// Warnings go to standard error; errors too, all of them.
func loadScenario(file string, overrides []string) ([]byte, *scenarios.Scenario, *cloud.Cloud, error) {
	src, err := readScenario(file)
	if err != nil {
		return nil, nil, nil, exit{exitUsage, fmt.Errorf("read scenario: %w", err)}
	}
	s, c, diagnostics := sim.LoadWith(file, src, overrides, os.LookupEnv)
	printDiagnostics(stream(os.Stderr), diagnostics)
	if n := len(diagnostics.Errors()); n > 0 {
		return nil, nil, nil, exit{exitUsage, notValid(file, overrides, n)}
	}
	return s.Source.Resolved(), s, c, nil
}

// loadRunnable reads a scenario file that asks for nothing which netlab can't do yet.
func loadRunnable(file string, overrides []string) ([]byte, *scenarios.Scenario, error) {
	src, s, _, err := loadScenario(file, overrides)
	if err != nil {
		return nil, nil, err
	}
	if missing := sim.NotEmulated(s); len(missing) > 0 {
		printDiagnostics(stream(os.Stderr), missing)
		return nil, nil, exit{exitUsage, fmt.Errorf("%s is valid, but asks for what netlab can't do yet", file)}
	}
	return src, s, nil
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

func notValid(file string, overrides []string, errors int) error {
	if len(overrides) > 0 {
		file += " as set by --set"
	}
	return fmt.Errorf("%s is not valid: %s", file, count(errors, "error"))
}

// readScenario reads at most a byte more than what a scenario may hold: a file without an end is too large, not the end of the memory.
func readScenario(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, scenarios.MaxBytes+1))
}
