package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"netlab/scenarios"
	"netlab/sim/cloud"
)

func validateCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate FILE",
		Short: "Say everything that is wrong with a scenario, with file:line:col",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return validate(args[0], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document on standard output")
	return cmd
}

func validate(file string, asJSON bool) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return exit{exitUsage, fmt.Errorf("read scenario: %w", err)}
	}
	_, _, diagnostics := cloud.Load(file, src)
	errs, warnings := diagnostics.Errors(), diagnostics.Warnings()
	if asJSON {
		document := struct {
			Errors   scenarios.Diagnostics `json:"errors"`
			Warnings scenarios.Diagnostics `json:"warnings"`
		}{append(scenarios.Diagnostics{}, errs...), append(scenarios.Diagnostics{}, warnings...)}
		if err := json.NewEncoder(os.Stdout).Encode(document); err != nil {
			return exit{exitFailed, err}
		}
	} else {
		printDiagnostics(os.Stdout, diagnostics)
		if len(errs) == 0 {
			fmt.Printf("%s is valid\n", file)
		}
	}
	if len(errs) > 0 {
		return exit{exitUsage, fmt.Errorf("%s is not valid: %s", file, count(len(errs), "error"))}
	}
	return nil
}
