// Command netlab turns a scenario file into a running cloud network on one Linux machine, breaks
// it on a timeline and says what happened.
package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"netlab/drill/doctor"
	"netlab/drill/process"
	"netlab/loadgen/worker"
	"netlab/netlab/workload"
)

// Exit codes, documented in the README.
const (
	exitFailed      = 1 // an expectation failed, or the run itself
	exitUsage       = 2 // bad usage or an invalid scenario
	exitLacking     = 3 // this machine lacks something needed
	exitInvalid     = 4 // the measurement is not valid
	exitInterrupted = 130
)

// An exit ends netlab with a code; its error, if any, has not been printed yet.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

func main() {
	root := &cobra.Command{
		Use:           "netlab",
		Short:         "What happens when zone B dies? Cloud networks on one Linux machine, broken on purpose",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(runCommand(), validateCommand(), planCommand(), reportCommand(), compareCommand(), loadCommand(),
		upCommand(), execCommand(), psCommand(), downCommand(),
		doctorCommand(), schemaCommand(), versionCommand())
	root.AddCommand(
		hidden(worker.Verb, cobra.NoArgs, func([]string) error { return worker.Inside() }),
		hidden(process.Verb, cobra.NoArgs, func([]string) error { return process.Inside() }),
		hidden(process.StayVerb, cobra.NoArgs, func([]string) error { return process.StayInside() }),
		hidden(doctor.Verb, cobra.NoArgs, func([]string) error { return doctor.Inside() }),
		hidden(workload.Verb, cobra.ExactArgs(1), func(args []string) error { return workload.Inside(args[0]) }),
	)
	strict(root)
	err := root.Execute()
	if err == nil {
		return
	}
	if text := err.Error(); text != "" {
		_ = say(os.Stderr, "netlab: %s\n", text) // nobody is left to hear that it could not be said
	}
	code := exitUsage // cobra's own errors are all of usage
	if e := (exit{}); errors.As(err, &e) {
		code = e.code
	}
	os.Exit(code)
}

// hidden is a verb that netlab calls itself with.
func hidden(verb string, args cobra.PositionalArgs, run func([]string) error) *cobra.Command {
	return &cobra.Command{Use: verb, Hidden: true, Args: args, DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := run(args); err != nil {
				return exit{exitFailed, err}
			}
			return nil
		}}
}
