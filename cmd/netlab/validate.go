package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"netlab/scenarios"
	"netlab/sim"
)

func validateCommand() *cobra.Command {
	var asJSON bool
	var overrides *[]string
	cmd := &cobra.Command{
		Use:               "validate FILE",
		Short:             "Say everything that is wrong with a scenario, with file:line:col",
		Args:              exactly(1, "scenario file"),
		ValidArgsFunction: scenarioFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			return validate(args[0], *overrides, asJSON)
		},
	}
	overrides = overrideFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document on standard output")
	return cmd
}

func validate(file string, overrides []string, asJSON bool) error {
	src, err := readScenario(file)
	if err != nil {
		err = fmt.Errorf("read scenario: %w", err)
		if asJSON { // in its place, though no line is to blame
			unread := scenarios.Diagnostics{{File: file, Message: err.Error(), Severity: scenarios.Error}}
			err = errors.Join(printDocument(unread), err)
		}
		return exit{exitUsage, err}
	}
	s, _, diagnostics := sim.LoadWith(file, src, overrides, os.LookupEnv)
	errs := diagnostics.Errors()
	verdict := "is valid"
	if len(errs) == 0 {
		for _, d := range sim.NotEmulated(s) {
			verdict = "is valid, but asks for what netlab can't do yet: run refuses it"
			d.Severity = scenarios.Warning
			diagnostics = append(diagnostics, d)
		}
	}
	if asJSON {
		if err := printDocument(diagnostics); err != nil {
			return exit{exitFailed, err}
		}
	} else {
		printDiagnostics(stream(os.Stdout), diagnostics)
		if len(errs) == 0 {
			if err := say(os.Stdout, "%s %s\n", file, verdict); err != nil {
				return exit{exitFailed, err}
			}
		}
	}
	if len(errs) > 0 {
		return exit{exitUsage, notValid(file, overrides, len(errs))}
	}
	return nil
}

func printDocument(all scenarios.Diagnostics) error {
	return json.NewEncoder(stream(os.Stdout)).Encode(struct {
		Errors   scenarios.Diagnostics `json:"errors"`
		Warnings scenarios.Diagnostics `json:"warnings"`
	}{append(scenarios.Diagnostics{}, all.Errors()...), append(scenarios.Diagnostics{}, all.Warnings()...)})
}
